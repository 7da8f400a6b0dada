#pragma once

#include <expected>
#include <string>
#include <utility>

#include "base/error.h"

namespace heartbeat::base {

// What a fallible call returns: its value, or an Error. Every function that returns one is
// [[nodiscard]].
template <typename T>
using Result = std::expected<T, Error>;

// `return Fail(ErrorCode::kIo, "...")` from a function that returns Result<T>.
[[nodiscard]] inline std::unexpected<Error> Fail(ErrorCode code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}

// Hands on another result's error.
template <typename T>
[[nodiscard]] std::unexpected<Error> Fail(const Result<T>& failed) {
  return std::unexpected(failed.error());
}

}  // namespace heartbeat::base
