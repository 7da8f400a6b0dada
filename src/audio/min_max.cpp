#include "audio/min_max.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

namespace heartbeat::audio {
namespace {

MinMax Join(const MinMax& a, const MinMax& b) {
  return {.smallest = std::min(a.smallest, b.smallest), .largest = std::max(a.largest, b.largest)};
}

// `samples` are not empty.
void Include(std::optional<MinMax>& run, std::span<const float> samples) {
  MinMax all{.smallest = samples.front(), .largest = samples.front()};
  for (const float sample : samples) {
    all.smallest = sample < all.smallest ? sample : all.smallest;
    all.largest = sample > all.largest ? sample : all.largest;
  }
  run = run ? Join(*run, all) : all;
}

std::vector<MinMax> HalfOf(std::span<const MinMax> points) {
  std::vector<MinMax> half;
  half.reserve((points.size() + 1) / 2);
  for (std::size_t i = 0; i < points.size(); i += 2) {
    half.push_back(i + 1 < points.size() ? Join(points[i], points[i + 1]) : points[i]);
  }
  return half;
}

}  // namespace

MinMaxReducer::MinMaxReducer(std::uint64_t samples_per_point, std::uint64_t first_point,
                             std::size_t points)
    : samples_per_point_(samples_per_point),
      to_skip_(first_point * samples_per_point),
      to_take_(points * samples_per_point) {
  points_.reserve(points);
}

void MinMaxReducer::Append(std::span<const float> samples) {
  const auto skipped = std::min<std::uint64_t>(to_skip_, samples.size());
  to_skip_ -= skipped;
  samples = samples.subspan(skipped);
  samples = samples.first(std::min<std::uint64_t>(to_take_, samples.size()));
  to_take_ -= samples.size();
  while (!samples.empty()) {
    const auto part = std::min<std::uint64_t>(samples.size(), samples_per_point_ - run_samples_);
    Include(run_, samples.first(part));
    samples = samples.subspan(part);
    run_samples_ += part;
    if (run_samples_ < samples_per_point_) return;
    points_.push_back(*std::exchange(run_, std::nullopt));
    run_samples_ = 0;
  }
}

std::vector<MinMax> MinMaxReducer::Finish() {
  if (run_) points_.push_back(*run_);
  return std::move(points_);
}

MinMaxPyramid::MinMaxPyramid(std::size_t max_points) : max_points_(max_points) {
  assert(max_points >= 2 && max_points % 2 == 0);
}

void MinMaxPyramid::Append(std::span<const float> samples) {
  samples_ += samples.size();
  while (!samples.empty()) {
    const auto part = std::min<std::uint64_t>(samples.size(), finest_ - run_samples_);
    Include(run_, samples.first(part));
    samples = samples.subspan(part);
    run_samples_ += part;
    if (run_samples_ == finest_) EndRun();
  }
}

// Of a level that is full, the run is the first half of one of the next.
void MinMaxPyramid::EndRun() {
  if (levels_.front().size() == max_points_) {
    levels_.front() = HalfOf(levels_.front());
    finest_ *= 2;
    return;
  }
  levels_.front().push_back(*std::exchange(run_, std::nullopt));
  run_samples_ = 0;
}

void MinMaxPyramid::Finish() {
  if (run_) EndRun();
  if (run_) levels_.front().push_back(*std::exchange(run_, std::nullopt));
  levels_.front().shrink_to_fit();
  while (levels_.back().size() > 1) {
    auto half = HalfOf(levels_.back());
    levels_.push_back(std::move(half));
  }
}

std::vector<MinMax> MinMaxPyramid::Points(std::uint64_t samples_per_point, std::uint64_t first,
                                          std::size_t count) const {
  assert(std::has_single_bit(samples_per_point) && samples_per_point >= finest_);
  const auto level = static_cast<std::size_t>(std::countr_zero(samples_per_point / finest_));
  // Beyond the last level, one point stays one point.
  const auto& points = levels_[std::min(level, levels_.size() - 1)];
  const auto begin = std::min<std::uint64_t>(first, points.size());
  const auto end = begin + std::min<std::uint64_t>(count, points.size() - begin);
  return {points.begin() + static_cast<std::ptrdiff_t>(begin),
          points.begin() + static_cast<std::ptrdiff_t>(end)};
}

MinMax MinMaxPyramid::All() const {
  return levels_.back().empty() ? MinMax{} : levels_.back().front();
}

std::size_t MinMaxPyramid::bytes() const {
  std::size_t points = 0;
  for (const auto& level : levels_) points += level.capacity();
  return points * sizeof(MinMax);
}

}  // namespace heartbeat::audio
