#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace heartbeat::base {

// The whole content of a regular file of at most `max_bytes`. Errors: kNotFound, kBodyTooLarge, kIo
// (unreadable, or a folder).
[[nodiscard]] Result<std::vector<std::byte>> ReadFile(const std::filesystem::path& path,
                                                      std::uintmax_t max_bytes = UINTMAX_MAX);
[[nodiscard]] Result<std::string> ReadTextFile(const std::filesystem::path& path,
                                               std::uintmax_t max_bytes = UINTMAX_MAX);

enum class Readers {
  kAsUsual,    // what the user's umask allows
  kOwnerOnly,  // mode 0600
};

// Writes beside `path`, syncs, then renames over it: a reader or a crash sees the old file or the
// new one, never half of one. Errors: kIo; the temporary file is then gone.
[[nodiscard]] Result<void> WriteFileAtomically(const std::filesystem::path& path,
                                               std::span<const std::byte> bytes,
                                               Readers readers = Readers::kAsUsual);
[[nodiscard]] Result<void> WriteFileAtomically(const std::filesystem::path& path,
                                               std::string_view text,
                                               Readers readers = Readers::kAsUsual);

// The path of the running program. Errors: kIo.
[[nodiscard]] Result<std::filesystem::path> ExecutablePath();

}  // namespace heartbeat::base
