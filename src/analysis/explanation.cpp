#include "analysis/explanation.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "analysis/windows.h"

namespace heartbeat::analysis {
namespace {

double RoundTo(double value, double steps_per_unit) {
  return std::round(value * steps_per_unit) / steps_per_unit;
}

// Adds amounts that are spread evenly over a time to a row of columns.
class Spreader {
 public:
  // Times are counted in frames. `period`: where the recording starts again; infinite if it does
  // not.
  Spreader(double column_frames, double total_frames, int columns)
      : column_(column_frames), total_(total_frames), columns_(columns) {}

  void Add(double begin, double end, double amount, bool repeats, std::span<double> row) const {
    if (!repeats) {
      // Frames are counted from the middle of a hop: a window may seem to end a little late.
      end = std::min(end, total_);
      begin = std::min(begin, end);
      if (end <= begin) return AddTo(columns_ - 1, amount, row);
    }
    const double length = end - begin;
    for (double at = begin; at < end;) {
      const double start = repeats ? std::fmod(at, total_) : at;
      const int column = ColumnOf(start);
      const double column_end = std::min((column + 1) * column_, total_);
      // At least a thousandth of a frame, so that rounding cannot stop it.
      const double step = std::min(std::max(column_end - start, 1e-3), end - at);
      AddTo(column, amount * step / length, row);
      at += step;
    }
  }

 private:
  [[nodiscard]] int ColumnOf(double frame) const {
    return std::clamp(static_cast<int>(frame / column_), 0, columns_ - 1);
  }
  static void AddTo(int column, double amount, std::span<double> row) {
    row[static_cast<std::size_t>(column)] += amount;
  }

  double column_;
  double total_;
  int columns_;
};

// Finds neighbouring cells of one sign.
class Regions {
 public:
  explicit Regions(const EvidenceGrid& grid)
      : grid_(grid), seen_(grid.contributions.size()), threshold_(Threshold(grid)) {}

  std::vector<EvidenceRegion> Find() {
    std::vector<EvidenceRegion> found;
    if (threshold_ <= 0) return found;
    for (int row = 0; row < grid_.rows; ++row) {
      for (int column = 0; column < grid_.columns; ++column) {
        const double value = grid_.At(row, column);
        if (!seen_[Index(row, column)] && std::abs(value) >= threshold_) {
          found.push_back(Grow(row, column, value > 0));
        }
      }
    }
    return found;
  }

 private:
  static double Threshold(const EvidenceGrid& grid) {
    double largest = 0;
    for (const double value : grid.contributions) largest = std::max(largest, std::abs(value));
    return largest * kRegionShare;
  }

  [[nodiscard]] std::size_t Index(int row, int column) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(grid_.columns) +
           static_cast<std::size_t>(column);
  }

  EvidenceRegion Grow(int first_row, int first_column, bool positive) {
    int low = first_row;
    int high = first_row;
    int left = first_column;
    int right = first_column;
    double sum = 0;
    std::vector<std::pair<int, int>> open = {{first_row, first_column}};
    seen_[Index(first_row, first_column)] = true;
    while (!open.empty()) {
      const auto [row, column] = open.back();
      open.pop_back();
      low = std::min(low, row);
      high = std::max(high, row);
      left = std::min(left, column);
      right = std::max(right, column);
      sum += grid_.At(row, column);
      for (const auto& [down, along] : {std::pair{-1, 0}, {1, 0}, {0, -1}, {0, 1}}) {
        Visit(row + down, column + along, positive, open);
      }
    }
    return {.start_s = left * grid_.column_s,
            .end_s = std::min((right + 1) * grid_.column_s, grid_.duration_s),
            .low_hz = grid_.edges_hz[static_cast<std::size_t>(low)],
            .high_hz = grid_.edges_hz[static_cast<std::size_t>(high) + 1],
            .contribution = sum};
  }

  void Visit(int row, int column, bool positive, std::vector<std::pair<int, int>>& open) {
    if (row < 0 || row >= grid_.rows || column < 0 || column >= grid_.columns) return;
    const double value = grid_.At(row, column);
    if (seen_[Index(row, column)] || std::abs(value) < threshold_ || (value > 0) != positive) {
      return;
    }
    seen_[Index(row, column)] = true;
    open.emplace_back(row, column);
  }

