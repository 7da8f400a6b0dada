#include "server/etag.h"

#include <algorithm>

#include "server/header_value.h"

namespace heartbeat::server {
namespace {

constexpr std::size_t kEtagDigits = 32;  // of SHA-256: no two contents share them

}  // namespace

std::string EtagOf(std::string_view sha256) {
  return "\"" + std::string(sha256.substr(0, kEtagDigits)) + "\"";
}

bool ListsEtag(std::string_view list, std::string_view etag) {
  if (Trim(list) == "*") return true;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    auto candidate = Trim(list.substr(0, comma));
    if (candidate.starts_with("W/")) candidate.remove_prefix(2);
    if (candidate == etag) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

}  // namespace heartbeat::server
