#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

namespace heartbeat::server {

// What a caller must be allowed to do.
enum class Scope {
  kNone,  // anyone may
  kPredict,
  kRead,
  kLabel,
  kAdmin,
};
// "none", "predict", "read", "label", "admin".
[[nodiscard]] std::string_view Name(Scope scope);
// nullopt also for "none", which nobody can be given.
[[nodiscard]] std::optional<Scope> ParseScope(std::string_view name);

// What a caller is allowed to do.
class ScopeSet {
 public:
  ScopeSet() = default;
  ScopeSet(std::initializer_list<Scope> scopes);
  void Add(Scope scope);
  // kNone always; every one where kAdmin is among them.
  [[nodiscard]] bool Allows(Scope scope) const;
  // As they were given, in the order of the enumeration, without kNone.
  [[nodiscard]] std::vector<Scope> List() const;
  [[nodiscard]] bool empty() const { return bits_ == 0; }
  bool operator==(const ScopeSet&) const = default;

 private:
  std::uint8_t bits_ = 0;
};

}  // namespace heartbeat::server
