#include "features/power_spectrum.h"

#include <cmath>
#include <complex>
#include <kissfft/kissfft.hh>
#include <numbers>
#include <vector>

namespace heartbeat::features {

struct PowerSpectrum::Impl {
  int window_samples;
  int fft_samples;
  int first_bin;
  int bins;
  std::vector<double> window;
  kissfft<double> fft;
};

struct PowerSpectrum::Scratch {
  std::vector<std::complex<double>> time;
  std::vector<std::complex<double>> frequency;
};

void PowerSpectrum::ScratchDeleter::operator()(Scratch* scratch) const { delete scratch; }

PowerSpectrum::PowerSpectrum(int window_samples, int fft_samples, int first_bin, int bins) {
  std::vector<double> window(static_cast<std::size_t>(window_samples));
  for (std::size_t i = 0; i < window.size(); ++i) {
    window[i] = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) /
                                     static_cast<double>(window_samples));
  }
  impl_ = std::make_unique<const Impl>(
      Impl{window_samples, fft_samples, first_bin, bins, std::move(window),
           kissfft<double>(static_cast<std::size_t>(fft_samples), false)});
}

PowerSpectrum::PowerSpectrum(PowerSpectrum&&) noexcept = default;
PowerSpectrum& PowerSpectrum::operator=(PowerSpectrum&&) noexcept = default;
PowerSpectrum::~PowerSpectrum() = default;

PowerSpectrum::ScratchPtr PowerSpectrum::MakeScratch() const {
  const auto size = static_cast<std::size_t>(impl_->fft_samples);
  return ScratchPtr(new Scratch{std::vector<std::complex<double>>(size),
                                std::vector<std::complex<double>>(size)});
}

void PowerSpectrum::Compute(std::span<const float> samples, int hop_samples, int frames,
                            std::span<float> power, Scratch& scratch) const {
  const auto& impl = *impl_;
  const std::size_t window_samples = impl.window.size();
  const std::size_t size = scratch.time.size();
  // Two real frames a and b at a time, as a + ib: X_a[k] = (Z[k] + conj Z[-k]) / 2 and
  // X_b[k] = (Z[k] - conj Z[-k]) / 2i.
  for (int frame = 0; frame < frames; frame += 2) {
    const bool pair = frame + 1 < frames;
    const auto a = samples.subspan(static_cast<std::size_t>(frame) * hop_samples, window_samples);
    const auto b =
        pair ? samples.subspan(static_cast<std::size_t>(frame + 1) * hop_samples, window_samples)
             : a;
    for (std::size_t i = 0; i < window_samples; ++i) {
      scratch.time[i] = {impl.window[i] * a[i], impl.window[i] * b[i]};
    }
    impl.fft.transform(scratch.time.data(), scratch.frequency.data());
    for (int bin = 0; bin < impl.bins; ++bin) {
      const auto k = static_cast<std::size_t>(impl.first_bin + bin);
      const auto z = scratch.frequency[k];
      const auto m = std::conj(scratch.frequency[(size - k) % size]);
      auto* out = &power[static_cast<std::size_t>(bin) * frames + frame];
      out[0] = static_cast<float>(0.25 * std::norm(z + m));
      if (pair) out[1] = static_cast<float>(0.25 * std::norm(z - m));
    }
  }
}

}  // namespace heartbeat::features
