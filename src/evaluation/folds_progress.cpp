#include "evaluation/folds_progress.h"

#include <algorithm>
#include <limits>

namespace heartbeat::evaluation {

FoldsProgress::FoldsProgress(std::size_t folds, std::size_t epochs_each)
    : folds_(folds), epochs_each_(epochs_each) {}

void FoldsProgress::Set(std::size_t fold, std::size_t epochs) {
  Fold& f = folds_[fold];
  f.done = std::min(epochs, epochs_each_);
  f.before = std::min(f.before.value_or(f.done), f.done);
}

void FoldsProgress::Finish(std::size_t fold, bool was_done) {
  Fold& f = folds_[fold];
  f.done = epochs_each_;
  f.before = was_done ? epochs_each_ : f.before.value_or(0);
}

std::size_t FoldsProgress::done() const {
  std::size_t sum = 0;
  for (const Fold& f : folds_) sum += f.done - f.before.value_or(0);
  return sum;
}

std::size_t FoldsProgress::total() const {
  std::size_t sum = 0;
  for (const Fold& f : folds_) sum += epochs_each_ - f.before.value_or(0);
  return sum;
}

double FoldsProgress::SecondsLeft() const {
  if (done() == 0) return std::numeric_limits<double>::quiet_NaN();
  return clock_.ElapsedSeconds() * static_cast<double>(total() - done()) /
         static_cast<double>(done());
}

}  // namespace heartbeat::evaluation
