#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "base/result.h"

namespace heartbeat::server {

struct ClassCounts {
  std::uint64_t normal = 0;
  std::uint64_t abnormal = 0;
};

// How many recordings lie in DATA_DIR/train/normal and DATA_DIR/train/abnormal, told by their
// extension, not in folders within. A folder that is not there or cannot be read holds none; the
// latter is logged.
[[nodiscard]] ClassCounts CountTrainingData(const std::filesystem::path& data_dir);

// "normal" or "abnormal".
[[nodiscard]] bool IsTrainingClass(std::string_view name);

struct KeptForTraining {
  bool was_there = false;  // the same bytes, in the same class
};

// Puts a recording into DATA_DIR/train/CLASS to stay, under the SHA-256 of its bytes and the
// extension of the format that they were decoded as; each is there once. `training_class`: as
// IsTrainingClass has it. Thread-safe within this program. Errors: those of audio::Decode;
// kInvalidArgument where the other class has the same bytes; kIo.
[[nodiscard]] base::Result<KeptForTraining> KeepForTraining(const std::filesystem::path& data_dir,
                                                            std::string_view training_class,
                                                            std::span<const std::byte> bytes,
                                                            std::size_t max_file_bytes);

}  // namespace heartbeat::server
