// Written by script/fit-quality: do not edit.
#pragma once

#include <array>

namespace heartbeat::analysis {

// Of one measure, in the order of kQualityMeasures: (value - mean) / spread, times the weight.
struct QualityTerm {
  double mean = 0;
  double spread = 1;
  double weight = 0;
};

inline constexpr double kQualityDeviations = 4;
inline constexpr double kQualityBias = 4.93985;
inline constexpr std::array<QualityTerm, 8> kQualityTerms = {{
    {.mean = 0.575563, .spread = 0.174535, .weight = 0.620699},  // periodicity
    {.mean = 0.427007, .spread = 0.189274, .weight = 0.586083},  // least_periodicity
    {.mean = 0.821095, .spread = 0.222061, .weight = 0.756869},  // rate_agreement
    {.mean = 0.138508, .spread = 0.13241, .weight = -2.57941},   // loud_share
    {.mean = 19.0891, .spread = 6.46228, .weight = 0.390854},    // dynamic_range_db
    {.mean = 0.732647, .spread = 0.301615, .weight = 1.13727},   // low_share
    {.mean = 2.93587, .spread = 3.34876, .weight = 1.46948},     // fast_modulation_db
    {.mean = -12.7256, .spread = 4.72758, .weight = -0.400558},  // slow_modulation_db
}};

}  // namespace heartbeat::analysis
