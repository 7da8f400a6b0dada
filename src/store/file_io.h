#pragma once

#include <cerrno>
#include <filesystem>

#include "base/result.h"

namespace heartbeat::store {

// The sentence for a failed system call that wrote something: a full disk and a read-only one have
// their own. kIo.
[[nodiscard]] std::unexpected<base::Error> WriteFailure(int error = errno);

// Makes what happened in the folder (new names, renames) last. Errors: kIo.
[[nodiscard]] base::Result<void> SyncFolder(const std::filesystem::path& folder);
[[nodiscard]] base::Result<void> SyncFile(const std::filesystem::path& file);

}  // namespace heartbeat::store
