#include "features/spectrogram_view.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdlib>
#include <numbers>
#include <random>
#include <vector>

namespace heartbeat::features {
namespace {

constexpr int kRateHz = SpectrogramViewer::kSampleRateHz;
constexpr double kBandHz = 7.8125;  // 4000 Hz / 512

void AddSine(std::vector<float>& samples, double from_s, double until_s, double hz,
             double amplitude) {
  const auto end = static_cast<std::size_t>(until_s * kRateHz);
  for (auto i = static_cast<std::size_t>(from_s * kRateHz); i < end; ++i) {
    const double angle = 2 * std::numbers::pi * hz * static_cast<double>(i) / kRateHz;
    samples[i] += static_cast<float>(amplitude * std::sin(angle));
  }
}

SpectrogramViewer Viewer(std::vector<float> samples) {
  return *SpectrogramViewer::Create(
      audio::Recording{.samples = std::move(samples), .sample_rate_hz = kRateHz});
}

int LevelAt(const SpectrogramView& view, int band, int frame) {
  return view.levels.at(static_cast<std::size_t>(band) * static_cast<std::size_t>(view.frames) +
                        static_cast<std::size_t>(frame));
}

int FrameAt(const SpectrogramView& view, double time_s) {
  return static_cast<int>((time_s - view.start_s) / view.hop_s);
}

// As documented: 255 steps for 80 dB.
int LevelOfDb(double db) { return static_cast<int>(std::lround((db + 80) / 80 * 255)); }

TEST(SpectrogramView, ShowsASineInItsBandAtItsTimeAndLevel) {
  std::vector<float> samples(std::size_t{10} * kRateHz);
  AddSine(samples, 0, 5, 125, 0.5);    // band 16
  AddSine(samples, 5, 10, 500, 0.05);  // band 64, 20 dB below
  const auto view = Viewer(samples).View({.start_s = 0, .end_s = 10, .max_frames = 500});
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(view->frames, 500);
  EXPECT_EQ(view->bands, 129);  // 0 Hz, 7.8125 Hz, ... 1000 Hz
  EXPECT_EQ(view->max_hz, 1000);
  EXPECT_EQ(view->start_s, 0);
  EXPECT_EQ(view->hop_s, 0.02);
  EXPECT_EQ(view->levels.size(), 129U * 500);
  const int early = FrameAt(*view, 2.5);
  const int late = FrameAt(*view, 7.5);
  EXPECT_EQ(LevelAt(*view, 16, early), 255);
  // One step is a third of a decibel.
  EXPECT_NEAR(LevelAt(*view, 64, late), LevelOfDb(-20), 1);
  EXPECT_EQ(LevelAt(*view, 64, early), 0);
  EXPECT_EQ(LevelAt(*view, 16, late), 0);
  // Hann's main lobe is 62.5 Hz wide: four bands to either side are zero, two are 6 dB down.
  EXPECT_NEAR(LevelAt(*view, 14, early), LevelOfDb(-6.02), 1);
  EXPECT_NEAR(LevelAt(*view, 18, early), LevelOfDb(-6.02), 1);
  EXPECT_LT(LevelAt(*view, 21, early), LevelOfDb(-30));
}

// |X|^2 by the definition, in double; the window stands around `centre`.
double Power(const std::vector<float>& samples, std::ptrdiff_t centre, int band) {
  std::complex<double> sum = 0;
  for (int i = 0; i < 256; ++i) {
    const auto at = centre - 128 + i;
    if (at < 0 || at >= std::ssize(samples)) continue;
    const double hann = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * i / 256);
    sum += hann * static_cast<double>(samples[static_cast<std::size_t>(at)]) *
           std::polar(1.0, -2 * std::numbers::pi * band * i / 512);
  }
  return std::norm(sum);
}

TEST(SpectrogramView, EqualsTheTransformByItsDefinition) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal(0, 0.1F);
  std::vector<float> samples(8000);
  for (float& sample : samples) sample = normal(random);
  double mean = 0;
  for (const float sample : samples) mean += static_cast<double>(sample) / 8000;
  for (float& sample : samples) sample -= static_cast<float>(mean);
  double loudest = 0;
  for (std::ptrdiff_t centre = 0; centre <= 8000; centre += 64) {
    for (int band = 3; band <= 256; ++band) {
      loudest = std::max(loudest, Power(samples, centre, band));
    }
  }
  // 0.3 s of it in 30 frames of 40 samples, each with one window in its middle.
  const auto view =
      Viewer(samples).View({.start_s = 1.7, .end_s = 2, .max_frames = 30, .max_hz = 2000});
  ASSERT_TRUE(view);
  ASSERT_EQ(view->frames, 30);
  ASSERT_EQ(view->bands, 257);
  EXPECT_EQ(view->hop_s, 0.01);
  for (int frame = 0; frame < 30; ++frame) {
    for (int band = 0; band < 257; band += 16) {
      const double power = Power(samples, 6800 + 40 * frame + 20, band);
      const int expected = LevelOfDb(std::max(-80.0, 10 * std::log10(power / loudest)));
      // Rounded from float and from double.
      EXPECT_NEAR(LevelAt(*view, band, frame), std::min(expected, 255), 1)
          << "band " << band << ", frame " << frame;
    }
  }
}

