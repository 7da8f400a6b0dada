#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audio/recording.h"
#include "base/result.h"
#include "evaluation/dataset.h"
#include "evaluation/fingerprint.h"

namespace heartbeat::evaluation {

// How two recordings lie upon each other where they agree best.
struct Alignment {
  double offset_s = 0;     // the second begins this much after the first; may be negative
  double overlap_s = 0;    // what both have
  double correlation = 0;  // over the overlap, -1..1; -1 for a copy of opposite sign
  double gain_db = 0;      // level of the second above that of the first
};

// Correlates the recordings at every offset within `reach_samples` of `offset_samples`, after a
// band-pass of 25 to 400 Hz: drift and hiss are no sign of a copy. Normalised by the power of the
// overlap; the offset with the largest magnitude wins. Both at kFingerprintRateHz. Nothing where
// they share less than a second.
[[nodiscard]] std::optional<Alignment> Align(const audio::Recording& first,
                                             const audio::Recording& second,
                                             std::ptrdiff_t offset_samples,
                                             std::ptrdiff_t reach_samples);

// A pair that holds the same sound.
struct NearCopy {
  std::size_t first = 0;
  std::size_t second = 0;
  double bit_error_rate = 0;  // of the fingerprints
  Alignment alignment;
};

// Below this correlation, two recordings are different ones whatever their fingerprints say.
inline constexpr double kMinCopyCorrelation = 0.8;

// Every pair of recordings of which one holds 4 s or more of the other: candidates by fingerprint,
// kept where Align finds a correlation of magnitude kMinCopyCorrelation or more. `load(i)` gives
// recording i at kFingerprintRateHz, from any of `threads` threads (0: one per core); where it
// fails, the pair is left out. Sorted by first, then second.
[[nodiscard]] std::vector<NearCopy> FindNearCopies(
    std::span<const std::vector<std::uint32_t>> fingerprints,
    const std::function<base::Result<audio::Recording>(std::size_t)>& load, unsigned threads);

// The entry's recording as fingerprints and Align need it. Errors: those of audio::DecodeFile.
[[nodiscard]] base::Result<audio::Recording> LoadForFingerprint(const DatasetEntry& entry);

// Groups of two or more of `count` recordings that are linked by copies, directly or through
// others, each ascending: what has to stay on one side of a split.
[[nodiscard]] std::vector<std::vector<std::size_t>> GroupLinked(std::span<const NearCopy> copies,
                                                                std::size_t count);

// GroupLinked of the near-copies among `entries`. What cannot be decoded is a copy of nothing.
[[nodiscard]] std::vector<std::vector<std::size_t>> GroupSameSound(
    std::span<const DatasetEntry> entries, unsigned threads);

// Groups of two or more indices with the same key, each ascending; an empty key is like no other.
[[nodiscard]] std::vector<std::vector<std::size_t>> GroupEqual(std::span<const std::string> keys);

}  // namespace heartbeat::evaluation
