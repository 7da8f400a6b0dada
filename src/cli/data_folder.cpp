#include "cli/data_folder.h"

#include <cstdlib>

namespace heartbeat::cli {
namespace {

namespace fs = std::filesystem;

std::string_view Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

base::Result<fs::path> DefaultDataFolder(std::string_view data_home, std::string_view home) {
  if (fs::path(data_home).is_absolute()) return fs::path(data_home) / "heartbeat";
  if (fs::path(home).is_absolute()) return fs::path(home) / ".local/share/heartbeat";
  return base::Fail(base::ErrorCode::kInvalidArgument,
                    "there is no home folder to keep data in; name a folder with --data-dir DIR");
}

base::Result<fs::path> DataFolder(const fs::path& named) {
  if (!named.empty()) return named;
  return DefaultDataFolder(Environment("XDG_DATA_HOME"), Environment("HOME"));
}

}  // namespace heartbeat::cli