TEST(SpectrogramView, LooksTheSameWhateverIsShownBesideIt) {
  std::vector<float> samples(std::size_t{60} * kRateHz);
  AddSine(samples, 0, 60, 250, 0.01);
  AddSine(samples, 50, 51, 250, 0.99);
  const auto viewer = Viewer(samples);
  const auto all = viewer.View({.start_s = 0, .end_s = 60, .max_frames = 400});
  const auto part = viewer.View({.start_s = 10, .end_s = 12, .max_frames = 400});
  ASSERT_TRUE(all && part);
  const int expected = LevelOfDb(-40);  // 0.01 of 1
  EXPECT_NEAR(LevelAt(*all, 32, FrameAt(*all, 11)), expected, 1);
  EXPECT_NEAR(LevelAt(*part, 32, FrameAt(*part, 11)), expected, 1);
  EXPECT_EQ(LevelAt(*all, 32, FrameAt(*all, 50.5)), 255);
}

TEST(SpectrogramView, LosesNoClickInALongRecording) {
  std::vector<float> samples(std::size_t{600} * kRateHz);
  samples[300 * kRateHz + 1111] = 1;
  const auto view = Viewer(samples).View({.start_s = 0, .end_s = 600, .max_frames = 100});
  ASSERT_TRUE(view);
  EXPECT_LE(view->frames, 100);
  const int hit = FrameAt(*view, 300 + 1111.0 / kRateHz);
  for (int frame = 0; frame < view->frames; ++frame) {
    // A click is equally loud in every band: wherever a window stands, one sees nearly all of it.
    const int level = LevelAt(*view, 64, frame);
    if (frame == hit) {
      EXPECT_GT(level, LevelOfDb(-6.1));
    } else if (std::abs(frame - hit) > 1) {
      EXPECT_EQ(level, 0);
    }
  }
}

TEST(SpectrogramView, IsNotDimmedByAnOffsetOrARumble) {
  std::vector<float> samples(std::size_t{4} * kRateHz, 0.5F);
  AddSine(samples, 0, 4, 125, 0.01);
  const auto offset = Viewer(samples).View({.start_s = 1, .end_s = 3});
  ASSERT_TRUE(offset);
  EXPECT_EQ(LevelAt(*offset, 16, offset->frames / 2), 255);
  EXPECT_EQ(LevelAt(*offset, 0, offset->frames / 2), 0);
  AddSine(samples, 0, 4, 4, 0.4);
  const auto rumble = Viewer(samples).View({.start_s = 1, .end_s = 3});
  ASSERT_TRUE(rumble);
  EXPECT_EQ(LevelAt(*rumble, 16, rumble->frames / 2), 255);
  EXPECT_EQ(LevelAt(*rumble, 0, rumble->frames / 2), 255);
}

TEST(SpectrogramView, ClipsTheRangeAndCoversAllOfIt) {
  const auto viewer = Viewer(std::vector<float>(4 * kRateHz, 0.0F));
  const auto all = viewer.View({.start_s = -5, .end_s = 99, .max_frames = 300, .max_hz = 440});
  ASSERT_TRUE(all);
  EXPECT_EQ(all->start_s, 0);
  EXPECT_LE(all->frames, 300);
  EXPECT_GE(all->frames * all->hop_s, 4);
  EXPECT_LT((all->frames - 1) * all->hop_s, 4);
  EXPECT_EQ(all->bands, 57);
  EXPECT_EQ(all->max_hz, 56 * kBandHz);
  EXPECT_EQ(*std::ranges::max_element(all->levels), 0);  // silence is no failure
  // No finer than a millisecond.
  const auto tiny = viewer.View({.start_s = 1, .end_s = 1.1, .max_frames = 4096});
  ASSERT_TRUE(tiny);
  EXPECT_EQ(tiny->frames, 100);
  EXPECT_EQ(tiny->hop_s, 0.001);
}

TEST(SpectrogramView, RefusesWhatHasNoPicture) {
  const auto viewer = Viewer(std::vector<float>(kRateHz));
  for (const SpectrogramRange& range :
       {SpectrogramRange{.start_s = 1, .end_s = 2}, SpectrogramRange{.start_s = 0.5, .end_s = 0.5},
        SpectrogramRange{.start_s = 0.5, .end_s = 0.2},
        SpectrogramRange{.end_s = 1, .max_frames = 0}, SpectrogramRange{.end_s = 1, .max_hz = 0},
        SpectrogramRange{.end_s = 1, .max_hz = 2001}}) {
    const auto view = viewer.View(range);
    ASSERT_FALSE(view);
    EXPECT_EQ(view.error().code, base::ErrorCode::kInvalidArgument);
  }
  EXPECT_FALSE(SpectrogramViewer::Create({.samples = {}, .sample_rate_hz = kRateHz}));
  EXPECT_FALSE(SpectrogramViewer::Create({.samples = {0.1F}, .sample_rate_hz = 2000}));
}

}  // namespace
}  // namespace heartbeat::features
