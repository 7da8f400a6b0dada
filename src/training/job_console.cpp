#include "training/job_console.h"

#include <chrono>

#include "base/clock.h"

namespace heartbeat::training {

Console::Console(const std::filesystem::path& log, bool terminal, const JobObserver& observer)
    : log_(log, std::ios::app),
      observer_(observer),
      progress_(0, base::Progress::ForStandardError(!terminal)) {}

void Console::Line(const std::string& text) {
  if (observer_.line) {
    observer_.line(text);
  } else {
    progress_.WithoutLine([&] { std::fprintf(stderr, "%s\n", text.c_str()); });
  }
  log_ << base::FormatUtc(std::chrono::system_clock::now()) << " " << text << std::endl;
}

}  // namespace heartbeat::training
