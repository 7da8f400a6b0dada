#include "evaluation/copies.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "audio/decode.h"
#include "base/parallel.h"
#include "features/band_pass.h"

namespace heartbeat::evaluation {
namespace {

constexpr double kLowHz = 25;
constexpr double kHighHz = 400;
// A hop and a half: the fingerprint's best frame may be its true one's neighbour.
constexpr std::ptrdiff_t kReachSamples = kFingerprintHopSamples + kFingerprintHopSamples / 2;

struct Products {
  double cross = 0;
  double first = 0;
  double second = 0;

  [[nodiscard]] double Correlation() const {
    const double power = std::sqrt(first) * std::sqrt(second);
    return power > 0 ? cross / power : 0;
  }
};

// Of second[n] and first[n + offset] over all n that both have.
Products Multiply(std::span<const float> first, std::span<const float> second,
                  std::ptrdiff_t offset, std::ptrdiff_t begin, std::ptrdiff_t end) {
  Products sum;
  for (std::ptrdiff_t n = begin; n < end; ++n) {
    const double a = first[n + offset];
    const double b = second[n];
    sum.cross += a * b;
    sum.first += a * a;
    sum.second += b * b;
  }
  return sum;
}

}  // namespace

std::optional<Alignment> Align(const audio::Recording& first, const audio::Recording& second,
                               std::ptrdiff_t offset_samples, std::ptrdiff_t reach_samples) {
  const features::BandPass band_pass(kLowHz, kHighHz, kFingerprintRateHz);
  const std::vector<float> a = band_pass.Apply(first.samples);
  const std::vector<float> b = band_pass.Apply(second.samples);
  std::optional<Alignment> best;
  for (std::ptrdiff_t offset = offset_samples - reach_samples;
       offset <= offset_samples + reach_samples; ++offset) {
    const std::ptrdiff_t begin = std::max<std::ptrdiff_t>(0, -offset);
    const std::ptrdiff_t end = std::min(std::ssize(b), std::ssize(a) - offset);
    if (end - begin < kFingerprintRateHz) continue;
    const Products sum = Multiply(a, b, offset, begin, end);
    const double correlation = sum.Correlation();
    if (best && std::abs(correlation) <= std::abs(best->correlation)) continue;
    const double gain_db =
        sum.first > 0 && sum.second > 0 ? 10 * std::log10(sum.second / sum.first) : 0;
    best = Alignment{.offset_s = static_cast<double>(offset) / kFingerprintRateHz,
                     .overlap_s = static_cast<double>(end - begin) / kFingerprintRateHz,
                     .correlation = correlation,
                     .gain_db = gain_db};
  }
  return best;
}

std::vector<NearCopy> FindNearCopies(
    std::span<const std::vector<std::uint32_t>> fingerprints,
    const std::function<base::Result<audio::Recording>(std::size_t)>& load, unsigned threads) {
  const std::vector<CopyCandidate> candidates = FindCopyCandidates(fingerprints);
  std::vector<std::optional<NearCopy>> checked(candidates.size());
  base::ParallelFor(candidates.size(), threads, [&](std::size_t i) {
    const CopyCandidate& candidate = candidates[i];
    const auto first = load(candidate.first);
    const auto second = load(candidate.second);
    if (!first || !second) return;
    const auto alignment =
        Align(*first, *second, candidate.offset_frames * kFingerprintHopSamples, kReachSamples);
    if (!alignment || std::abs(alignment->correlation) < kMinCopyCorrelation) return;
    checked[i] = NearCopy{candidate.first, candidate.second, candidate.bit_error_rate, *alignment};
  });
  std::vector<NearCopy> copies;
  for (const auto& copy : checked) {
    if (copy) copies.push_back(*copy);
  }
  return copies;
}

base::Result<audio::Recording> LoadForFingerprint(const DatasetEntry& entry) {
  auto decoded = audio::DecodeFile(entry.path, {}, kFingerprintRateHz);
  if (!decoded) return base::Fail(decoded);
  return std::move(decoded->recording);
}

std::vector<std::vector<std::size_t>> GroupLinked(std::span<const NearCopy> copies,
                                                  std::size_t count) {
  std::vector<std::size_t> leader(count);
  std::iota(leader.begin(), leader.end(), std::size_t{0});
  const auto find = [&](std::size_t i) {
    while (leader[i] != i) i = leader[i] = leader[leader[i]];
    return i;
  };
  for (const NearCopy& copy : copies) {
    const auto [low, high] = std::minmax({find(copy.first), find(copy.second)});
    leader[high] = low;
  }
  std::map<std::size_t, std::vector<std::size_t>> by_leader;
  for (std::size_t i = 0; i < count; ++i) by_leader[find(i)].push_back(i);
  std::vector<std::vector<std::size_t>> groups;
  for (auto& [first, members] : by_leader) {
    if (members.size() > 1) groups.push_back(std::move(members));
  }
  return groups;
}

std::vector<std::vector<std::size_t>> GroupSameSound(std::span<const DatasetEntry> entries,
                                                     unsigned threads) {
  const Fingerprinter fingerprinter;
  std::vector<std::vector<std::uint32_t>> fingerprints(entries.size());
  base::ParallelFor(entries.size(), threads, [&](std::size_t i) {
    const auto recording = LoadForFingerprint(entries[i]);
    if (!recording) return;
    if (auto bits = fingerprinter.Compute(*recording)) fingerprints[i] = std::move(*bits);
  });
  const auto load = [&](std::size_t i) { return LoadForFingerprint(entries[i]); };
  return GroupLinked(FindNearCopies(fingerprints, load, threads), entries.size());
}

std::vector<std::vector<std::size_t>> GroupEqual(std::span<const std::string> keys) {
  std::map<std::string_view, std::vector<std::size_t>> by_key;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!keys[i].empty()) by_key[keys[i]].push_back(i);
  }
  std::vector<std::vector<std::size_t>> groups;
  for (auto& [key, indices] : by_key) {
    if (indices.size() > 1) groups.push_back(std::move(indices));
  }
  std::ranges::sort(groups);
  return groups;
}

}  // namespace heartbeat::evaluation
