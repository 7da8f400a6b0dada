#pragma once

#include <cstdint>
#include <filesystem>

namespace heartbeat::server {

struct ClassCounts {
  std::uint64_t normal = 0;
  std::uint64_t abnormal = 0;
};

// How many recordings lie in DATA_DIR/train/normal and DATA_DIR/train/abnormal, told by their
// extension, not in folders within. A folder that is not there or cannot be read holds none; the
// latter is logged.
[[nodiscard]] ClassCounts CountTrainingData(const std::filesystem::path& data_dir);

}  // namespace heartbeat::server
