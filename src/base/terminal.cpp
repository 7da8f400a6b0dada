#include "base/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace heartbeat::base {
namespace {

std::string_view Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

bool IsTerminal(int descriptor) { return ::isatty(descriptor) == 1; }

std::size_t TerminalColumns(int descriptor, std::size_t otherwise) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return otherwise;
  return size.ws_col;
}

bool WantsColor(int descriptor) {
  return WantsColor(IsTerminal(descriptor), Environment("NO_COLOR"), Environment("TERM"));
}

bool WantsColor(bool is_terminal, std::string_view no_color, std::string_view term) {
  return is_terminal && no_color.empty() && term != "dumb";
}

}  // namespace heartbeat::base
