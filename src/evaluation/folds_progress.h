#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace heartbeat::evaluation {

// How far the folds of one call have come, in epochs. What an earlier call did is no part of it, so
// that the time which is left can be told from the time that went.
class FoldsProgress {
 public:
  FoldsProgress(std::size_t folds, std::size_t epochs_each);

  // Of `fold`, `epochs` are trained; where they are more than none at the first call, those came
  // before this call.
  void Set(std::size_t fold, std::size_t epochs);
  // Early stopping may have ended it before its last epoch. `was_done`: by an earlier call.
  void Finish(std::size_t fold, bool was_done);

  [[nodiscard]] std::size_t done() const;
  [[nodiscard]] std::size_t total() const;
  // NaN before anything is done.
  [[nodiscard]] double SecondsLeft() const;

 private:
  struct Fold {
    std::optional<std::size_t> before;  // epochs of earlier calls, once they are known
    std::size_t done = 0;               // of those and this call together
  };
  std::vector<Fold> folds_;
  std::size_t epochs_each_;
  base::Stopwatch clock_;
};

}  // namespace heartbeat::evaluation
