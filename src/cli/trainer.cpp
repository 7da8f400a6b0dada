#include "cli/trainer.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <vector>

#include "base/file.h"

namespace heartbeat::cli {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;

constexpr std::string_view kTrainer = "heartbeat-train";

bool IsProgram(const fs::path& path) {
  std::error_code ignored;  // what cannot be looked at cannot be started
  return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

base::Result<fs::path> FindTrainer(const fs::path& program_folder, std::string_view search_path) {
  std::vector<fs::path> folders = {program_folder, program_folder / "../training",
                                   program_folder / "../libexec/heartbeat"};
  while (!search_path.empty()) {
    const std::size_t end = search_path.find(':');
    const std::string_view folder = search_path.substr(0, end);
    // An empty entry means the current folder: a program that happens to lie there is not ours.
    if (!folder.empty()) folders.emplace_back(folder);
    search_path.remove_prefix(end == std::string_view::npos ? search_path.size() : end + 1);
  }
  for (const fs::path& folder : folders) {
    fs::path candidate = (folder / kTrainer).lexically_normal();
    if (IsProgram(candidate)) return candidate;
  }
  return base::Fail(ErrorCode::kNotFound,
                    "training needs heartbeat-train, which is neither beside heartbeat nor in "
                    "PATH; build it with `script/server --with-training`, or with cmake and "
                    "-DHEARTBEAT_BUILD_TRAINING=ON");
}

base::Result<fs::path> FindTrainer() {
  const auto program = base::ExecutablePath();
  if (!program) return program;
  const char* search_path = std::getenv("PATH");
  return FindTrainer(program->parent_path(), search_path == nullptr ? "" : search_path);
}

base::Error BecomeTrainer(std::span<char* const> arguments) {
  const auto trainer = FindTrainer();
  if (!trainer) return trainer.error();

  std::string name(kTrainer);
  std::vector<char*> vector = {name.data()};
  vector.insert(vector.end(), arguments.begin(), arguments.end());
  vector.push_back(nullptr);
  ::execv(trainer->c_str(), vector.data());
  return {ErrorCode::kIo, "cannot start " + trainer->string() + ": " + std::strerror(errno)};
}

}  // namespace heartbeat::cli
