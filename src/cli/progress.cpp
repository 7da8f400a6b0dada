#include "cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <utility>

#include "base/clock.h"
#include "cli/terminal.h"
#include "cli/text.h"

namespace heartbeat::cli {

std::string ProgressLine(std::size_t done, std::size_t total, double elapsed_s,
                         std::size_t columns) {
  total = std::max<std::size_t>(total, 1);
  done = std::min(done, total);
  const double share = static_cast<double>(done) / static_cast<double>(total);
  const std::string all = std::to_string(total);
  std::string text = PadLeft(std::to_string(done), all.size()) + "/" + all + "  " +
                     PadLeft(std::to_string(static_cast<int>(100 * share)), 3) + " %";
  if (done > 0) text += "  " + base::FormatDuration(elapsed_s * (1 / share - 1)) + " left";

  constexpr std::size_t kNarrowest = 10;
  constexpr std::size_t kWidest = 40;
  // Two brackets, two spaces, and the last column stays free: some terminals wrap on it.
  const std::size_t others = text.size() + 5;
  if (columns < others + kNarrowest) return text.substr(0, columns > 0 ? columns - 1 : 0);
  const std::size_t width = std::min(columns - others, kWidest);
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(width));
  std::string bar(filled, '=');
  if (filled < width) bar += '>';
  bar.resize(width, ' ');
  return "[" + bar + "]  " + text;
}

Progress::Options Progress::ForStandardError(bool quiet) {
  Options options;
  options.enabled = !quiet && IsTerminal(STDERR_FILENO);
  options.columns = TerminalColumns(STDERR_FILENO);
  options.write = [](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
  };
  options.elapsed_s = [clock = base::Stopwatch()] { return clock.ElapsedSeconds(); };
  return options;
}

Progress::Progress(std::size_t total, Options options)
    : total_(total),
      options_(std::move(options)),
      last_s_(-std::numeric_limits<double>::infinity()) {}

Progress::~Progress() { Erase(); }

void Progress::Set(std::size_t done) { Set(done, total_); }

void Progress::Set(std::size_t done, std::size_t total) {
  if (!options_.enabled) return;
  const std::lock_guard lock(mutex_);
  const double now_s = options_.elapsed_s();
  if (now_s < options_.quiet_s || now_s < last_s_ + options_.interval_s) return;
  last_s_ = now_s;
  Erase();
  line_ = ProgressLine(done, total, now_s, options_.columns);
  options_.write(line_);
}

void Progress::WithoutLine(const std::function<void()>& write) {
  const std::lock_guard lock(mutex_);
  const std::string shown = line_;
  Erase();
  write();
  if (shown.empty()) return;
  line_ = shown;
  options_.write(line_);
}

void Progress::Erase() {
  if (line_.empty()) return;
  options_.write("\r\x1b[K");
  line_.clear();
}

}  // namespace heartbeat::cli
