#include "audio/decode.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audio/container.h"
#include "audio/resample.h"
#include "audio/sound_reader.h"
#include "base/file.h"
#include "base/vector_clones.h"

namespace heartbeat::audio {
namespace {

using base::ErrorCode;
using base::Fail;

constexpr int kMaxChannels = 64;

// Divides the usual frame sizes of FLAC (4096, 4608, 1152), so that a damaged frame takes no sound
// of the whole frame before it along.
constexpr std::size_t kBlockFrames = 128;
// Resampling is cheaper in larger pieces.
constexpr std::size_t kResamplePiece = 8192;

// -120 dB: a thirtieth of the smallest step of a 16-bit recording, so that no recording by such a
// converter is silent by this measure unless it is constant.
constexpr double kSilence = 1e-6;

// Floating-point files may hold any scale (millivolts, or the integers of a converter), but beyond
// this, squares and their sums would overflow later on.
constexpr double kMaxMagnitude = 1e10;

// Keeps the samples in pieces until their number is known: growing one vector would need twice the
// memory of the longest recording allowed.
class SampleSink {
 public:
  void Append(std::span<const float> samples) {
    while (!samples.empty()) {
      if (pieces_.empty() || pieces_.back().size() == kPieceSamples) {
        pieces_.emplace_back().reserve(kPieceSamples);
      }
      std::vector<float>& piece = pieces_.back();
      const auto part = samples.first(std::min(samples.size(), kPieceSamples - piece.size()));
      piece.insert(piece.end(), part.begin(), part.end());
      samples = samples.subspan(part.size());
      size_ += part.size();
    }
  }

  [[nodiscard]] std::vector<float> Take() && {
    std::vector<float> samples;
    samples.reserve(size_);
    for (std::vector<float>& piece : pieces_) {
      samples.insert(samples.end(), piece.begin(), piece.end());
      std::vector<float>().swap(piece);
    }
    return samples;
  }

 private:
  static constexpr std::size_t kPieceSamples = 256U << 10;

  std::vector<std::vector<float>> pieces_;
  std::size_t size_ = 0;
};

// Sees each sample go by, and tells in the end whether they were all (nearly) the same.
class SilenceCheck {
 public:
  void See(std::span<const float> samples) { See(samples, lanes_); }
  [[nodiscard]] bool IsSilent(std::uint64_t samples) const {
    const double sum = std::accumulate(lanes_.sums.begin(), lanes_.sums.end(), 0.0);
    const double mean = sum / static_cast<double>(samples);
    return std::ranges::max(lanes_.highest) - mean < kSilence &&
           mean - std::ranges::min(lanes_.lowest) < kSilence;
  }

 private:
  // Several sums and searches at a time, because the compiler may not reorder one among floats.
  static constexpr std::size_t kLanes = 8;
  struct Lanes {
    std::array<double, kLanes> sums = {};
    std::array<float, kLanes> lowest = Filled(std::numeric_limits<float>::max());
    std::array<float, kLanes> highest = Filled(std::numeric_limits<float>::lowest());
  };
  static constexpr std::array<float, kLanes> Filled(float value) {
    std::array<float, kLanes> filled = {};
    filled.fill(value);
    return filled;
  }

  HEARTBEAT_VECTOR_CLONES static void See(std::span<const float> samples, Lanes& seen) {
    Lanes lanes = seen;
    const auto take = [&](std::size_t lane, float sample) {
      lanes.sums[lane] += sample;
      lanes.lowest[lane] = sample < lanes.lowest[lane] ? sample : lanes.lowest[lane];
      lanes.highest[lane] = sample > lanes.highest[lane] ? sample : lanes.highest[lane];
    };
    std::size_t i = 0;
    for (; i + kLanes <= samples.size(); i += kLanes) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) take(lane, samples[i + lane]);
    }
    for (; i < samples.size(); ++i) take(0, samples[i]);
    seen = lanes;
  }

  Lanes lanes_;
};

// False where one is no number, too.
HEARTBEAT_VECTOR_CLONES bool AreAllWithin(double magnitude, std::span<const double> values) {
  std::size_t within = 0;
  for (const double value : values) within += std::abs(value) <= magnitude ? 1 : 0;
  return within == values.size();
}

std::string Seconds(double seconds) {
  std::string text = std::to_string(seconds);
  text.resize(text.find('.') + 2);
  return text + " s";
}

class Decoding {
 public:
  Decoding(const Container& container, const DecodeLimits& limits, int wanted_rate_hz,
           const SampleTaker& take)
      : container_(container),
        limits_(limits),
        wanted_rate_hz_(wanted_rate_hz),
        take_(take),
        truncated_(container.truncated) {}

