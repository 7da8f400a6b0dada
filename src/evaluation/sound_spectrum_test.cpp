#include "evaluation/sound_spectrum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "evaluation/test_recordings.h"
#include "features/band_pass.h"

namespace heartbeat::evaluation {
namespace {

using test::Noise;
using test::Sine;

SoundSpectrum Measure(const audio::Recording& recording) {
  SpectrumMeter meter;
  const auto spectrum = meter.Measure(recording);
  if (!spectrum) {
    ADD_FAILURE() << spectrum.error().message;
    return {};
  }
  return *spectrum;
}

std::size_t StrongestBin(const SoundSpectrum& spectrum) {
  return static_cast<std::size_t>(std::ranges::max_element(spectrum.density_db) -
                                  spectrum.density_db.begin());
}

// The window's main lobe is four bins of 7.8 Hz wide.
constexpr double kLobeHz = 2 * kSpectrumBinHz;

TEST(SpectrumMeter, AToneStandsWhereItIsWhateverTheSampleRate) {
  for (const int rate_hz : {1000, 2000, 4000, 8000, 44100}) {
    const SoundSpectrum spectrum = Measure(Sine(4, rate_hz, 203.125, 0.3));
    EXPECT_EQ(StrongestBin(spectrum), 26U) << rate_hz;  // 203.125 / 7.8125
    EXPECT_NEAR(spectrum.rolloff_50_hz, 203.125, kLobeHz) << rate_hz;
    EXPECT_NEAR(spectrum.rolloff_99_hz, 203.125, kLobeHz) << rate_hz;
    EXPECT_NEAR(spectrum.tone_hz, 203.125, 1) << rate_hz;
    EXPECT_GT(spectrum.tone_db, 40) << rate_hz;
    EXPECT_NEAR(spectrum.band_db[4], 0, 0.01) << rate_hz;  // 150 to 250 Hz
    EXPECT_LT(spectrum.band_db[2], -40) << rate_hz;
  }
}

TEST(SpectrumMeter, DensityAndBandsAddUpToTheWhole) {
  const SoundSpectrum spectrum = Measure(Noise(20, 2000, 0.1, 1));
  double total = 0;
  for (const float density_db : spectrum.density_db) {
    total += std::pow(10, density_db / 10) * kSpectrumBinHz;
  }
  EXPECT_NEAR(total, 1, 1e-4);
  // White noise: the same density everywhere, so that the power grows with the frequency.
  EXPECT_NEAR(spectrum.rolloff_50_hz, 500, 15);
  EXPECT_NEAR(spectrum.rolloff_95_hz, 950, 15);
  EXPECT_NEAR(spectrum.band_db[6], 10 * std::log10(0.2), 0.3);  // 400 to 600 of 1000 Hz
  EXPECT_LT(spectrum.tone_db, 6);
  EXPECT_TRUE(std::isnan(spectrum.band_db[9]));  // above 1000 Hz
}

TEST(SpectrumMeter, GainDoesNotShow) {
  const SoundSpectrum loud = Measure(Noise(5, 2000, 0.3, 2));
  const SoundSpectrum quiet = Measure(Noise(5, 2000, 0.0003, 2));
  for (std::size_t bin = 0; bin < loud.density_db.size(); ++bin) {
    EXPECT_NEAR(loud.density_db[bin], quiet.density_db[bin], 0.01);
  }
}

TEST(SpectrumMeter, BandwidthEndsWhereOnlyTheFloorIsLeft) {
  // A band up to 300 Hz over a floor that is 60 dB below it.
  const audio::Recording noise = Noise(20, 2000, 0.1, 3);
  const features::BandPass low_pass(0, 300, 2000);
  const audio::Recording band{.samples = low_pass.Apply(noise.samples), .sample_rate_hz = 2000};
  const SoundSpectrum spectrum = Measure(test::Sum(band, Noise(20, 2000, 1e-4, 4)));
  // BandPass is a digital Butterworth filter of order 4, twice: -25 dB each where tan(pi f / 2000)
  // is (10^2.5 - 1)^(1/8) times what it is at 300 Hz, which gives 514 Hz.
  EXPECT_NEAR(spectrum.bandwidth_hz, 514, 1.5 * kSpectrumBinHz);
}

TEST(SpectrumMeter, FindsAFaintSteadyToneInNoise) {
  // In a bin of 1 Hz the noise of 1000 Hz has a thousandth of its power: 0.01 over 0.1 gives
  // 10 log10(1000 * 0.01^2 / 2 / 0.1^2), less what the window takes.
  const SoundSpectrum spectrum =
      Measure(test::Sum(Noise(20, 2000, 0.1, 5), Sine(20, 2000, 612.3, 0.01)));
  EXPECT_NEAR(spectrum.tone_hz, 612.3, 1.5);
  EXPECT_GT(spectrum.tone_db, 6);
}

TEST(SpectrumMeter, ARecordingShorterThanTheToneWindowIsMeasured) {
  const SoundSpectrum spectrum = Measure(Sine(1.0, 2000, 203.125, 0.3));
  EXPECT_EQ(StrongestBin(spectrum), 26U);
  EXPECT_NEAR(spectrum.tone_hz, 203.125, 1.5);
}

}  // namespace
}  // namespace heartbeat::evaluation
