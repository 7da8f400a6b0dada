#include "evaluation/murmur_run.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "analysis/prediction.h"
#include "audio/decode.h"
#include "base/file.h"
#include "base/parallel.h"

namespace heartbeat::evaluation {
namespace {

using base::ErrorCode;
using base::Fail;
using base::Result;

ScoredMurmur Score(const analysis::Analyzer& analyzer, const DatasetEntry& entry) {
  ScoredMurmur scored;
  scored.entry = entry;
  const audio::DecodeLimits limits;
  const auto bytes = base::ReadFile(entry.path, limits.max_file_bytes);
  if (!bytes) {
    scored.error = bytes.error().message;
    return scored;
  }
  const auto prediction = analysis::Predict(analyzer, *bytes, entry.record, limits);
  if (!prediction) {
    scored.error = prediction.error().message;
    return scored;
  }
  const auto& murmur = prediction->analysis.murmur.value();
  scored.probabilities = {murmur.present, murmur.unknown, murmur.absent};
  scored.poor_quality = prediction->analysis.verdict == analysis::Verdict::kPoorQuality;
  return scored;
}

Result<std::vector<DatasetEntry>> ReadData(const MurmurRunOptions& options) {
  auto entries = ReadEntries(options.data, options.split);
  if (!entries) return entries;
  std::erase_if(*entries, [](const DatasetEntry& entry) { return !entry.patient_murmur; });
  // Whether there are any is JoinPatients' to say.
  return entries;
}

}  // namespace

Result<MurmurResults> RunMurmur(const MurmurRunOptions& options, const std::atomic<bool>& stop,
                                const ModelRunObserver& observer) {
  const auto analyzer = analysis::Analyzer::LoadFile(options.model);
  if (!analyzer) return Fail(analyzer);
  if (!analyzer->HearsMurmurs()) {
    return Fail(
        ErrorCode::kInvalidArgument,
        "circor-murmur needs a model with a murmur output (present, unknown, absent), and " +
            options.model.string() +
            " has none; train one with --murmur.weight over 0 on recordings that say of "
            "murmurs");
  }
  const auto entries = ReadData(options);
  if (!entries) return Fail(entries);
  MurmurResults results;
  results.recordings.resize(entries->size());
  std::mutex mutex;
  std::size_t done = 0;
  base::ParallelFor(entries->size(), options.threads, [&](std::size_t i) {
    if (stop) return;
    results.recordings[i] = Score(*analyzer, (*entries)[i]);
    const std::lock_guard lock(mutex);
    ++done;
    if (observer.progress) observer.progress(done, entries->size());
  });
  if (done < entries->size()) {
    return Fail(ErrorCode::kCancelled, "stopped before every recording was heard");
  }
  auto patients = JoinPatients(results.recordings);
  if (!patients) return Fail(patients);
  results.patients = std::move(*patients);
  results.program_version = HEARTBEAT_VERSION;
  results.data = options.data;
  results.split = options.split;
  results.model = analyzer->identity();
  results.resamples = options.measures.resamples;
  results.measures =
      MeasureMurmurs(results.patients, options.measures.resamples, options.measures.seed);
  return results;
}

}  // namespace heartbeat::evaluation
