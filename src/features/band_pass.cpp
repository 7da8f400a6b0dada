#include "features/band_pass.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace heartbeat::features {
namespace {

constexpr int kSectionsPerEdge = 2;
constexpr int kOrder = 2 * kSectionsPerEdge;
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
  ApplyCascade(sections_, Direction::kForward, work);
  ApplyCascade(sections_, Direction::kBackward, work);
  work.erase(work.begin(), work.begin() + static_cast<std::ptrdiff_t>(pad));
  work.resize(samples.size());
  return work;
}

}  // namespace heartbeat::features
