#include "server/scope.h"

#include <algorithm>
#include <array>

namespace heartbeat::server {
namespace {

constexpr std::array kGrantable = {Scope::kPredict, Scope::kRead, Scope::kLabel, Scope::kAdmin};

constexpr std::uint8_t Bit(Scope scope) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(scope));
}

}  // namespace

std::string_view Name(Scope scope) {
  switch (scope) {
    case Scope::kNone:
      return "none";
    case Scope::kPredict:
      return "predict";
    case Scope::kRead:
      return "read";
    case Scope::kLabel:
      return "label";
    case Scope::kAdmin:
      break;
  }
  return "admin";
}

std::optional<Scope> ParseScope(std::string_view name) {
  const auto found =
      std::ranges::find_if(kGrantable, [&](Scope scope) { return Name(scope) == name; });
  if (found == kGrantable.end()) return std::nullopt;
  return *found;
}

ScopeSet::ScopeSet(std::initializer_list<Scope> scopes) {
  for (const auto scope : scopes) Add(scope);
}

void ScopeSet::Add(Scope scope) {
  if (scope != Scope::kNone) bits_ = static_cast<std::uint8_t>(bits_ | Bit(scope));
}

bool ScopeSet::Allows(Scope scope) const {
  return scope == Scope::kNone || (bits_ & (Bit(scope) | Bit(Scope::kAdmin))) != 0;
}

std::vector<Scope> ScopeSet::List() const {
  std::vector<Scope> list;
  for (const auto scope : kGrantable) {
    if ((bits_ & Bit(scope)) != 0) list.push_back(scope);
  }
  return list;
}

}  // namespace heartbeat::server
