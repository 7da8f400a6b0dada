#include "evaluation/scoring.h"

#include <mutex>
#include <string>

#include "analysis/prediction.h"
#include "audio/decode.h"
#include "base/file.h"
#include "base/parallel.h"

namespace heartbeat::evaluation {
namespace {

base::Result<analysis::Prediction> Hear(const analysis::Analyzer& analyzer,
                                        const DatasetEntry& entry) {
  const audio::DecodeLimits limits;
  const auto bytes = base::ReadFile(entry.path, limits.max_file_bytes);
  if (!bytes) return base::Fail(bytes);
  return analysis::Predict(analyzer, *bytes, entry.record, limits);
}

ScoredEntry Score(const analysis::Analyzer& analyzer, const DatasetEntry& entry) {
  ScoredEntry scored;
  scored.entry = entry;
  const auto prediction = Hear(analyzer, entry);
  if (!prediction) {
    scored.error = prediction.error().message;
    return scored;
  }
  scored.probability_abnormal = prediction->analysis.probability_abnormal;
  scored.mean_logit = prediction->analysis.mean_logit;
  scored.threshold = prediction->analysis.threshold;
  scored.verdict = Name(prediction->analysis.verdict);
  if (const auto& calibrated = prediction->analysis.calibrated) {
    scored.prediction_set = calibrated->prediction_set;
  }
  scored.processing_time_s = prediction->processing_time_s;
  return scored;
}

}  // namespace

base::Result<std::vector<ScoredEntry>> ScoreDataset(
    const analysis::Analyzer& analyzer, std::span<const DatasetEntry> entries, unsigned threads,
    const std::atomic<bool>& stop, const std::function<void(std::size_t)>& on_done) {
  std::vector<ScoredEntry> scored(entries.size());
  std::mutex mutex;
  std::size_t done = 0;
  base::ParallelFor(entries.size(), threads, [&](std::size_t i) {
    if (stop) return;
    scored[i] = Score(analyzer, entries[i]);
    const std::lock_guard lock(mutex);
    ++done;
    if (on_done) on_done(done);
  });
  if (done < entries.size()) {
    return base::Fail(base::ErrorCode::kCancelled, "stopped before every recording was heard");
  }
  return scored;
}

}  // namespace heartbeat::evaluation
