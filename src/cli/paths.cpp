#include "cli/paths.h"

#include <glob.h>

#include <algorithm>
#include <string_view>
#include <system_error>
#include <utility>

#include "audio/extension.h"

namespace heartbeat::cli {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;

bool IsHidden(const fs::path& path) { return path.filename().native().starts_with('.'); }

Input Failed(std::string path, ErrorCode code, std::string message) {
  return {std::move(path), base::Error{code, std::move(message)}};
}

// The folders within are kept on a list, not on the stack: a tree may be of any depth.
void AppendFolder(const fs::path& root, std::vector<Input>& inputs) {
  std::vector<Input> found;
  std::vector<fs::path> folders = {root};
  while (!folders.empty()) {
    const fs::path folder = std::move(folders.back());
    folders.pop_back();
    std::error_code error;
    fs::directory_iterator entry(folder, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      if (IsHidden(entry->path())) continue;
      std::error_code ignored;  // an entry that vanished meanwhile is none
      const auto kind = entry->symlink_status(ignored).type();
      if (kind == fs::file_type::directory) {
        folders.push_back(entry->path());
      } else if (audio::HasRecordingExtension(entry->path()) && entry->is_regular_file(ignored)) {
        found.push_back({entry->path().string(), std::nullopt});
      }
    }
    if (error) {
      found.push_back(Failed(folder.string(), ErrorCode::kIo,
                             "cannot read the folder " + folder.string() + ": " + error.message()));
    }
  }
  if (found.empty()) {
    found.push_back(Failed(root.string(), ErrorCode::kNotFound,
                           "the folder " + root.string() +
                               " holds no recordings (.wav, .flac, .ogg, .opus, .oga or .mp3)"));
  }
  std::ranges::sort(found, {}, &Input::path);
  std::ranges::move(found, std::back_inserter(inputs));
}

void AppendPath(const std::string& path, std::vector<Input>& inputs) {
  std::error_code ignored;  // whatever is wrong with a file is told when it is opened
  if (fs::is_directory(path, ignored)) {
    AppendFolder(path, inputs);
  } else {
    inputs.push_back({path, std::nullopt});
  }
}

void AppendPattern(const std::string& pattern, std::vector<Input>& inputs) {
  glob_t matches{};
  const int status = ::glob(pattern.c_str(), 0, nullptr, &matches);
  if (status == 0) {
    for (std::size_t i = 0; i < matches.gl_pathc; ++i) AppendPath(matches.gl_pathv[i], inputs);
  } else {
    inputs.push_back(status == GLOB_NOMATCH
                         ? Failed(pattern, ErrorCode::kNotFound, "no file matches " + pattern)
                         : Failed(pattern, ErrorCode::kIo, "cannot look for " + pattern));
  }
  ::globfree(&matches);
}

}  // namespace

std::vector<Input> ExpandPaths(std::span<const std::string> arguments) {
  std::vector<Input> inputs;
  for (const std::string& argument : arguments) {
    std::error_code ignored;
    const bool exists = fs::exists(fs::symlink_status(argument, ignored));
    if (argument == kStandardInput) {
      inputs.push_back({argument, std::nullopt});
    } else if (!exists && argument.find_first_of("*?[") != std::string::npos) {
      AppendPattern(argument, inputs);
    } else {
      AppendPath(argument, inputs);
    }
  }
  return inputs;
}

}  // namespace heartbeat::cli
