#include "evaluation/fingerprint.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <map>
#include <unordered_set>
#include <utility>

namespace heartbeat::evaluation {
namespace {

using Bits = std::vector<std::uint32_t>;

constexpr int kWindowSamples = 512;
constexpr int kBandCount = 33;  // one more than the bits
constexpr int kLagFrames = 8;
constexpr double kLowHz = 25;
constexpr double kHighHz = 400;
constexpr double kBinHz = static_cast<double>(kFingerprintRateHz) / kWindowSamples;
constexpr float kFaintest = 1e-12F;  // digital silence has no logarithm

// The lower bands hold the heart and survive coding best: they are what is looked up.
constexpr std::uint32_t kKeyMask = 0xFFFFFF;
// A key that occurs more often than this says nothing, and the pairs within it grow with its
// square.
constexpr std::size_t kMaxSameKey = 512;
constexpr double kMaxBitErrors = 0.38;
// Half a second around a common key: cheap, and turns away nearly all that only chance made equal.
constexpr std::ptrdiff_t kNearFrames = 16;
constexpr double kMaxNearBitErrors = 0.42;
constexpr std::ptrdiff_t kMinOverlapFrames = 4 * kFingerprintRateHz / kFingerprintHopSamples;

int Edge(int band) {
  return static_cast<int>(std::lround((kLowHz + (kHighHz - kLowHz) * band / kBandCount) / kBinHz));
}

struct Key {
  std::uint32_t key;
  std::uint32_t recording;
  std::uint32_t frame;
};

std::vector<Key> SortedKeys(std::span<const Bits> fingerprints) {
  std::vector<Key> keys;
  for (std::size_t recording = 0; recording < fingerprints.size(); ++recording) {
    const Bits& bits = fingerprints[recording];
    for (std::size_t frame = 0; frame < bits.size(); ++frame) {
      // Silence compares equal everywhere.
      if (bits[frame] == 0) continue;
      keys.push_back({bits[frame] & kKeyMask, static_cast<std::uint32_t>(recording),
                      static_cast<std::uint32_t>(frame)});
    }
  }
  std::ranges::sort(keys, {},
                    [](const Key& key) { return std::tuple(key.key, key.recording, key.frame); });
  return keys;
}

// Of the frames [begin, end) of `second` against those `offset` later of `first`.
double BitErrorRate(const Bits& first, const Bits& second, std::ptrdiff_t offset,
                    std::ptrdiff_t begin, std::ptrdiff_t end) {
  std::size_t errors = 0;
  for (std::ptrdiff_t n = begin; n < end; ++n)
    errors += std::popcount(first[n + offset] ^ second[n]);
  return static_cast<double>(errors) / (32.0 * static_cast<double>(end - begin));
}

class Search {
 public:
  explicit Search(std::span<const Bits> fingerprints) : fingerprints_(fingerprints) {}

  std::vector<CopyCandidate> Run() {
    const std::vector<Key> keys = SortedKeys(fingerprints_);
    for (std::size_t begin = 0; begin < keys.size();) {
      std::size_t end = begin + 1;
      while (end < keys.size() && keys[end].key == keys[begin].key) ++end;
      if (end - begin <= kMaxSameKey) {
        for (std::size_t i = begin; i < end; ++i) {
          for (std::size_t j = i + 1; j < end; ++j) Try(keys[i], keys[j]);
        }
      }
      begin = end;
    }
    std::vector<CopyCandidate> candidates;
    for (const auto& [pair, candidate] : best_) candidates.push_back(candidate);
    return candidates;
  }

