#include "features/frame_spectrum.h"

namespace heartbeat::features {
namespace {

std::variant<PowerSpectrum, SharedSpectrum> Choose(int window_samples, int fft_samples,
                                                   int hop_samples, int first_bin, int bins) {
  if (SharedSpectrum::Fits(window_samples, fft_samples, hop_samples)) {
    return SharedSpectrum(window_samples, fft_samples, hop_samples, first_bin, bins);
  }
  return PowerSpectrum(window_samples, fft_samples, first_bin, bins);
}

}  // namespace

FrameSpectrum::FrameSpectrum(int window_samples, int fft_samples, int hop_samples, int first_bin,
                             int bins)
    : hop_samples_(hop_samples),
      spectrum_(Choose(window_samples, fft_samples, hop_samples, first_bin, bins)) {}

int FrameSpectrum::max_frames() const {
  return std::holds_alternative<SharedSpectrum>(spectrum_) ? SharedSpectrum::kMaxFrames
                                                           : PowerSpectrum::kMaxFrames;
}

FrameSpectrum::Scratch FrameSpectrum::MakeScratch() const {
  return std::visit([](const auto& spectrum) -> Scratch { return spectrum.MakeScratch(); },
                    spectrum_);
}

base::Result<void> FrameSpectrum::Compute(std::span<const float> samples, int frames,
                                          std::span<float> power, Scratch& scratch) const {
  if (const auto* shared = std::get_if<SharedSpectrum>(&spectrum_)) {
    return shared->Compute(samples, frames, power, std::get<SharedSpectrum::Scratch>(scratch));
  }
  return std::get<PowerSpectrum>(spectrum_).Compute(samples, hop_samples_, frames, power,
                                                    std::get<PowerSpectrum::Scratch>(scratch));
}

}  // namespace heartbeat::features
