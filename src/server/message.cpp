#include "server/message.h"

#include <algorithm>

#include "server/header_value.h"

namespace heartbeat::server {

void Fields::Add(std::string_view name, std::string_view value) {
  fields_.emplace_back(name, value);
}

const std::string* Fields::Find(std::string_view name) const {
  const auto found = std::ranges::find_if(
      fields_, [name](const auto& field) { return EqualsIgnoringCase(field.first, name); });
  return found == fields_.end() ? nullptr : &found->second;
}

std::size_t Fields::Count(std::string_view name) const {
  const auto same = [name](const auto& field) { return EqualsIgnoringCase(field.first, name); };
  return static_cast<std::size_t>(std::ranges::count_if(fields_, same));
}

}  // namespace heartbeat::server
