#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace heartbeat::server {

// How many threads compute where nobody says: one per core, but no more than `memory_limit_bytes`
// holds of the longest recordings at a time; at least 1. nullopt: no limit is known.
[[nodiscard]] unsigned ComputeThreads(unsigned cores,
                                      std::optional<std::uint64_t> memory_limit_bytes);

// The smallest limit of the control groups (versions 1 and 2) that this process is in, as a
// container sets it; nullopt where there is none. `membership` and `groups`: where the kernel
// tells.
[[nodiscard]] std::optional<std::uint64_t> MemoryLimitBytes(
    const std::filesystem::path& membership = "/proc/self/cgroup",
    const std::filesystem::path& groups = "/sys/fs/cgroup");

}  // namespace heartbeat::server
