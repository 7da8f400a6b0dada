#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/form.h"
#include "server/message.h"
#include "server/scope.h"

namespace heartbeat::server {

// Called with a whole request; may throw, which is answered as our own failure.
using Handler = std::function<base::Result<Response>(Request&)>;

// Takes the answer to a request, once, on any thread.
using Reply = std::function<void(base::Result<Response>)>;
// For what ends on another thread than it begins on, so that none waits: called with a whole
// request, which stays while the reply does. May throw as long as nothing has been replied.
using Starter = std::function<void(std::shared_ptr<Request>, Reply)>;

// A request whose work falls into many pieces, such as the files of a batch: other requests have
// their turn between them, and threads that have nothing else to do work on several at a time.
class Pieces {
 public:
  virtual ~Pieces() = default;
  // At least 1, and always the same.
  [[nodiscard]] virtual std::size_t count() const = 0;
  // Called once for each index below count(), from several threads at once. May throw, which fails
  // the whole request.
  virtual void Do(std::size_t index) = 0;
  // Called once, after all pieces.
  [[nodiscard]] virtual base::Result<Response> Finish() = 0;
};
// Called with a whole request, which outlives what it gives.
using PiecesMaker = std::function<base::Result<std::unique_ptr<Pieces>>(Request&)>;

enum class RunsOn {
  kIoThread,  // answers from memory at once
  kWorkPool,  // computes, or waits for a disk
};

// One row of the table from which requests are served, Allow is derived, and the list of routes and
// the API's document are made.
struct Route {
  std::string method;     // "GET" also serves HEAD
  std::string pattern;    // "/predictions/{id}": a name in braces takes one segment, never empty
  std::string operation;  // its id in the API's document, described in openapi/operations
  std::string summary;
  Scope scope = Scope::kAdmin;  // a route that does not say gives nothing away
  RunsOn runs_on = RunsOn::kIoThread;
  // Gives or takes a recording, or what is known of one: stands in the audit trail (audit_trail.h).
  bool is_audited = false;
  // Of the whole body; over it, the request is refused from its header.
  std::uint64_t max_body_bytes = std::uint64_t{64} << 10;
  // Set: the body must be multipart/form-data. Unset: a body is read and dropped, or kept whole as
  // Request::body.
  std::optional<FormSpec> form;
  bool keeps_body = false;
  // Asked before the body is read; unset: always ready.
  std::function<base::Result<void>()> ready;
  // One of the three; the latter two on the work pool only.
  Handler handler;
  Starter start;
  PiecesMaker make_pieces;
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
