#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <vector>

#include "analysis/evidence_cells.h"
#include "analysis/model_metadata.h"

namespace heartbeat::analysis {

// A box of time and frequency around neighbouring cells that speak for the same class.
struct EvidenceRegion {
  double start_s = 0;
  double end_s = 0;
  double low_hz = 0;
  double high_hz = 0;
  double contribution = 0;  // the sum of its cells; above 0: speaks for abnormal
};

// What each part of a recording added to its logit: over time and frequency, the columns of equal
// length but for the last, which ends with the recording.
struct EvidenceGrid {
  int rows = 0;  // row 0: the lowest frequencies
  int columns = 0;
  double column_s = 0;
  double duration_s = 0;
  std::vector<double> edges_hz;       // [row + 1], ascending
  std::vector<double> contributions;  // [row, column], in units of the logit
  double logit = 0;                   // of the recording: all contributions and the remainder
  double remainder = 0;

  [[nodiscard]] double At(int row, int column) const {
    return contributions[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) +
                         static_cast<std::size_t>(column)];
  }
};

// The evidence of a recording's windows, as the network gives it.
struct WindowEvidence {
  EvidenceShape shape;
  std::vector<std::size_t> starts;  // first sample of each window
  std::vector<float> values;        // [window, row, column]
};

// Lays the windows' evidence over the recording. Every cell counts 1 / windows, as its window's
// logit does in the mean; where windows overlap, their cells add up; where a short recording was
// repeated to a window's length, each repeat counts at the time that it repeats. `logit`: what the
// recording's contributions and the remainder add up to, and `slope` how much of it one unit of the
// windows' mean logit makes: both of the calibrated logit, or the mean logit and 1. The remainder
// is what the biases behind the network's last map give by themselves, which no part of the sound
// can be made to answer for. A column is half a cell's step long. Needs a CellStep both ways.
[[nodiscard]] EvidenceGrid LayOverRecording(const WindowEvidence& evidence,
                                            const ModelMetadata& metadata, double duration_s,
                                            double logit, double slope);

// At most `most` regions, by the size of their contribution: neighbouring cells of one sign, each
// at least kRegionShare of the largest.
inline constexpr double kRegionShare = 0.25;
inline constexpr std::size_t kMaxRegions = 10;
[[nodiscard]] std::vector<EvidenceRegion> TopRegions(const EvidenceGrid& grid,
                                                     std::size_t most = kMaxRegions);

// The same with at most `most_columns`: so many neighbours as it takes are added up to one.
struct CoarseGrid {
  EvidenceGrid grid;
  int columns_joined = 1;
};
[[nodiscard]] CoarseGrid Coarser(EvidenceGrid grid, int most_columns);

// {"regions": [...]}, of the API contract.
[[nodiscard]] nlohmann::json RegionsJson(std::span<const EvidenceRegion> regions);

}  // namespace heartbeat::analysis
