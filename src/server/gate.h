#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/access.h"
#include "server/audit_trail.h"
#include "server/client_origin.h"
#include "server/cors.h"
#include "server/message.h"
#include "server/router.h"

namespace heartbeat::server {

// What stands at the door of a server; shared by all requests.
struct Doorkeepers {
  Access* access = nullptr;  // nullptr: nobody has to log in
  const Cors& cors;
  AuditTrail* audit = nullptr;  // nullptr: there is none
};

// What one request has to pass before its body is read, and what is noted of it.
class Gate {
 public:
  explicit Gate(const Doorkeepers& keepers) : keepers_(keepers) {}

  // Looks at who asks for `route`; gives the answer where they may not. `host`: of the server, as
  // the client sees it. `prediction_id`: that the address names, or "".
  [[nodiscard]] std::optional<Response> Refuse(const RequestHead& head, const Route& route,
                                               const Origin& origin, std::string_view host,
                                               std::string_view prediction_id,
                                               std::string_view request_id);
  // Whether the refusal is one of many: then the connection should end.
  [[nodiscard]] bool is_flood() const { return is_flood_; }
  [[nodiscard]] const Caller& caller() const { return caller_; }
  // Whether the caller still may what they were let in for: what lasts for hours asks this.
  [[nodiscard]] bool StillOpen() const;

  // Notes the outcome in the audit trail where the route has to be there; nullptr: the client is
  // gone. Where it cannot be noted, nothing is given away: then gives what is answered instead.
  // What was done by then stays done, and the log says so.
  [[nodiscard]] std::optional<Response> Note(const Response* response, std::string_view request_id);

  // Before the header's fields are given to the request: what CORS needs of them.
  void KeepForCors(const Fields& fields);
  // `allow`: the methods of the address.
  void AddCors(Response& response, std::string_view allow) const;

 private:
  [[nodiscard]] std::optional<Response> LetIn(const Credentials& credentials, Scope scope,
                                              std::string_view request_id);

  const Doorkeepers& keepers_;
  const Route* route_ = nullptr;
  std::string method_;
  std::string client_address_;
  std::string prediction_id_;
  Caller caller_;
  Scope scope_ = Scope::kNone;  // that the caller was let in for
  Fields cors_fields_;
  bool is_flood_ = false;  // of keys that are none
};

}  // namespace heartbeat::server