  base::Result<SourceInfo> Run() {
    for (const Stream& stream : container_.streams) {
      if (auto decoded = DecodeStream(stream); !decoded) {
        return Fail(decoded);
      }
      if (damaged_) {
        break;
      }
    }
    const std::uint64_t declared = container_.declared_frames.value_or(0);
    truncated_ = truncated_ || frames_ < declared || (damaged_ && declared == 0);
    if (auto checked = CheckWhole(); !checked) return Fail(checked);
    return Finish();
  }

 private:
  base::Result<void> DecodeStream(const Stream& stream) {
    auto opened = OpenStream(stream);
    if (!opened) {
      // Of a file that was cut off inside its headers, nothing else is to be expected.
      if (truncated_) {
        damaged_ = true;
        return {};
      }
      return Fail(opened);
    }
    SoundReader& reader = **opened;
    if (auto checked = Check(reader); !checked) {
      return checked;
    }
    const auto max_samples = static_cast<std::uint64_t>(limits_.max_duration_s * sample_rate_hz_);
    std::vector<double> block(kBlockFrames * static_cast<std::size_t>(reader.channels()));
    for (;;) {
      const std::size_t frames = reader.Read(block);
      if (reader.damaged() && frames_ + frames != container_.declared_frames.value_or(0)) {
        damaged_ = true;
        return {};
      }
      if (frames == 0) {
        return {};
      }
      if (auto mixed = Mix(std::span(block).first(frames * reader.channels()), reader.channels());
          !mixed) {
        return mixed;
      }
      if (frames_ > max_samples) {
        return Fail(ErrorCode::kRecordingTooLong, "The recording is longer than " +
                                                      Seconds(limits_.max_duration_s) +
                                                      ". Cut out the part to be heard.");
      }
    }
  }

  base::Result<void> Check(const SoundReader& reader) {
    const int rate = reader.sample_rate_hz();
    if (rate < limits_.min_sample_rate_hz || rate > limits_.max_sample_rate_hz) {
      return Fail(ErrorCode::kCorruptRecording,
                  "The file says that it has " + std::to_string(rate) + " samples a second; " +
                      std::to_string(limits_.min_sample_rate_hz) + " to " +
                      std::to_string(limits_.max_sample_rate_hz) +
                      " can be read. Export the recording again.");
    }
    if (reader.channels() > kMaxChannels) {
      return Fail(ErrorCode::kCorruptRecording,
                  "The file says that it has " + std::to_string(reader.channels()) +
                      " channels; up to " + std::to_string(kMaxChannels) +
                      " can be read. Export the recording again.");
    }
    if (sample_rate_hz_ != 0 && rate != sample_rate_hz_) {
      return Fail(ErrorCode::kCorruptRecording,
                  "The file changes its sample rate in the middle. Convert it to WAV and send "
                  "that.");
    }
    if (sample_rate_hz_ == 0) {
      sample_rate_hz_ = rate;
      channels_ = reader.channels();
      auto resampler = Resampler::Create(rate, wanted_rate_hz_ == 0 ? rate : wanted_rate_hz_);
      if (!resampler) return Fail(resampler);
      resampler_ = std::move(*resampler);
    }
    return {};
  }

  // [frame, channel] → the mean of the channels, appended.
  base::Result<void> Mix(std::span<const double> block, int channels) {
    if (!AreAllWithin(kMaxMagnitude, block)) return Refuse(block);
    const std::size_t before = mono_.size();
    const std::size_t frames = block.size() / static_cast<std::size_t>(channels);
    mono_.resize(before + frames);
    const auto mixed = std::span(mono_).subspan(before);
    if (channels == 1) {
      std::ranges::transform(block, mixed.begin(),
                             [](double sample) { return static_cast<float>(sample); });
    } else {
      for (float& sample : mixed) {
        const auto frame = block.first(static_cast<std::size_t>(channels));
        sample = static_cast<float>(std::accumulate(frame.begin(), frame.end(), 0.0) / channels);
        block = block.subspan(frame.size());
      }
    }
    silence_.See(mixed);
    frames_ += frames;
    return mono_.size() < kResamplePiece ? base::Result<void>() : Flush();
  }

  // Says what is wrong with the first sample that cannot be heard; one of them is.
  static std::unexpected<base::Error> Refuse(std::span<const double> block) {
    const auto first = std::ranges::find_if(
        block, [](double sample) { return !(std::abs(sample) <= kMaxMagnitude); });
    if (!std::isfinite(*first)) {
      return Fail(ErrorCode::kNonFiniteSamples,
                  "The recording holds samples that are no numbers (NaN or infinity). Export it "
                  "again, as 16-bit WAV if possible.");
    }
    return Fail(ErrorCode::kCorruptRecording,
                "The recording holds samples far beyond any sound (full scale is 1). Export it "
                "again, as 16-bit WAV if possible.");
  }

