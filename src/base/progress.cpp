#include "base/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <utility>

#include "base/clock.h"
#include "base/terminal.h"

namespace heartbeat::base {

std::string ProgressLine(const WorkState& state, std::size_t columns) {
  const std::size_t total = std::max<std::size_t>(state.total, 1);
  const std::size_t done = std::min(state.done, total);
  const double share = static_cast<double>(done) / static_cast<double>(total);
  const std::string all = std::to_string(total);
  std::string count = std::to_string(done);
  count.insert(0, all.size() - count.size(), ' ');
  const std::string percent = std::to_string(static_cast<int>(100 * share));
  std::string text =
      count + "/" + all + "  " + std::string(3 - percent.size(), ' ') + percent + " %";
  if (std::isfinite(state.left_s)) text += "  " + FormatDuration(state.left_s) + " left";
  if (!state.note.empty()) text += "  " + state.note;

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
  WorkState state{.done = done, .total = total};
  if (done > 0) {
    state.left_s =
        options_.elapsed_s() * (static_cast<double>(total) / static_cast<double>(done) - 1);
  }
  Set(state);
}

void Progress::Set(const WorkState& state) {
  if (!options_.enabled) return;
  const std::lock_guard lock(mutex_);
  const double now_s = options_.elapsed_s();
  if (now_s < options_.quiet_s || now_s < last_s_ + options_.interval_s) return;
  last_s_ = now_s;
  Erase();
  line_ = ProgressLine(state, options_.columns);
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

}  // namespace heartbeat::base
