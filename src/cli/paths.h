#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace heartbeat::cli {

// What a path argument stands for when it is standard input.
inline constexpr std::string_view kStandardInput = "-";

// One file to work on, as it will be named in the results, or why there is none.
struct Input {
  std::string path;
  std::optional<base::Error> error;
};

// What the arguments stand for, in their order:
//   a folder    its recordings, those of its folders too, sorted by path; hidden files and folders
//               and links to folders are left out
//   a pattern   (*, ?, [..]; only where no file has that very name) what it matches, sorted; each
//               match is taken like an argument of its own
//   any other   itself
// What is missing, matches nothing or cannot be read stays in the list with its error. A file that
// is given twice stands there twice. Only names are kept: nothing is opened but folders.
[[nodiscard]] std::vector<Input> ExpandPaths(std::span<const std::string> arguments);

}  // namespace heartbeat::cli
