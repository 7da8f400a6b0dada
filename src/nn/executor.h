#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/result.h"
#include "nn/plan.h"

namespace heartbeat::nn {

// Runs one plan from any number of threads. Memory: one arena for each thread that has ever run at
// the same time as the others.
class Executor {
 public:
  explicit Executor(Plan plan);
  ~Executor();

  // Copies `input` in, and of each output as many floats as its span has. On the calling thread
  // alone. Errors: kInternal.
  [[nodiscard]] base::Result<void> Run(std::span<const float> input,
                                       std::span<const std::span<float>> outputs) const;

  [[nodiscard]] const Plan& plan() const { return plan_; }

 private:
  struct Arena;
  struct Lease;

  const Plan plan_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Arena>> free_;
};

}  // namespace heartbeat::nn
