#include "analysis/evidence_cells.h"

#include "features/mel.h"

namespace heartbeat::analysis {
namespace {

int CeilDivide(int a, int b) { return (a + b - 1) / b; }

}  // namespace

int CellStep(int length, int cells) {
  if (cells < 1 || cells > length) return 0;
  const int step = CeilDivide(length, cells);
  return CeilDivide(length, step) == cells ? step : 0;
}

CellSpan SpanOfCell(int length, int cells, int index) {
  const int step = CellStep(length, cells);
  const auto begin_of = [&](int cell) { return cell * step - step / 2; };
  return {.begin = index == 0 ? 0 : begin_of(index),
          .end = index + 1 == cells ? length : begin_of(index + 1)};
}

std::vector<double> RowEdgesHz(const features::LogMelConfig& config, int rows) {
  const double low = features::HzToMel(config.min_hz, config.mel_scale);
  const double high = features::HzToMel(config.max_hz, config.mel_scale);
  const double mels_per_band = (high - low) / (config.mel_bands + 1);
  std::vector<double> edges = {config.min_hz};
  for (int row = 1; row < rows; ++row) {
    // Band b is centred at b + 1 of these steps.
    const int band = SpanOfCell(config.mel_bands, rows, row).begin;
    edges.push_back(features::MelToHz(low + mels_per_band * (band + 1), config.mel_scale));
  }
  edges.push_back(config.max_hz);
  return edges;
}

}  // namespace heartbeat::analysis
