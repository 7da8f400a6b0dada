#pragma once

#include <span>

namespace heartbeat::evaluation {

// The `share` quantile (0..1) of ascending values, interpolated linearly between neighbours: type 7
// of Hyndman & Fan, Sample Quantiles in Statistical Packages, 1996, which is NumPy's default. NaN
// where there are none.
[[nodiscard]] double SortedQuantile(std::span<const double> ascending, double share);

}  // namespace heartbeat::evaluation
