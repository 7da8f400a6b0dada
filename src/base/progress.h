#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <mutex>
#include <string>
#include <string_view>

namespace heartbeat::base {

// How far work has come.
struct WorkState {
  std::size_t done = 0;
  std::size_t total = 0;
  double left_s = std::numeric_limits<double>::quiet_NaN();  // NaN: no time is foretold
  std::string note = {};                                     // such as "epoch 3/36, loss 0.52"
};

// "[=====>    ]  512/2798  18 %  3 min 07 s left  note", at most `columns` wide.
[[nodiscard]] std::string ProgressLine(const WorkState& state, std::size_t columns);

// A line that shows how far long work has come and is gone when it is done. Thread-safe.
class Progress {
 public:
  struct Options {
    bool enabled = false;                         // false: nothing is ever written
    std::size_t columns = 80;                     // of the terminal
    double quiet_s = 1.0;                         // work that is shorter shows no line
    double interval_s = 0.1;                      // between two lines
    std::function<void(std::string_view)> write;  // to the terminal
    std::function<double()> elapsed_s;            // seconds since the work began
  };

  // A line on standard error where that is a terminal, unless `quiet`.
  [[nodiscard]] static Options ForStandardError(bool quiet);

  Progress(std::size_t total, Options options);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();  // takes the line away

  // `done` of the total are done. The time left is foretold from the time taken so far.
  void Set(std::size_t done);
  // Where only the work itself finds out how much there is.
  void Set(std::size_t done, std::size_t total);
  // Where the work itself knows more.
  void Set(const WorkState& state);
  // Calls `write` while no line is shown, so that it can write to the same terminal.
  void WithoutLine(const std::function<void()>& write);

 private:
  void Erase();

  const std::size_t total_;
  const Options options_;
  std::mutex mutex_;
  double last_s_;
  std::string line_;  // what is shown now
};

}  // namespace heartbeat::base
