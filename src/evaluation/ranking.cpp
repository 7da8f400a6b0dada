#include "evaluation/ranking.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <ranges>

namespace heartbeat::evaluation {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

struct Masses {
  double normal = 0;
  double abnormal = 0;
};

Masses TotalOf(std::span<const Tied> tied) {
  Masses total;
  for (const Tied& t : tied) {
    total.normal += t.normal;
    total.abnormal += t.abnormal;
  }
  return total;
}

// Calls `visit(bin, tied)` from the lowest probability to the highest.
template <typename Visitor>
void ForEachInBins(std::span<const Tied> tied, double total_mass, Visitor&& visit) {
  double below = 0;
  for (const Tied& t : std::views::reverse(tied)) {
    const double mass = t.Mass();
    if (mass == 0) continue;
    const double middle = (below + mass / 2) / total_mass;
    const auto bin = static_cast<std::size_t>(middle * kReliabilityBins);
    visit(std::min(bin, kReliabilityBins - 1), t);
    below += mass;
  }
}

// Leaves out what lies nearer than a 400th of the axes to the point before; the ends stay.
std::vector<CurvePoint> Thin(const std::vector<CurvePoint>& curve) {
  constexpr double kNearest = 1.0 / 400;
  std::vector<CurvePoint> thin;
  for (std::size_t i = 0; i < curve.size(); ++i) {
    const bool is_end = i == 0 || i + 1 == curve.size();
    if (is_end || std::abs(curve[i].x - thin.back().x) >= kNearest ||
        std::abs(curve[i].y - thin.back().y) >= kNearest) {
      thin.push_back(curve[i]);
    }
  }
  return thin;
}

}  // namespace

std::vector<Tied> Tie(std::span<const Scored> scored) {
  std::vector<Scored> sorted(scored.begin(), scored.end());
  std::ranges::sort(sorted, std::greater(), &Scored::probability_abnormal);
  std::vector<Tied> tied;
  for (const Scored& item : sorted) {
    if (tied.empty() || tied.back().probability_abnormal != item.probability_abnormal) {
      tied.push_back({item.probability_abnormal, 0, 0});
    }
    (item.abnormal ? tied.back().abnormal : tied.back().normal) += 1;
  }
  return tied;
}

std::vector<Tied> AtPrevalence(std::span<const Tied> tied, double prevalence) {
  const Masses total = TotalOf(tied);
  if (total.normal == 0 || total.abnormal == 0) return {};
  std::vector<Tied> weighted(tied.begin(), tied.end());
  for (Tied& t : weighted) {
    t.normal *= (1 - prevalence) / total.normal;
    t.abnormal *= prevalence / total.abnormal;
  }
  return weighted;
}

double Auroc(std::span<const Tied> tied) {
  const Masses total = TotalOf(tied);
  if (total.normal == 0 || total.abnormal == 0) return kUndefined;
  double ordered = 0;
  double abnormal_above = 0;
  for (const Tied& t : tied) {
    ordered += t.normal * (abnormal_above + t.abnormal / 2);
    abnormal_above += t.abnormal;
  }
  return ordered / (total.normal * total.abnormal);
}

double AveragePrecision(std::span<const Tied> tied) {
  double area = 0;
  double normal = 0;
  double abnormal = 0;
  for (const Tied& t : tied) {
    normal += t.normal;
    abnormal += t.abnormal;
    if (t.abnormal > 0) area += t.abnormal * abnormal / (abnormal + normal);
  }
  return abnormal == 0 ? kUndefined : area / abnormal;
}

double BrierScore(std::span<const Tied> tied) {
  double sum = 0;
  double mass = 0;
  for (const Tied& t : tied) {
    const double p = t.probability_abnormal;
    sum += t.normal * p * p + t.abnormal * (1 - p) * (1 - p);
    mass += t.Mass();
  }
  return mass == 0 ? kUndefined : sum / mass;
}

std::vector<ReliabilityBin> ReliabilityBins(std::span<const Tied> tied) {
  const Masses total = TotalOf(tied);
  const double mass = total.normal + total.abnormal;
  std::array<ReliabilityBin, kReliabilityBins> sums;
  ForEachInBins(tied, mass, [&](std::size_t i, const Tied& t) {
    ReliabilityBin& bin = sums[i];
    if (bin.mass == 0) bin.lowest = t.probability_abnormal;
    bin.highest = t.probability_abnormal;
    bin.mass += t.Mass();
    bin.mean_probability += t.Mass() * t.probability_abnormal;
    bin.abnormal_share += t.abnormal;
  });
  std::vector<ReliabilityBin> bins;
  for (ReliabilityBin& bin : sums) {
    if (bin.mass == 0) continue;
    bin.mean_probability /= bin.mass;
    bin.abnormal_share /= bin.mass;
    bin.mass /= mass;
    bins.push_back(bin);
  }
  return bins;
}

double CalibrationError(std::span<const Tied> tied) {
  const Masses total = TotalOf(tied);
  const double mass = total.normal + total.abnormal;
  if (mass == 0) return kUndefined;
  std::array<double, kReliabilityBins> excess{};  // of probability over abnormal mass
  ForEachInBins(tied, mass, [&](std::size_t bin, const Tied& t) {
    excess[bin] += t.Mass() * t.probability_abnormal - t.abnormal;
  });
  double sum = 0;
  for (const double e : excess) sum += std::abs(e);
  return sum / mass;
}

std::vector<CurvePoint> RocCurve(std::span<const Tied> tied) {
  const Masses total = TotalOf(tied);
  if (total.normal == 0 || total.abnormal == 0) return {};
  std::vector<CurvePoint> curve = {{0, 0}};
  double normal = 0;
  double abnormal = 0;
  for (const Tied& t : tied) {
    if (t.Mass() == 0) continue;
    normal += t.normal;
    abnormal += t.abnormal;
    curve.push_back({normal / total.normal, abnormal / total.abnormal});
  }
  return Thin(curve);
}

std::vector<CurvePoint> PrecisionRecallCurve(std::span<const Tied> tied) {
  const Masses total = TotalOf(tied);
  std::vector<CurvePoint> curve;
  if (total.abnormal == 0) return curve;
  double normal = 0;
  double abnormal = 0;
  for (const Tied& t : tied) {
    if (t.Mass() == 0) continue;
    normal += t.normal;
    abnormal += t.abnormal;
    curve.push_back({abnormal / total.abnormal, abnormal / (abnormal + normal)});
  }
  return Thin(curve);
}

}  // namespace heartbeat::evaluation
