#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audio/recording.h"
#include "evaluation/copies.h"
#include "evaluation/dataset.h"
#include "evaluation/sound_levels.h"
#include "evaluation/sound_spectrum.h"

namespace heartbeat::evaluation {

// One recording of a dataset, looked at. What follows `error` is meaningless where that is not
// empty.
struct DescribedRecording {
  DatasetEntry entry;
  std::uintmax_t file_bytes = 0;
  std::string file_sha256;  // empty where the file could not be read
  std::string error;        // why it cannot be heard; empty where it can
  audio::SourceInfo source;
  double duration_s = 0;
  std::string samples_sha256;  // of rate and samples: the same sound in another container
  SoundLevels levels;
  SoundSpectrum spectrum;

  [[nodiscard]] bool IsHeard() const { return error.empty(); }
};

struct Description {
  std::vector<DescribedRecording> recordings;  // in the order of the entries
  std::vector<NearCopy> near_copies;           // indices into `recordings`
};

// Decodes and measures every entry, on all cores (threads 0) or `threads`, then looks for copies
// among all of them. `on_done(n)` is called after each with the number done so far, from any thread
// but never two at once. Takes about 15 kB a recording of 20 s; no recording is held.
[[nodiscard]] Description Describe(std::span<const DatasetEntry> entries, unsigned threads,
                                   const std::function<void(std::size_t)>& on_done);

// The class that a recording is counted in: "normal", "abnormal"; else, by the patient's murmur or
// that of the recording, "murmur absent", "murmur unknown", "murmur present"; else "unlabelled".
[[nodiscard]] std::string ClassOf(const DatasetEntry& entry);
// Abnormal or a murmur present: true; normal or absent: false; else nothing.
[[nodiscard]] std::optional<bool> IsPositive(const DatasetEntry& entry);
// In this order classes are listed; "normal" and "murmur absent" come first.
[[nodiscard]] int ClassRank(std::string_view class_name);

}  // namespace heartbeat::evaluation