 private:
  void Try(const Key& first, const Key& second) {
    if (first.recording == second.recording) return;
    const Bits& a = fingerprints_[first.recording];
    const Bits& b = fingerprints_[second.recording];
    const std::ptrdiff_t offset = std::ptrdiff_t{first.frame} - std::ptrdiff_t{second.frame};
    const std::ptrdiff_t begin = std::max<std::ptrdiff_t>(0, -offset);
    const std::ptrdiff_t end = std::min(std::ssize(b), std::ssize(a) - offset);
    if (end - begin < kMinOverlapFrames) return;
    const auto near_begin = std::max(begin, std::ptrdiff_t{second.frame} - kNearFrames);
    const auto near_end = std::min(end, std::ptrdiff_t{second.frame} + kNearFrames + 1);
    if (BitErrorRate(a, b, offset, near_begin, near_end) > kMaxNearBitErrors) return;
    if (!tried_.insert({first.recording, second.recording, offset}).second) return;
    const double errors = BitErrorRate(a, b, offset, begin, end);
    if (errors >= kMaxBitErrors) return;
    const CopyCandidate candidate{first.recording, second.recording, offset, errors};
    const auto [known, added] = best_.try_emplace({first.recording, second.recording}, candidate);
    if (!added && errors < known->second.bit_error_rate) known->second = candidate;
  }

  struct Tried {
    std::uint32_t first;
    std::uint32_t second;
    std::ptrdiff_t offset;
    friend bool operator==(const Tried&, const Tried&) = default;
  };
  struct HashTried {
    std::size_t operator()(const Tried& tried) const {
      // Multiplication by odd constants spreads neighbouring values (Knuth, vol. 3, 6.4).
      return (std::size_t{tried.first} * 0x9E3779B97F4A7C15ULL) ^
             (std::size_t{tried.second} * 0xC2B2AE3D27D4EB4FULL) ^
             (static_cast<std::size_t>(tried.offset) * 0x165667B19E3779F9ULL);
    }
  };

  std::span<const Bits> fingerprints_;
  std::unordered_set<Tried, HashTried> tried_;
  std::map<std::pair<std::size_t, std::size_t>, CopyCandidate> best_;
};

}  // namespace

Fingerprinter::Fingerprinter()
    : transform_(kWindowSamples, kWindowSamples, Edge(0), Edge(kBandCount) - Edge(0)) {}

base::Result<Bits> Fingerprinter::Compute(const audio::Recording& recording) const {
  if (recording.sample_rate_hz != kFingerprintRateHz) {
    return base::Fail(base::ErrorCode::kInvalidArgument,
                      "A fingerprint is made at 2000 Hz, and the recording has " +
                          std::to_string(recording.sample_rate_hz) + " Hz.");
  }
  const std::span<const float> samples = recording.samples;
  if (samples.size() < kWindowSamples) return Bits{};
  const auto frames =
      static_cast<int>((samples.size() - kWindowSamples) / kFingerprintHopSamples + 1);
  const int bins = Edge(kBandCount) - Edge(0);
  constexpr int kBlock = features::PowerSpectrum::kMaxFrames;
  auto scratch = transform_.MakeScratch();
  std::vector<float> power(static_cast<std::size_t>(bins) * kBlock);
  std::vector<std::array<float, kBandCount>> bands(static_cast<std::size_t>(frames));
  for (int first = 0; first < frames; first += kBlock) {
    const int count = std::min(kBlock, frames - first);
    const auto block = std::span(power).first(static_cast<std::size_t>(bins) * count);
    const auto done = transform_.Compute(
        samples.subspan(static_cast<std::size_t>(first) * kFingerprintHopSamples),
        kFingerprintHopSamples, count, block, scratch);
    if (!done) return base::Fail(done);
    for (int frame = 0; frame < count; ++frame) {
      for (int band = 0; band < kBandCount; ++band) {
        float sum = 0;
        for (int bin = Edge(band) - Edge(0); bin < Edge(band + 1) - Edge(0); ++bin) {
          sum += block[static_cast<std::size_t>(bin) * count + frame];
        }
        bands[first + frame][band] = std::log(sum + kFaintest);
      }
    }
  }
  Bits bits;
  for (int frame = 0; frame + kLagFrames < frames; ++frame) {
    const auto& now = bands[frame];
    const auto& later = bands[frame + kLagFrames];
    std::uint32_t word = 0;
    for (int band = 0; band + 1 < kBandCount; ++band) {
      const bool grows = later[band + 1] - later[band] > now[band + 1] - now[band];
      word |= static_cast<std::uint32_t>(grows) << band;
    }
    bits.push_back(word);
  }
  return bits;
}

std::vector<CopyCandidate> FindCopyCandidates(std::span<const Bits> fingerprints) {
  return Search(fingerprints).Run();
}

}  // namespace heartbeat::evaluation
