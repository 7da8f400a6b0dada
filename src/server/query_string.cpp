#include "server/query_string.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "server/header_value.h"

namespace heartbeat::server {
namespace {

using base::ErrorCode;
using base::Fail;

std::optional<std::string> Decode(std::string_view text) {
  std::string spaced(text);
  std::ranges::replace(spaced, '+', ' ');
  return PercentDecode(spaced);
}

std::string Known(std::span<const std::string_view> known) {
  if (known.empty()) return "this address takes no parameters";
  std::string list = "this address takes";
  for (const auto name : known) {
    list += (name == known.front() ? " `" : ", `") + std::string(name) + "`";
  }
  return list;
}

bool IsText(const std::string& value) {
  if (value.find('\0') != std::string::npos) return false;
  // nlohmann's own check, which refuses to write what is not UTF-8.
  try {
    static_cast<void>(nlohmann::json(value).dump());
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

}  // namespace

base::Result<QueryParameters> ParseQuery(std::string_view query,
                                         std::span<const std::string_view> known) {
  QueryParameters parameters;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    const auto name = Decode(pair.substr(0, equals));
    auto value = Decode(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value) {
      return Fail(ErrorCode::kInvalidArgument,
                  "the address has a `%` that two hexadecimal digits should follow; a percent sign "
                  "itself is %25");
    }
    if (std::ranges::find(known, *name) == known.end()) {
      return Fail(ErrorCode::kInvalidArgument,
                  "the address has a parameter that is not known; " + Known(known));
    }
    if (!IsText(*value)) {
      return Fail(ErrorCode::kInvalidArgument, "the parameter `" + *name + "` must be UTF-8 text");
    }
    if (value->empty()) continue;
    if (!parameters.emplace(*name, *std::move(value)).second) {
      return Fail(ErrorCode::kInvalidArgument,
                  "the parameter `" + *name + "` stands twice in the address; give it once");
    }
  }
  return parameters;
}

}  // namespace heartbeat::server
