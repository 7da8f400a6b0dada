#include "features/biquad_cascade.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>

#include "base/vector_clones.h"

namespace heartbeat::features {
namespace {

constexpr std::ptrdiff_t kLanes = 4;
using Lanes = double __attribute__((vector_size(kLanes * sizeof(double))));
using FloatLanes = float __attribute__((vector_size(kLanes * sizeof(float))));

// Long digital silence would decay into subnormal numbers, which are slow.
constexpr double kSilent = 1e-60;
constexpr std::ptrdiff_t kStepsBetweenFlushes = 4096;

void Flush(double& value) {
  if (std::abs(value) < kSilent) value = 0;
}

void Flush(Lanes& values) {
  for (std::ptrdiff_t lane = 0; lane < kLanes; ++lane) {
    if (std::abs(values[lane]) < kSilent) values[lane] = 0;
  }
}

// The sections, for one run (Number is double) or for several side by side (Lanes). `Sections` is a
// constant so that the sections' chains overlap in the processor instead of waiting for each other.
// By reference and inlined, because how a function takes Lanes depends on the processor.
template <std::size_t Sections, typename Number>
struct Cascade {
  const Biquad* q;
  std::array<Number, Sections> s1;
  std::array<Number, Sections> s2;

  // The state in which a constant input has left the sections, which then give their DC gains.
  [[gnu::always_inline]] void Settle(const Number& input) {
    Number level = input;
    for (std::size_t i = 0; i < Sections; ++i) {
      const double gain = (q[i].b0 + q[i].b1 + q[i].b2) / (1 + q[i].a1 + q[i].a2);
      s2[i] = (q[i].b2 - q[i].a2 * gain) * level;
      s1[i] = (q[i].b1 - q[i].a1 * gain) * level + s2[i];
      level *= gain;
    }
  }

  // `x` becomes what the last section gives.
  [[gnu::always_inline]] void Step(Number& x) {
    for (std::size_t i = 0; i < Sections; ++i) {
      const Number y = q[i].b0 * x + s1[i];
      // In this order the chain from one y to the next is the shortest.
      s1[i] = (q[i].b1 * x + s2[i]) - q[i].a1 * y;
      s2[i] = q[i].b2 * x - q[i].a2 * y;
      x = y;
    }
  }

  void FlushAll() {
    for (std::size_t i = 0; i < Sections; ++i) {
      Flush(s1[i]);
      Flush(s2[i]);
    }
  }
};

// Calls `step(i)` for i in [begin, end), and `flush` now and then.
template <typename StepAt, typename FlushState>
[[gnu::always_inline]] inline void Each(std::ptrdiff_t begin, std::ptrdiff_t end,
                                        const StepAt& step, const FlushState& flush) {
  while (begin < end) {
    const std::ptrdiff_t pause = std::min(begin + kStepsBetweenFlushes, end);
    for (; begin < pause; ++begin) step(begin);
    flush();
  }
}

// Samples in the order of filtering.
struct Run {
  float* first;
  std::ptrdiff_t step;  // 1 or -1
  std::ptrdiff_t count;
  std::ptrdiff_t settling;
};

template <std::size_t Sections>
[[gnu::always_inline]] inline void FilterRun(const Biquad* sections, const Run& run) {
  Cascade<Sections, double> tail{sections, {}, {}};
  std::ptrdiff_t done = 0;
  const std::ptrdiff_t part = run.count / kLanes;
  if (part < run.settling) {
    tail.Settle(*run.first);
  } else {
    Cascade<Sections, Lanes> cascade{sections, {}, {}};
    std::array<float*, kLanes> starts;
    for (std::ptrdiff_t lane = 0; lane < kLanes; ++lane) {
      starts[lane] = run.first + run.step * part * lane;
    }
    const float* const first = starts[0];
    // The first part is settled already, and stays so for as long as it hears the same.
    const auto hear_before = [&](std::ptrdiff_t i, Lanes& x) __attribute__((always_inline)) {
      const std::ptrdiff_t at = run.step * (i - run.settling);
      const FloatLanes samples = {*first, starts[1][at], starts[2][at], starts[3][at]};
      x = __builtin_convertvector(samples, Lanes);
    };
    Lanes x = {};
    hear_before(0, x);
    cascade.Settle(x);
    Each(
        0, run.settling,
        [&](std::ptrdiff_t i) __attribute__((always_inline)) {
          hear_before(i, x);
          cascade.Step(x);
        },
        [&] { cascade.FlushAll(); });
    Each(
        0, part,
        [&](std::ptrdiff_t i) __attribute__((always_inline)) {
          const std::ptrdiff_t at = run.step * i;
          const FloatLanes samples = {starts[0][at], starts[1][at], starts[2][at], starts[3][at]};
          x = __builtin_convertvector(samples, Lanes);
          cascade.Step(x);
          const auto filtered = __builtin_convertvector(x, FloatLanes);
          for (std::ptrdiff_t lane = 0; lane < kLanes; ++lane) starts[lane][at] = filtered[lane];
        },
        [&] { cascade.FlushAll(); });
    for (std::size_t i = 0; i < Sections; ++i) {
      tail.s1[i] = cascade.s1[i][kLanes - 1];
      tail.s2[i] = cascade.s2[i][kLanes - 1];
    }
    done = part * kLanes;
  }
  Each(
      done, run.count,
      [&](std::ptrdiff_t i) __attribute__((always_inline)) {
        double x = run.first[run.step * i];
        tail.Step(x);
        run.first[run.step * i] = static_cast<float>(x);
      },
      [&] { tail.FlushAll(); });
}

HEARTBEAT_VECTOR_CLONES void FilterTwo(const Biquad* sections, const Run& run) {
  FilterRun<2>(sections, run);
}

HEARTBEAT_VECTOR_CLONES void FilterFour(const Biquad* sections, const Run& run) {
  FilterRun<4>(sections, run);
}

}  // namespace

std::size_t SettlingSamples(std::span<const Biquad> sections) {
  double slowest = 0;
  for (const Biquad& section : sections) slowest = std::max(slowest, section.a2);
  if (slowest <= 0) return 1;
  // An edge so far below the rate that double holds no decay.
  if (slowest >= 1) return std::numeric_limits<std::ptrdiff_t>::max();
  return static_cast<std::size_t>(
      std::ceil(2 * std::log(std::numeric_limits<double>::epsilon()) / std::log(slowest)));
}

void ApplyCascade(std::span<const Biquad> sections, Direction direction, std::span<float> samples) {
  assert(sections.size() == 2 || sections.size() == 4);
  if (samples.empty()) return;
  const bool forward = direction == Direction::kForward;
  const Run run{.first = forward ? &samples.front() : &samples.back(),
                .step = forward ? 1 : -1,
                .count = std::ssize(samples),
                .settling = static_cast<std::ptrdiff_t>(SettlingSamples(sections))};
  if (sections.size() == 4) {
    FilterFour(sections.data(), run);
  } else {
    FilterTwo(sections.data(), run);
  }
}

}  // namespace heartbeat::features
