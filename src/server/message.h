#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "server/form.h"

namespace heartbeat::server {

// Header fields in order of arrival; names compare without case.
class Fields {
 public:
  void Add(std::string_view name, std::string_view value);
  // The first of that name; nullptr where there is none.
  [[nodiscard]] const std::string* Find(std::string_view name) const;
  [[nodiscard]] std::size_t Count(std::string_view name) const;
  [[nodiscard]] auto begin() const { return fields_.begin(); }
  [[nodiscard]] auto end() const { return fields_.end(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// What is known of a request before its body is read.
struct RequestHead {
  std::string method;
  std::string target;
  bool is_http_1_0 = false;
  Fields fields;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = false;  // as the version and Connection have it
};

// Who asks, where that has to be known: the key, or the session that was begun with it.
struct Caller {
  std::string key_id;  // "" where nobody has to log in
  std::string name;    // of the key
  std::string
      session;  // names it (sessions.h), and does not open it; "" where the key itself was sent
};

// What a handler is given.
struct Request {
  std::string id;
  std::string method;     // "HEAD" also where a route of GET serves it
  std::string base_path;  // "" or such as "/heartbeat": stands before the path of every link
  // As the client sees the server: a proxy that is trusted tells.
  std::string scheme;          // "http" or "https"
  std::string host;            // such as "example.org:8443"; "" where the client did not say
  std::string client_address;  // an IP address; never goes to a log
  Caller caller;
  Fields headers;
  std::string query;                              // after the `?`, as it came
  std::map<std::string, std::string> parameters;  // of the route's pattern, decoded
  Form form;                                      // empty where the route takes none
  std::string body;                               // as it came, where the route keeps it
  // Is asked to stop when nobody waits for the answer any longer.
  std::stop_token abandoned;
};

// The rest of a body that is not held in memory as a whole.
class BodySource {
 public:
  virtual ~BodySource() = default;
  // The next bytes; none: that was all. Called on the work pool, one call at a time, and may throw.
  // A failure cuts the answer off, so that the client sees that it is not whole.
  [[nodiscard]] virtual base::Result<std::string> Next() = 0;
};

class LiveSource;

struct Response {
  int status = 200;
  std::string content_type;  // "" where there is no body
  std::string body;
  Fields headers;                              // beside those that every answer has
  std::shared_ptr<BodySource> rest = nullptr;  // comes behind `body`; nullptr: nothing does
  // How many bytes `rest` gives; unset: that shows at its end.
  std::optional<std::uint64_t> rest_bytes = std::nullopt;
  // In the place of `rest`: comes behind `body` as things happen.
  std::shared_ptr<LiveSource> live = nullptr;
  // Predictions that were made: for the audit trail, which knows those that the address names.
  std::vector<std::string> predictions = {};
};

}  // namespace heartbeat::server
