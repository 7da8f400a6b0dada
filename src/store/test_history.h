#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace heartbeat::store {

// A folder of its own below the system's temporary one, removed with all in it at the end.
class TestFolder {
 public:
  TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const {
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

// `size` bytes that only this `seed` gives.
[[nodiscard]] std::vector<std::byte> TestRecording(std::uint64_t seed, std::size_t size = 1000);

// A prediction of `recording` with a new id and every field set.
[[nodiscard]] Prediction TestPrediction(const std::vector<std::byte>& recording,
                                        std::int64_t time_ms = 1'700'000'000'000);

[[nodiscard]] base::Result<std::unique_ptr<Store>> OpenStore(const std::filesystem::path& data_dir);

// Where the file of a recording lies.
[[nodiscard]] std::filesystem::path RecordingPath(const std::filesystem::path& data_dir,
                                                  const std::string& sha256);

// How many regular files lie below `folder`.
[[nodiscard]] std::size_t CountFiles(const std::filesystem::path& folder);

}  // namespace heartbeat::store
