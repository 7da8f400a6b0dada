#pragma once

#include <span>
#include <string_view>

namespace heartbeat::store {

// A file that the program carries (cmake/EmbedFiles.cmake).
struct EmbeddedFile {
  std::string_view name;
  std::string_view content;
};

// src/store/migrations, in the order of their numbers.
[[nodiscard]] std::span<const EmbeddedFile> MigrationFiles();

}  // namespace heartbeat::store
