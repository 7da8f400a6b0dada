#include "features/band_pass.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace heartbeat::features {
namespace {

constexpr int kSectionsPerEdge = 2;
constexpr int kOrder = 2 * kSectionsPerEdge;
constexpr std::size_t kMaxSections = std::size_t{2} * kSectionsPerEdge;
constexpr double kPadPeriods = 3;

enum class Edge { kHighPass, kLowPass };

// A pair of Butterworth poles at the angle theta from the imaginary axis has the prototype
// 1 / (s^2 + 2 sin(theta) s + 1), with s = tan(pi f / fs)^-1 (1 - z^-1) / (1 + z^-1).
Biquad Design(Edge edge, double edge_hz, int sample_rate_hz, int pair) {
  const double theta = std::numbers::pi * (2 * pair + 1) / (2 * kOrder);
  const double damping = 2 * std::sin(theta);
  const double k = std::tan(std::numbers::pi * edge_hz / sample_rate_hz);
  const double norm = 1 + damping * k + k * k;
  Biquad q;
  if (edge == Edge::kHighPass) {
    q.b0 = 1 / norm;
    q.b1 = -2 / norm;
  } else {
    q.b0 = k * k / norm;
    q.b1 = 2 * k * k / norm;
  }
  q.b2 = q.b0;
  q.a1 = 2 * (k * k - 1) / norm;
  q.a2 = (1 - damping * k + k * k) / norm;
  return q;
}

struct State {
  double s1 = 0;
  double s2 = 0;
};

// One pass of all sections over the samples, in place. `Sections` is a constant so that the
// sections' chains overlap in the processor instead of waiting for each other.
template <std::size_t Sections, typename Iterator>
void Pass(std::span<const Biquad> biquads, const Iterator& begin, const Iterator& end) {
  std::array<Biquad, Sections> q;
  std::copy_n(biquads.begin(), Sections, q.begin());
  std::array<State, Sections> state;
  // The state in which a constant input has left the section, which then gives its DC gain.
  double level = *begin;
  for (std::size_t i = 0; i < Sections; ++i) {
    const double gain = (q[i].b0 + q[i].b1 + q[i].b2) / (1 + q[i].a1 + q[i].a2);
    state[i].s2 = (q[i].b2 - q[i].a2 * gain) * level;
    state[i].s1 = (q[i].b1 - q[i].a1 * gain) * level + state[i].s2;
    level *= gain;
  }
  constexpr std::ptrdiff_t kChunk = 4096;
  for (Iterator at = begin; at != end;) {
    const Iterator chunk_end = at + std::min<std::ptrdiff_t>(kChunk, end - at);
    for (; at != chunk_end; ++at) {
      double x = *at;
      for (std::size_t i = 0; i < Sections; ++i) {
        const double y = q[i].b0 * x + state[i].s1;
        // In this order the chain from one y to the next is the shortest.
        state[i].s1 = (q[i].b1 * x + state[i].s2) - q[i].a1 * y;
        state[i].s2 = q[i].b2 * x - q[i].a2 * y;
        x = y;
      }
      *at = static_cast<float>(x);
    }
    // Long digital silence would decay into subnormal numbers, which are slow.
    for (auto& s : state) {
      if (std::abs(s.s1) < 1e-60) s.s1 = 0;
      if (std::abs(s.s2) < 1e-60) s.s2 = 0;
    }
  }
}

template <typename Iterator>
void PassAll(std::span<const Biquad> biquads, const Iterator& begin, const Iterator& end) {
  if (biquads.size() == kMaxSections) {
    Pass<kMaxSections>(biquads, begin, end);
  } else {
    Pass<kSectionsPerEdge>(biquads, begin, end);
  }
}

}  // namespace

BandPass::BandPass(double low_hz, double high_hz, int sample_rate_hz) {
  const auto add = [&](Edge edge, double hz) {
    for (int pair = 0; pair < kSectionsPerEdge; ++pair) {
      sections_.push_back(Design(edge, hz, sample_rate_hz, pair));
    }
  };
  if (low_hz > 0) add(Edge::kHighPass, low_hz);
  if (high_hz > 0) add(Edge::kLowPass, high_hz);
  const double lowest_hz = low_hz > 0 ? low_hz : high_hz;
  if (lowest_hz > 0) {
    pad_samples_ = static_cast<std::size_t>(std::ceil(kPadPeriods * sample_rate_hz / lowest_hz));
  }
}

std::size_t BandPass::PadSamples(std::size_t samples) const {
  return samples == 0 ? 0 : std::min(pad_samples_, samples - 1);
}

std::vector<float> BandPass::Apply(std::span<const float> samples) const {
  if (sections_.empty() || samples.empty()) return {samples.begin(), samples.end()};
  const std::size_t pad = PadSamples(samples.size());
  std::vector<float> work;
  work.reserve(samples.size() + 2 * pad);
  for (std::size_t i = pad; i > 0; --i) work.push_back(samples[i]);
  work.insert(work.end(), samples.begin(), samples.end());
  for (std::size_t i = 1; i <= pad; ++i) {
    work.push_back(samples[samples.size() - 1 - i]);
  }
  PassAll(sections_, work.begin(), work.end());
  PassAll(sections_, work.rbegin(), work.rend());
  work.erase(work.begin(), work.begin() + static_cast<std::ptrdiff_t>(pad));
  work.resize(samples.size());
  return work;
}

}  // namespace heartbeat::features
