#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audio/recording.h"
#include "base/result.h"

namespace heartbeat::features {

enum class MelScale { kSlaney, kHtk };
// kSlaney: each filter divided by half its width in Hz (constant energy per band).
enum class MelNorm { kSlaney, kNone };
// What stands before the first and after the last sample so that frames are centred.
enum class Padding { kConstant, kReflect };
// What decibels are relative to. kMax: the largest power of the whole spectrogram.
enum class DecibelReference { kMax, kOne };
// kBandMedian: each band's median over all frames of the recording is subtracted, which removes the
// colour (frequency response) and gain of the stethoscope. kBandStandard: so that each band has the
// mean 0 and one standard deviation over the recording (StandardizeBands), which removes what noise
// floor and dynamic range say of the device as well; still called decibels.
enum class Normalization { kNone, kBandMedian, kBandStandard };

// Some of the bands once more, normalised as kBandStandard says, as rows above all others: for a
// network that hears a recording in two ways.
struct SecondView {
  int first_band = 0;
  int bands = 0;

  friend bool operator==(const SecondView&, const SecondView&) = default;
};

// Every parameter of the front end. All of them travel in a model's metadata, under these names.
struct LogMelConfig {
  int sample_rate_hz = 4000;       // of the samples given to LogMel
  double band_pass_low_hz = 20;    // 0: no high-pass
  double band_pass_high_hz = 900;  // 0: no low-pass
  int window_samples = 256;        // periodic Hann, centred in fft_samples
  int fft_samples = 1024;          // >= window_samples; zero-padded
  int hop_samples = 64;
  int mel_bands = 128;
  double min_hz = 20;   // lower edge of the lowest band
  double max_hz = 800;  // upper edge of the highest band; <= sample_rate_hz / 2
  MelScale mel_scale = MelScale::kSlaney;
  MelNorm mel_norm = MelNorm::kSlaney;
  Padding padding = Padding::kConstant;
  DecibelReference decibel_reference = DecibelReference::kMax;
  double top_db = 80;  // values below maximum - top_db are raised to it; 0: no limit
  // Floor of the power before the logarithm. Low enough for the quietest stethoscope: 10^-20 is
  // below the quantisation noise of 24 bits.
  double min_power = 1e-20;
  Normalization normalization = Normalization::kBandMedian;
  std::optional<SecondView> second_view;

  // Of a spectrogram: the bands, and those of the second view.
  [[nodiscard]] int Rows() const { return mel_bands + (second_view ? second_view->bands : 0); }
  // kInvalidArgument naming the field and what it may be; also when a mel band would be empty.
  // fft_samples: even, up to 65536.
  [[nodiscard]] base::Result<void> Validate() const;
  // Frames of a recording: 1 + samples / hop_samples.
  [[nodiscard]] int FrameCount(std::size_t samples) const;

  // The front end of the Python HeartBeat AI: librosa's melspectrogram + power_to_db(ref=max) with
  // n_fft 2048, hop 256, Hann, centred, padding "constant", Slaney scale and norm, 128 bands,
  // 20-2000 Hz, top_db 80, at 4000 Hz; no band-pass, no normalisation. The caller takes the first 5
  // s (kOriginalDurationSeconds; shorter ones are zero-padded): 128 x 79.
  [[nodiscard]] static LogMelConfig Original();

  friend bool operator==(const LogMelConfig&, const LogMelConfig&) = default;
};
inline constexpr double kOriginalDurationSeconds = 5.0;
// The first 5 s of a recording, zero-padded where it is shorter: what Original() is given.
[[nodiscard]] audio::Recording OriginalFirstSeconds(const audio::Recording& recording);

// [mel, frame], mel-major (all frames of the lowest band first), in decibels.
struct Spectrogram {
  int mel_bands = 0;  // LogMelConfig::Rows
  int frames = 0;
  std::vector<float> values;

  [[nodiscard]] float At(int mel, int frame) const {
    return values[static_cast<std::size_t>(mel) * static_cast<std::size_t>(frames) +
                  static_cast<std::size_t>(frame)];
  }
  [[nodiscard]] std::span<const float> Band(int mel) const {
    return std::span(values).subspan(
        static_cast<std::size_t>(mel) * static_cast<std::size_t>(frames),
        static_cast<std::size_t>(frames));
  }
};

// Of one recording: 2 h 19 min with the default front end.
inline constexpr std::size_t kMaxSpectrogramValues = std::size_t{1} << 26;

// A front end with its tables (window, transform, mel filters) computed once. Compute is const and
// thread-safe.
class LogMel {
 public:
  // Errors: those of LogMelConfig::Validate.
  [[nodiscard]] static base::Result<LogMel> Create(const LogMelConfig& config);
  LogMel(LogMel&&) noexcept;
  LogMel& operator=(LogMel&&) noexcept;
  ~LogMel();

  [[nodiscard]] const LogMelConfig& config() const;

  // The spectrogram of the whole recording. Takes no more memory than the spectrogram, one filtered
  // copy of the samples and a small block. Errors: kInvalidArgument where its sample rate is not
  // config().sample_rate_hz, kEmptyRecording where it has no samples, kNonFiniteSamples,
  // kCorruptRecording where samples are above 10^6 times full scale, kRecordingTooLong where the
  // spectrogram would have more than kMaxSpectrogramValues.
  [[nodiscard]] base::Result<Spectrogram> Compute(const audio::Recording& recording) const;

 private:
  struct Impl;
  explicit LogMel(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

// Centre frequency of each mel band in Hz, ascending; [mel].
[[nodiscard]] std::vector<double> MelCentersHz(const LogMelConfig& config);

}  // namespace heartbeat::features
