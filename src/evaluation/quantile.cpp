#include "evaluation/quantile.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace heartbeat::evaluation {

double SortedQuantile(std::span<const double> ascending, double share) {
  if (ascending.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double position = share * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(position));
  const std::size_t above = std::min(below + 1, ascending.size() - 1);
  const double fraction = position - static_cast<double>(below);
  return ascending[below] + fraction * (ascending[above] - ascending[below]);
}

}  // namespace heartbeat::evaluation
