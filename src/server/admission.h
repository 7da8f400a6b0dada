#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "base/error.h"
#include "server/message.h"
#include "server/router.h"

namespace heartbeat::server {

// A request that may send its body.
struct Admission {
  RouteMatch match;      // without a route: OPTIONS, to be answered with match.allow
  std::string query;     // of the target, as it came
  std::string host;      // of an absolute target (RFC 9112, 3.2.2), else of Host
  std::string boundary;  // of the form; "" where the route takes none
  std::uint64_t max_body_bytes = 0;
  bool expects_continue = false;  // waits for "100 Continue" before it sends
};

struct Refusal {
  base::Error error;
  std::string allow;             // with kMethodNotAllowed
  const Route* route = nullptr;  // as far as it is known
};

// Judges a request by its header alone, so that a refusal costs nobody a body. Errors: kBadRequest,
// kNotFound, kMethodNotAllowed, kBodyTooLarge, those of Route::ready. `base_path`: "" or such as
// "/heartbeat", before the path of every route.
[[nodiscard]] std::expected<Admission, Refusal> Admit(const RequestHead& head, const Router& router,
                                                      std::string_view base_path);

}  // namespace heartbeat::server
