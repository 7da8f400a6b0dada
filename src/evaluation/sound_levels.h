#pragma once

#include "audio/recording.h"

namespace heartbeat::evaluation {

// Levels of one recording, at its own sample rate. "dBFS" is 20 log10 of a magnitude whose full
// scale is 1; nothing is reported below kLowestDbfs. A frame is 50 ms long; its level is the RMS
// of its samples less their mean over the recording.
struct SoundLevels {
  double peak_dbfs = 0;        // largest magnitude
  double rms_dbfs = 0;         // of the samples less their mean
  double crest_factor_db = 0;  // peak less RMS, both of the samples less their mean
  double offset_percent = 0;   // the mean of the samples, of full scale; signed
  // Samples in runs of three or more that all stand at the largest or all at the smallest value: a
  // converter or amplifier at its limit, whatever gain came after it.
  double clipped_percent = 0;
  double floor_dbfs = 0;  // 5th percentile of the frames' levels: what is heard between the sounds
  double dynamic_range_db = 0;  // from the 5th to the 95th percentile of the frames' levels
  double silent_percent = 0;    // frames below -80 dBFS
  double start_level_db = 0;    // the first 0.25 s, above the whole recording
  // Time in runs of one value that last 10 ms or more: dropouts, digital silence, and the quiet
  // parts of a coarse converter.
  double constant_percent = 0;
  double longest_constant_ms = 0;
  // Typical distance of neighbouring values: the median gap between the different values that
  // occur within the central half of the samples. Given as the bits of a converter that has such
  // steps over full scale, log2(2 / step): 16 for a recording that uses all of 16 bits, about 8 for
  // one that was made with 8 and scaled afterwards.
  double converter_bits = 0;
  double different_values = 0;  // how many values occur
};

inline constexpr double kLowestDbfs = -160;

// `recording` has samples and a positive rate, as audio::Decode gives it.
[[nodiscard]] SoundLevels MeasureLevels(const audio::Recording& recording);

}  // namespace heartbeat::evaluation
