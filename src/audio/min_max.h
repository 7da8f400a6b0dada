#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace heartbeat::audio {

// Of a run of samples, full scale is ±1.
struct MinMax {
  float smallest = 0;
  float largest = 0;
  friend bool operator==(const MinMax&, const MinMax&) = default;
};

// Reduces a part of a recording, whose samples come in pieces from its first on, to one MinMax for
// each run of `samples_per_point`.
class MinMaxReducer {
 public:
  // Points [first_point, first_point + points) of the recording; samples_per_point from 1.
  MinMaxReducer(std::uint64_t samples_per_point, std::uint64_t first_point, std::size_t points);

  void Append(std::span<const float> samples);
  // [point], as far as there were samples; the last run may be a shorter one. Call once, last.
  [[nodiscard]] std::vector<MinMax> Finish();

 private:
  const std::uint64_t samples_per_point_;
  std::uint64_t to_skip_;  // samples before the first point
  std::uint64_t to_take_;  // samples of all points
  std::vector<MinMax> points_;
  std::optional<MinMax> run_;
  std::uint64_t run_samples_ = 0;
};

// The smallest and largest sample of each run of 1, 2, 4... samples of a recording that comes in
// pieces, so that it is drawn from few points at any magnification. Of a long recording the finest
// levels are left out, so that memory is bounded: 16 bytes for each of `max_points`.
class MinMaxPyramid {
 public:
  // `max_points`: of the finest level that is kept; even, at least 2.
  explicit MinMaxPyramid(std::size_t max_points);

  void Append(std::span<const float> samples);
  // All samples have come. Call once, before what follows.
  void Finish();

  [[nodiscard]] std::uint64_t samples() const { return samples_; }
  // Samples for each point of the finest level that was kept: a power of two.
  [[nodiscard]] std::uint64_t finest() const { return finest_; }
  // Points [first, first + count) of the level with so many samples for each, as far as there are:
  // ceil(samples() / samples_per_point) in all. samples_per_point: a power of two, at least
  // finest() (asserted).
  [[nodiscard]] std::vector<MinMax> Points(std::uint64_t samples_per_point, std::uint64_t first,
                                           std::size_t count) const;
  // Of all samples; zeros where there are none.
  [[nodiscard]] MinMax All() const;
  [[nodiscard]] std::size_t bytes() const;

 private:
  void EndRun();

  const std::size_t max_points_;
  std::uint64_t samples_ = 0;
  std::uint64_t finest_ = 1;
  std::vector<std::vector<MinMax>> levels_{1};  // [level][point]; each has half the one before
  std::optional<MinMax> run_;
  std::uint64_t run_samples_ = 0;
};

}  // namespace heartbeat::audio
