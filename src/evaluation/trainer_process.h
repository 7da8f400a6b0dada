#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace heartbeat::evaluation {

struct TrainerCall {
  std::filesystem::path trainer;
  std::vector<std::string> arguments;
  std::filesystem::path out;  // its standard output; empty: nobody reads it
  std::filesystem::path err;  // its standard error; gone again when all went well
};

// Runs heartbeat-train to its end. `on_wait` is called about ten times a second. Where `stop`
// becomes true it is interrupted, writes its checkpoint and ends. Errors: kCancelled (stopped), kIo
// (it cannot be started), kInvalidArgument or kInternal with its own last line where it failed.
[[nodiscard]] base::Result<void> RunTrainer(const TrainerCall& call, const std::atomic<bool>& stop,
                                            const std::function<void()>& on_wait);

}  // namespace heartbeat::evaluation
