#include "server/compute_threads.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

namespace heartbeat::server {
namespace {

namespace fs = std::filesystem;

// What a server holds that has just started, and what hearing the longest recording allowed, 30
// minutes, takes beside it: 43 and 80 MiB were measured (docs/decisions/0024), and an upload of 29
// MiB that is mapped meanwhile.
constexpr std::uint64_t kOwnBytes = std::uint64_t{64} << 20;
constexpr std::uint64_t kRecordingBytes = std::uint64_t{112} << 20;
// Version 1 says this, less a page, where there is no limit; nobody has as much.
constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 60;

std::optional<std::uint64_t> ReadLimit(const fs::path& file) {
  std::ifstream stream(file);
  std::string text;
  if (!(stream >> text)) return std::nullopt;
  std::uint64_t bytes = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (error != std::errc() || end != text.data() + text.size() || bytes >= kNoLimit) {
    return std::nullopt;  // "max"
  }
  return bytes;
}

void TakeSmaller(std::optional<std::uint64_t>& smallest, std::optional<std::uint64_t> limit) {
  if (limit && (!smallest || *limit < *smallest)) smallest = limit;
}

// Of the group and all that it is in, each of which has a limit of its own. A container may see
// only the last of them, at the root.
std::optional<std::uint64_t> SmallestLimit(const fs::path& root, std::string_view group,
                                           const char* name) {
  std::optional<std::uint64_t> smallest;
  fs::path path = fs::path(group).relative_path();
  while (!path.empty()) {
    TakeSmaller(smallest, ReadLimit(root / path / name));
    path = path.parent_path();
  }
  TakeSmaller(smallest, ReadLimit(root / name));
  return smallest;
}

}  // namespace

unsigned ComputeThreads(unsigned cores, std::optional<std::uint64_t> memory_limit_bytes) {
  const unsigned wanted = std::max(1U, cores);
  if (!memory_limit_bytes) return wanted;
  const auto left = *memory_limit_bytes > kOwnBytes ? *memory_limit_bytes - kOwnBytes : 0;
  const auto held = std::max<std::uint64_t>(1, left / kRecordingBytes);
  return static_cast<unsigned>(std::min<std::uint64_t>(wanted, held));
}

std::optional<std::uint64_t> MemoryLimitBytes(const fs::path& membership, const fs::path& groups) {
  std::optional<std::uint64_t> smallest;
  std::ifstream stream(membership);
  // "0::/group" of version 2, "7:cpu,memory:/group" of version 1.
  for (std::string line; std::getline(stream, line);) {
    const auto first = line.find(':');
    const auto second = first == line.npos ? line.npos : line.find(':', first + 1);
    if (second == line.npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const auto group = std::string_view(line).substr(second + 1);
    if (controllers == ",,") {
      TakeSmaller(smallest, SmallestLimit(groups, group, "memory.max"));
    } else if (controllers.find(",memory,") != controllers.npos) {
      TakeSmaller(smallest, SmallestLimit(groups / "memory", group, "memory.limit_in_bytes"));
    }
  }
  return smallest;
}

}  // namespace heartbeat::server
