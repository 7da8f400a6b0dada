#include "server/private_folder.h"

#include <sys/stat.h>

#include <cerrno>
#include <system_error>

namespace heartbeat::server {

base::Result<void> MakeFolderOf(const std::filesystem::path& file) {
  const auto folder = file.parent_path();
  std::error_code error;
  if (folder.empty() || std::filesystem::exists(folder, error)) return {};
  if (folder.has_parent_path()) std::filesystem::create_directories(folder.parent_path(), error);
  if (!error && ::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    error = std::error_code(errno, std::generic_category());
  }
  if (!error) return {};
  return base::Fail(base::ErrorCode::kIo,
                    "cannot make the folder " + folder.string() + ": " + error.message());
}

}  // namespace heartbeat::server
