#include <algorithm>
#include <climits>
#include <cmath>
#include <locale>
#include <sstream>
#include <string>
#include <string_view>

#include "features/log_mel.h"
#include "features/mel.h"
#include "features/power_spectrum.h"

namespace heartbeat::features {
namespace {

using base::ErrorCode;
using base::Fail;
using base::Result;

constexpr int kMinSampleRateHz = 100;
constexpr int kMaxSampleRateHz = 192'000;
constexpr int kMinFftSamples = 16;
constexpr int kMaxFftSamples = 65'536;
constexpr int kMaxMelBands = 1024;
constexpr double kMaxTopDb = 1000;
// Floats of the transform's tables: 32 MiB, four times those of Original().
constexpr std::size_t kMaxTableSize = std::size_t{8} << 20;
// Powers are floats: the least of these is still a normal one.
constexpr double kLeastMinPower = 1e-37;
// Below this share of the sample rate a biquad's poles are too near the unit circle.
constexpr double kLowestEdge = 1e-4;

std::string Number(double value) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text.precision(10);
  text << value;
  return text.str();
}

Result<void> OutOfRange(std::string_view field, double value, std::string_view allowed) {
  return Fail(ErrorCode::kInvalidArgument, std::string(field) + " is " + Number(value) +
                                               "; it must be " + std::string(allowed) + ".");
}

Result<void> CheckBetween(std::string_view field, double value, double low, double high) {
  if (value >= low && value <= high) return {};
  return OutOfRange(field, value, "between " + Number(low) + " and " + Number(high));
}

Result<void> CheckEdge(std::string_view field, double edge_hz, int sample_rate_hz) {
  const double low = sample_rate_hz * kLowestEdge;
  const double nyquist = sample_rate_hz / 2.0;
  if (edge_hz == 0 || (edge_hz >= low && edge_hz < nyquist)) return {};
  return OutOfRange(field, edge_hz,
                    "0 (off), or at least " + Number(low) + " and below half the sample rate, " +
                        Number(nyquist));
}

Result<void> CheckBandPass(const LogMelConfig& config) {
  if (auto ok = CheckEdge("band_pass_low_hz", config.band_pass_low_hz, config.sample_rate_hz);
      !ok) {
    return ok;
  }
  if (auto ok = CheckEdge("band_pass_high_hz", config.band_pass_high_hz, config.sample_rate_hz);
      !ok) {
    return ok;
  }
  if (config.band_pass_high_hz != 0 && config.band_pass_high_hz <= config.band_pass_low_hz) {
    return OutOfRange("band_pass_high_hz", config.band_pass_high_hz,
                      "0 (off) or above band_pass_low_hz, " + Number(config.band_pass_low_hz));
  }
  return {};
}

Result<void> CheckFrames(const LogMelConfig& config) {
  if (config.fft_samples < kMinFftSamples || config.fft_samples > kMaxFftSamples ||
      config.fft_samples % 2 != 0) {
    return OutOfRange(
        "fft_samples", config.fft_samples,
        "an even number between " + Number(kMinFftSamples) + " and " + Number(kMaxFftSamples));
  }
  if (auto ok = CheckBetween("window_samples", config.window_samples, 2, config.fft_samples); !ok) {
    return ok;
  }
  return CheckBetween("hop_samples", config.hop_samples, 1, config.fft_samples);
}

Result<void> CheckMel(const LogMelConfig& config) {
  if (auto ok = CheckBetween("mel_bands", config.mel_bands, 1, kMaxMelBands); !ok) return ok;
  const double nyquist = config.sample_rate_hz / 2.0;
  if (!(config.min_hz >= 0 && config.min_hz < nyquist)) {
    return OutOfRange("min_hz", config.min_hz,
                      "at least 0 and below half the sample rate, " + Number(nyquist));
  }
  if (!(config.max_hz > config.min_hz && config.max_hz <= nyquist)) {
    return OutOfRange("max_hz", config.max_hz,
                      "above min_hz, " + Number(config.min_hz) +
                          ", and at most half the sample rate, " + Number(nyquist));
  }
  const auto filters = MakeMelFilters(config);
  const auto empty = std::ranges::find_if(filters, [](const auto& f) { return f.weights.empty(); });
  if (empty != filters.end()) {
    const auto band = static_cast<std::size_t>(empty - filters.begin());
    return Fail(ErrorCode::kInvalidArgument,
                "mel_bands is " + std::to_string(config.mel_bands) + ", but band " +
                    std::to_string(band) + ", around " + Number(MelCentersHz(config)[band]) +
                    " Hz, would be empty: it lies between two bins of the transform. Use fewer "
                    "mel_bands or more fft_samples.");
  }
  if (PowerSpectrum::TableSize(config.window_samples, BinsOf(filters).count) > kMaxTableSize) {
    return Fail(ErrorCode::kInvalidArgument,
                "window_samples is " + std::to_string(config.window_samples) + " and fft_samples " +
                    std::to_string(config.fft_samples) +
                    ": the transform's tables would take more than 32 MiB. Use a shorter window or "
                    "a narrower range from min_hz to max_hz.");
  }
  return {};
}

}  // namespace

Result<void> LogMelConfig::Validate() const {
  if (auto ok = CheckBetween("sample_rate_hz", sample_rate_hz, kMinSampleRateHz, kMaxSampleRateHz);
      !ok) {
    return ok;
  }
  if (auto ok = CheckBandPass(*this); !ok) return ok;
  if (auto ok = CheckFrames(*this); !ok) return ok;
  if (auto ok = CheckMel(*this); !ok) return ok;
  if (second_view) {
    if (auto ok = CheckBetween("second_view.first_band", second_view->first_band, 0, mel_bands - 1);
        !ok) {
      return ok;
    }
    if (auto ok = CheckBetween("second_view.bands", second_view->bands, 1,
                               mel_bands - second_view->first_band);
        !ok) {
      return ok;
    }
  }
  if (auto ok = CheckBetween("top_db", top_db, 0, kMaxTopDb); !ok) return ok;
  return CheckBetween("min_power", min_power, kLeastMinPower, 1);
}

int LogMelConfig::FrameCount(std::size_t samples) const {
  const std::size_t frames = 1 + samples / static_cast<std::size_t>(std::max(1, hop_samples));
  return static_cast<int>(std::min<std::size_t>(frames, INT_MAX));
}

LogMelConfig LogMelConfig::Original() {
  LogMelConfig config;
  config.band_pass_low_hz = 0;
  config.band_pass_high_hz = 0;
  config.window_samples = 2048;
  config.fft_samples = 2048;
  config.hop_samples = 256;
  config.max_hz = 2000;
  config.min_power = 1e-10;
  config.normalization = Normalization::kNone;
  return config;
}

audio::Recording OriginalFirstSeconds(const audio::Recording& recording) {
  const auto length =
      static_cast<std::size_t>(std::lround(kOriginalDurationSeconds * recording.sample_rate_hz));
  audio::Recording first;
  first.sample_rate_hz = recording.sample_rate_hz;
  const std::size_t kept = std::min(length, recording.samples.size());
  first.samples.assign(recording.samples.begin(),
                       recording.samples.begin() + static_cast<std::ptrdiff_t>(kept));
  first.samples.resize(length);
  return first;
}

}  // namespace heartbeat::features
