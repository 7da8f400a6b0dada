#pragma once

#include <filesystem>
#include <system_error>

#include "base/id.h"

namespace heartbeat::server {

// For tests: an empty folder, removed at the end with all in it.
class TestFolder {
 public:
  TestFolder() : path_(std::filesystem::temp_directory_path() / ("heartbeat-" + base::NewId())) {
    std::filesystem::create_directories(path_);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace heartbeat::server
