#include "audio/resample.h"

#include <soxr.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>

namespace heartbeat::audio {
namespace {

using base::ErrorCode;
using base::Fail;

// Far above any recording that Decode lets through; below it, no product here overflows.
constexpr double kMaxSamples = 4e9;
// Room for what soxr gives at a time.
constexpr std::size_t kRoomSamples = 8192;

}  // namespace

struct Resampler::Soxr {
  int from_hz;
  int to_hz;
  soxr_t handle = nullptr;  // none where the rates are the same
  std::uint64_t taken = 0;
  std::uint64_t given = 0;
  std::vector<float> ready;

  Soxr(int from, int to) : from_hz(from), to_hz(to) {}
  Soxr(const Soxr&) = delete;
  Soxr& operator=(const Soxr&) = delete;
  ~Soxr() { soxr_delete(handle); }

  // Appends to `ready`; `samples` without data ends the stream.
  base::Result<void> Process(std::span<const float> samples);
  base::Result<std::span<const float>> Give() {
    given += ready.size();
    return std::span<const float>(ready);
  }
};

base::Result<void> Resampler::Soxr::Process(std::span<const float> samples) {
  while (true) {
    const std::size_t before = ready.size();
    ready.resize(before + kRoomSamples);
    std::size_t consumed = 0;
    std::size_t produced = 0;
    const soxr_error_t error = soxr_process(handle, samples.data(), samples.size(), &consumed,
                                            ready.data() + before, kRoomSamples, &produced);
    ready.resize(before + produced);
    if (error != nullptr) {
      return Fail(ErrorCode::kInternal, "The recording could not be resampled.");
    }
    samples = samples.subspan(std::min(consumed, samples.size()));
    const bool has_room = produced < kRoomSamples;
    if (has_room && samples.empty()) return {};
    if (has_room && consumed == 0) {
      return Fail(ErrorCode::kInternal, "The recording could not be resampled.");
    }
  }
}

Resampler::Resampler(std::unique_ptr<Soxr> soxr) : soxr_(std::move(soxr)) {}
Resampler::Resampler(Resampler&&) noexcept = default;
Resampler& Resampler::operator=(Resampler&&) noexcept = default;
Resampler::~Resampler() = default;

base::Result<Resampler> Resampler::Create(int from_hz, int to_hz) {
  if (from_hz <= 0 || to_hz <= 0) {
    return Fail(ErrorCode::kInvalidArgument,
                "A sample rate must be above 0 Hz; this is to go from " + std::to_string(from_hz) +
                    " Hz to " + std::to_string(to_hz) + " Hz.");
  }
  auto soxr = std::make_unique<Soxr>(from_hz, to_hz);
  if (from_hz != to_hz) {
    const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, SOXR_ROLLOFF_SMALL);
    const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
    soxr_error_t error = nullptr;
    soxr->handle = soxr_create(from_hz, to_hz, 1, &error, &io, &quality, &runtime);
    if (soxr->handle == nullptr || error != nullptr) {
      return Fail(ErrorCode::kInternal, "The recording could not be resampled.");
    }
  }
  return Resampler(std::move(soxr));
}

base::Result<std::span<const float>> Resampler::Push(std::span<const float> samples) {
  soxr_->ready.clear();
  soxr_->taken += samples.size();
  if (samples.empty()) return soxr_->Give();
  if (soxr_->handle == nullptr) {
    soxr_->ready.assign(samples.begin(), samples.end());
  } else if (const auto done = soxr_->Process(samples); !done) {
    return Fail(done);
  }
  return soxr_->Give();
}

base::Result<std::span<const float>> Resampler::Finish() {
  soxr_->ready.clear();
  if (soxr_->handle == nullptr || soxr_->taken == 0) return soxr_->Give();
  if (const auto done = soxr_->Process({}); !done) return Fail(done);
  const auto exact = static_cast<std::uint64_t>(
      std::llround(static_cast<double>(soxr_->taken) * soxr_->to_hz / soxr_->from_hz));
  // soxr rounds the length in its own way: a sample may be missing, or one too many.
  const std::uint64_t rest = exact - std::min(exact, soxr_->given);
  const float last = soxr_->ready.empty() ? 0.0F : soxr_->ready.back();
  if (rest > soxr_->ready.size() + 1) {
    return Fail(ErrorCode::kInternal, "The recording could not be resampled.");
  }
  soxr_->ready.resize(static_cast<std::size_t>(rest), last);
  return soxr_->Give();
}

base::Result<Recording> Resample(Recording recording, int sample_rate_hz) {
  auto resampler = Resampler::Create(recording.sample_rate_hz, sample_rate_hz);
  if (!resampler) return Fail(resampler);
  if (recording.sample_rate_hz == sample_rate_hz) return recording;
  const double exact =
      static_cast<double>(recording.samples.size()) * sample_rate_hz / recording.sample_rate_hz;
  if (exact > kMaxSamples) {
    return Fail(ErrorCode::kInvalidArgument,
                "Resampling to " + std::to_string(sample_rate_hz) +
                    " Hz would make the recording too large. Choose a lower sample rate.");
  }
  Recording result{.samples = {}, .sample_rate_hz = sample_rate_hz};
  result.samples.reserve(static_cast<std::size_t>(std::llround(exact)));
  std::span<const float> left = recording.samples;
  while (!left.empty()) {
    const std::size_t size = std::min(left.size(), kRoomSamples);
    const auto ready = resampler->Push(left.first(size));
    if (!ready) return Fail(ready);
    result.samples.insert(result.samples.end(), ready->begin(), ready->end());
    left = left.subspan(size);
  }
  const auto rest = resampler->Finish();
  if (!rest) return Fail(rest);
  result.samples.insert(result.samples.end(), rest->begin(), rest->end());
  return result;
}

}  // namespace heartbeat::audio
