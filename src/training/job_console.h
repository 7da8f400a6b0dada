#pragma once

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/progress.h"
#include "training/job.h"

namespace heartbeat::training {

// Lines for the person and for the log file.
class Console {
 public:
  // `observer` outlives it.
  Console(const std::filesystem::path& log, bool terminal, const JobObserver& observer);

  void Line(const std::string& text);
  [[nodiscard]] base::Progress& progress() { return progress_; }

 private:
  std::ofstream log_;
  const JobObserver& observer_;
  base::Progress progress_;
};

template <typename... Args>
[[nodiscard]] std::string Format(const char* format, Args... args) {
  char text[512];
  std::snprintf(text, sizeof text, format, args...);
  return text;
}

}  // namespace heartbeat::training
