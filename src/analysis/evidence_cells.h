#pragma once

#include <cstddef>
#include <vector>

#include "features/log_mel.h"

namespace heartbeat::analysis {

// How a model's output "evidence" [row, column] lies over its window of [mel, frame].
struct EvidenceShape {
  int rows = 0;     // row 0: the lowest bands
  int columns = 0;  // column 0: the first frames

  [[nodiscard]] std::size_t Cells() const {
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  }
  friend bool operator==(const EvidenceShape&, const EvidenceShape&) = default;
};

// Bands or frames from one cell's centre to the next: the smallest step with which it takes `cells`
// of them to reach over `length`. 0 where there is none, as for 9 cells over 10.
[[nodiscard]] int CellStep(int length, int cells);

// Bands or frames [begin, end) of cell `index`. Cell i is centred at i times the step, as the
// outputs of convolutions with strides are; cells meet halfway between their centres, and the first
// and last reach to the window's edges. Needs a CellStep.
struct CellSpan {
  int begin = 0;
  int end = 0;
};
[[nodiscard]] CellSpan SpanOfCell(int length, int cells, int index);

// Where rows meet, in Hz, ascending; [row + 1], from the front end's lowest to its highest
// frequency.
[[nodiscard]] std::vector<double> RowEdgesHz(const features::LogMelConfig& config, int rows);

}  // namespace heartbeat::analysis
