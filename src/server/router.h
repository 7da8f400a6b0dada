#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/form.h"
#include "server/message.h"

namespace heartbeat::server {

// Called with a whole request; may throw, which is answered as our own failure.
using Handler = std::function<base::Result<Response>(Request&)>;

enum class RunsOn {
  kIoThread,  // answers from memory at once
  kWorkPool,  // computes, or waits for a disk
};

// One row of the table from which requests are served, Allow is derived, and the list of routes and
// the API's document are made.
struct Route {
  std::string method;   // "GET" also serves HEAD
  std::string pattern;  // "/predictions/{id}": a name in braces takes one segment, never empty
  std::string summary;
  RunsOn runs_on = RunsOn::kIoThread;
  // Of the whole body; over it, the request is refused from its header.
  std::uint64_t max_body_bytes = std::uint64_t{64} << 10;
  // Set: the body must be multipart/form-data. Unset: a body is read and dropped.
  std::optional<FormSpec> form;
  // Asked before the body is read; unset: always ready.
  std::function<base::Result<void>()> ready;
  Handler handler;
};

struct RouteMatch {
  const Route* route = nullptr;  // nullptr: no such route
  std::map<std::string, std::string> parameters;
  std::string allow;  // what the path takes: "GET, HEAD, OPTIONS"; "" where no route has the path
};

class Router {
 public:
  // `pattern` begins with '/', and no two routes share method and pattern (asserted).
  void Add(Route route);
  // `path`: as it came, still percent-encoded. A literal segment goes before a parameter.
  [[nodiscard]] RouteMatch Match(std::string_view method, std::string_view path) const;
  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace heartbeat::server
