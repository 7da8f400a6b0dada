#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/envelope.h"
#include "analysis/quality_measures.h"
#include "audio/recording.h"
#include "base/result.h"

namespace heartbeat::analysis {

// Whether a recording is good enough to be judged.
struct Quality {
  bool ok = true;
  // 0..1: how much its envelope is like that of a heart. At 0.5, 3 % of the real recordings that it
  // was fitted on lie below.
  double score = 1;
  // What is wrong and what to do about it, each in one line: "too much noise: …". Where `ok` is
  // true they are remarks.
  std::vector<std::string> reasons;
};

// One part of a recording, judged by itself.
struct QualityPart {
  TimeSpan time;
  double score = 0;  // 0..1
  QualityMeasures measures;
};

struct QualityReport {
  Quality quality;
  std::optional<double> heart_rate_bpm;  // where the score is 0.5 or more and a rhythm was found
  double level_dbfs = 0;                 // of the envelope's mean, at least -180
  double clipped_share = 0;              // ClippedShare
  std::vector<TimeSpan> lost;            // FindLostContact
  std::vector<QualityPart> parts;        // at least one
};

// Judges recordings at one sample rate, whatever model hears them. A recording over 20 s is cut
// into equal parts of at most that; its score is the median of theirs (the lower of two), so that
// the time grows with the length and the memory does not. Const and thread-safe.
//
// A recording is not ok where its score is below 0.5, its level below -70 dBFS, the contact lost
// for more than a third of the time, or more than a tenth of it clipped. The score is logistic in
// the measures (quality_terms.h, which script/fit-quality writes); how the other limits were chosen
// stands in docs/decisions/0016-signal-quality.md.
class QualityGate {
 public:
  explicit QualityGate(int sample_rate_hz) : meter_(sample_rate_hz) {}

  // `recording` has samples and the gate's rate. Errors: kInternal where the transform fails.
  [[nodiscard]] base::Result<QualityReport> Assess(const audio::Recording& recording) const;

 private:
  EnvelopeMeter meter_;
};

}  // namespace heartbeat::analysis
