#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/message.h"

namespace heartbeat::server {

// Which pages of other origins may use the API from a browser (Fetch, 3.2). None at first. Cookies
// are never let through: such a page sends a key.
class Cors {
 public:
  Cors() = default;
  // Origins as browsers write them, such as "https://viewer.example.org" or "http://[::1]:5173".
  // Errors: kInvalidArgument, naming the option.
  [[nodiscard]] static base::Result<Cors> Parse(const std::vector<std::string>& origins);

  [[nodiscard]] bool empty() const { return origins_.empty(); }
  // Whether the two below look at a field of this name.
  [[nodiscard]] static bool Needs(std::string_view field);
  // Whether the request is one of a page that is let in.
  [[nodiscard]] bool Allows(const Fields& request) const;
  // What the browser of such a page is told. `allow`: the methods of the address; asked of by a
  // preflight, and else "".
  void AddTo(Response& response, const Fields& request, std::string_view allow) const;

 private:
  std::vector<std::string> origins_;
};

}  // namespace heartbeat::server
