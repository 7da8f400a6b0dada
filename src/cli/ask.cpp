#include "cli/ask.h"

#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "base/terminal.h"
#include "cli/text.h"

namespace heartbeat::cli {

std::optional<std::string> Ask(std::string_view question) {
  if (!base::IsTerminal(STDIN_FILENO) || !base::IsTerminal(STDERR_FILENO)) return std::nullopt;
  const std::string shown = "heartbeat: " + Printable(question) + " ";
  std::fwrite(shown.data(), 1, shown.size(), stderr);
  std::string line;
  if (!std::getline(std::cin, line)) return std::nullopt;
  const auto first = line.find_first_not_of(" \t\r");
  if (first == std::string::npos) return std::string();
  return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

}  // namespace heartbeat::cli