  const EvidenceGrid& grid_;
  std::vector<bool> seen_;
  double threshold_;
};

}  // namespace

EvidenceGrid LayOverRecording(const WindowEvidence& evidence, const ModelMetadata& metadata,
                              double duration_s, double logit, double slope) {
  const auto& config = metadata.features;
  const auto hop = static_cast<std::size_t>(config.hop_samples);
  const double hop_s = static_cast<double>(config.hop_samples) / config.sample_rate_hz;
  const int frames = metadata.WindowFrames();
  const EvidenceShape shape = evidence.shape;
  // Cells meet halfway between their centres.
  const double column_frames = CellStep(frames, shape.columns) / 2.0;
  const double total_frames = duration_s / hop_s;
  const bool repeats = total_frames < frames && evidence.starts.size() == 1;

  EvidenceGrid grid;
  grid.rows = shape.rows;
  grid.columns = std::max(1, static_cast<int>(std::ceil(total_frames / column_frames - 1e-6)));
  grid.column_s = column_frames * hop_s;
  grid.duration_s = duration_s;
  grid.edges_hz = RowEdgesHz(config, shape.rows);
  const auto columns = static_cast<std::size_t>(grid.columns);
  grid.contributions.resize(static_cast<std::size_t>(shape.rows) * columns);
  const Spreader spreader(column_frames, total_frames, grid.columns);
  const double weight = slope / static_cast<double>(evidence.starts.size());
  std::size_t cell = 0;
  for (const std::size_t start : evidence.starts) {
    const auto first = static_cast<double>(FirstFrame(start, hop));
    for (int row = 0; row < shape.rows; ++row) {
      const auto into =
          std::span(grid.contributions).subspan(static_cast<std::size_t>(row) * columns, columns);
      for (int column = 0; column < shape.columns; ++column) {
        const CellSpan span = SpanOfCell(frames, shape.columns, column);
        spreader.Add(first + span.begin, first + span.end,
                     weight * static_cast<double>(evidence.values[cell++]), repeats, into);
      }
    }
  }
  grid.logit = logit;
  grid.remainder =
      logit - std::accumulate(grid.contributions.begin(), grid.contributions.end(), 0.0);
  return grid;
}

std::vector<EvidenceRegion> TopRegions(const EvidenceGrid& grid, std::size_t most) {
  auto regions = Regions(grid).Find();
  std::ranges::stable_sort(regions, std::ranges::greater(), [](const EvidenceRegion& region) {
    return std::abs(region.contribution);
  });
  if (regions.size() > most) regions.resize(most);
  return regions;
}

CoarseGrid Coarser(EvidenceGrid grid, int most_columns) {
  const int joined = (grid.columns + most_columns - 1) / most_columns;
  if (joined <= 1) return {.grid = std::move(grid), .columns_joined = 1};
  CoarseGrid coarse{.grid = grid, .columns_joined = joined};
  const int columns = (grid.columns + joined - 1) / joined;
  coarse.grid.columns = columns;
  coarse.grid.column_s = grid.column_s * joined;
  coarse.grid.contributions.assign(
      static_cast<std::size_t>(grid.rows) * static_cast<std::size_t>(columns), 0.0);
  for (int row = 0; row < grid.rows; ++row) {
    for (int column = 0; column < grid.columns; ++column) {
      coarse.grid.contributions[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) +
                                static_cast<std::size_t>(column / joined)] += grid.At(row, column);
    }
  }
  return coarse;
}

nlohmann::json RegionsJson(std::span<const EvidenceRegion> regions) {
  nlohmann::json list = nlohmann::json::array();
  for (const EvidenceRegion& region : regions) {
    list.push_back({{"start_s", RoundTo(region.start_s, 1e4)},
                    {"end_s", RoundTo(region.end_s, 1e4)},
                    {"low_hz", RoundTo(region.low_hz, 10)},
                    {"high_hz", RoundTo(region.high_hz, 10)},
                    {"contribution", RoundTo(region.contribution, 1e4)}});
  }
  return {{"regions", std::move(list)}};
}

}  // namespace heartbeat::analysis