  base::Result<void> Flush() {
    const auto ready = resampler_->Push(mono_);
    if (!ready) return Fail(ready);
    mono_.clear();
    return take_(*ready, GivenRateHz());
  }

  base::Result<void> CheckWhole() const {
    const double duration_s = DurationSeconds();
    if (truncated_ && (frames_ == 0 || duration_s < limits_.min_duration_s)) {
      return Fail(ErrorCode::kTruncatedRecording,
                  "The file is cut off or damaged: only " + Seconds(duration_s) +
                      " of sound are left, and " + Seconds(limits_.min_duration_s) +
                      " are needed. Copy or upload it again.");
    }
    if (frames_ == 0) {
      return Fail(ErrorCode::kEmptyRecording, "The file holds no sound. Record again.");
    }
    if (duration_s < limits_.min_duration_s) {
      return Fail(ErrorCode::kRecordingTooShort, "The recording lasts " + Seconds(duration_s) +
                                                     ", and " + Seconds(limits_.min_duration_s) +
                                                     " are needed. Record again, for longer.");
    }
    if (silence_.IsSilent(frames_)) {
      return Fail(ErrorCode::kSilentRecording,
                  "The recording holds nothing but silence. Check the stethoscope and record "
                  "again.");
    }
    return {};
  }

  // There is a resampler: a whole recording is not empty.
  base::Result<SourceInfo> Finish() {
    if (auto flushed = Flush(); !flushed) return Fail(flushed);
    const auto rest = resampler_->Finish();
    if (!rest) return Fail(rest);
    if (auto taken = take_(*rest, GivenRateHz()); !taken) return Fail(taken);
    return SourceInfo{.format = container_.format,
                      .sample_rate_hz = sample_rate_hz_,
                      .channels = channels_,
                      .duration_s = DurationSeconds(),
                      .truncated = truncated_};
  }

  [[nodiscard]] int GivenRateHz() const {
    return wanted_rate_hz_ == 0 ? sample_rate_hz_ : wanted_rate_hz_;
  }

  [[nodiscard]] double DurationSeconds() const {
    return sample_rate_hz_ > 0 ? static_cast<double>(frames_) / sample_rate_hz_ : 0.0;
  }

  const Container& container_;
  const DecodeLimits& limits_;
  const int wanted_rate_hz_;
  const SampleTaker& take_;
  std::vector<float> mono_;  // decoded, and not yet resampled
  std::uint64_t frames_ = 0;
  SilenceCheck silence_;
  std::optional<Resampler> resampler_;
  int sample_rate_hz_ = 0;  // the file's
  int channels_ = 0;
  bool truncated_ = false;
  bool damaged_ = false;
};

}  // namespace

base::Result<SourceInfo> DecodeInPieces(std::span<const std::byte> bytes,
                                        const DecodeLimits& limits, int sample_rate_hz,
                                        const SampleTaker& take) {
  if (bytes.empty()) {
    return Fail(ErrorCode::kEmptyRecording, "The file is empty. Record again, or send another.");
  }
  if (bytes.size() > limits.max_file_bytes) {
    return Fail(ErrorCode::kBodyTooLarge,
                "The file is larger than " + std::to_string(limits.max_file_bytes) +
                    " bytes. Cut out the part to be heard, or send it as FLAC.");
  }
  const auto container = InspectContainer(bytes);
  if (!container) {
    return Fail(container);
  }
  return Decoding(*container, limits, sample_rate_hz, take).Run();
}

base::Result<DecodedRecording> Decode(std::span<const std::byte> bytes, const DecodeLimits& limits,
                                      int sample_rate_hz) {
  SampleSink samples;
  auto source = DecodeInPieces(bytes, limits, sample_rate_hz,
                               [&](std::span<const float> piece, int) -> base::Result<void> {
                                 samples.Append(piece);
                                 return {};
                               });
  if (!source) return Fail(source);
  const int rate_hz = sample_rate_hz == 0 ? source->sample_rate_hz : sample_rate_hz;
  return DecodedRecording{
      .recording = {.samples = std::move(samples).Take(), .sample_rate_hz = rate_hz},
      .source = *std::move(source)};
}

base::Result<DecodedRecording> DecodeFile(const std::filesystem::path& path,
                                          const DecodeLimits& limits, int sample_rate_hz) {
  const auto bytes = base::ReadFile(path, limits.max_file_bytes);
  if (!bytes) {
    return Fail(bytes);
  }
  return Decode(*bytes, limits, sample_rate_hz);
}

}  // namespace heartbeat::audio
