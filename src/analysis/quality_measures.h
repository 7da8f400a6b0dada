#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "analysis/envelope.h"
#include "analysis/rhythm.h"

namespace heartbeat::analysis {

// What the learned score of one part of a recording is made of: properties of its envelope that
// gain does not change. A quantile is the nearest rank.
struct QualityMeasures {
  // Median and smallest strength of the rhythm's windows (Rhythm::Peak), -1..1.
  double periodicity = 0;
  double least_periodicity = 0;
  // Share of the windows, 0..1, whose rate is the median one, half or double of it, within 0.17
  // octaves.
  double rate_agreement = 0;
  // Share of the time, 0..1, in which the envelope is above half of its 98 % quantile: short for
  // beats, long for a hum.
  double loud_share = 0;
  // From the 20 % to the 90 % quantile of the envelope, in dB.
  double dynamic_range_db = 0;
  // Envelope::low_share, 0..1.
  double low_share = 0;
  // The modulation of log(envelope + 5 % of its median): power between 3 and 15 Hz over that
  // between 0.1 and 3 Hz, in dB. Beats have sharp edges, syllables have not.
  double fast_modulation_db = 0;
  // The same, between 0.05 and 0.6 Hz over 0.6 to 15 Hz: what changes more slowly than any heart.
  double slow_modulation_db = 0;
};

struct QualityMeasure {
  std::string_view name;
  double QualityMeasures::* value;
};

inline constexpr std::array<QualityMeasure, 8> kQualityMeasures = {{
    {"periodicity", &QualityMeasures::periodicity},
    {"least_periodicity", &QualityMeasures::least_periodicity},
    {"rate_agreement", &QualityMeasures::rate_agreement},
    {"loud_share", &QualityMeasures::loud_share},
    {"dynamic_range_db", &QualityMeasures::dynamic_range_db},
    {"low_share", &QualityMeasures::low_share},
    {"fast_modulation_db", &QualityMeasures::fast_modulation_db},
    {"slow_modulation_db", &QualityMeasures::slow_modulation_db},
}};

// `rhythm` is that of `envelope`, which is not empty.
[[nodiscard]] QualityMeasures MeasureQuality(const Envelope& envelope, const Rhythm& rhythm);

// From `start_s` to `end_s` seconds.
struct TimeSpan {
  double start_s = 0;
  double end_s = 0;
};

// Where the envelope falls away: pieces of 0.25 s, three or more in a row, whose mean is 25 dB
// below the median of all pieces (or 45 dB below their 90 % quantile, where that is higher: a
// recording may be lost for more than half of its time). The pause between two beats is shorter
// than three pieces, and its noise is nearer.
[[nodiscard]] std::vector<TimeSpan> FindLostContact(const Envelope& envelope);

// Share of the samples, 0..1, beyond 85 % of the largest or smallest one, where the recording
// reaches 84 % of full scale (-1.5 dB); else 0. A converter's flat tops are no longer flat once
// they were resampled, hence the margin. A clean heart sound has under 0.5 %.
[[nodiscard]] double ClippedShare(std::span<const float> samples);

}  // namespace heartbeat::analysis
