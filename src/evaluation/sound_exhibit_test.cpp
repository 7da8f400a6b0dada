#include "evaluation/sound_exhibit.h"

#include <gtest/gtest.h>
#include <png.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

#include "audio/decode.h"
#include "evaluation/picture.h"
#include "evaluation/test_recordings.h"

namespace heartbeat::evaluation {
namespace {

struct Pixels {
  std::size_t width = 0;
  std::size_t height = 0;
  std::vector<std::uint8_t> rgb;  // [row, column, channel]

  [[nodiscard]] int Brightness(std::size_t row, std::size_t column) const {
    const std::uint8_t* pixel = &rgb[3 * (row * width + column)];
    return pixel[0] + pixel[1] + pixel[2];
  }
};

Pixels ReadPng(std::span<const std::byte> bytes) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()) == 0) {
    ADD_FAILURE() << image.message;
    return {};
  }
  image.format = PNG_FORMAT_RGB;
  Pixels pixels{.width = image.width, .height = image.height, .rgb = {}};
  pixels.rgb.resize(PNG_IMAGE_SIZE(image));
  if (png_image_finish_read(&image, nullptr, pixels.rgb.data(), 0, nullptr) == 0) {
    ADD_FAILURE() << image.message;
  }
  return pixels;
}

TEST(EncodePng, KeepsRowsAndColours) {
  std::vector<std::uint8_t> shades(256 * 2);
  for (std::size_t i = 0; i < 256; ++i) shades[i] = static_cast<std::uint8_t>(i);
  const Pixels pixels = ReadPng(EncodePng(shades, 256).value());
  ASSERT_EQ(pixels.width, 256U);
  ASSERT_EQ(pixels.height, 2U);
  // matplotlib 3.6's magma at 0, 64, 128, 200 and 255, in 8 bits.
  const std::vector<std::array<int, 4>> expected = {{0, 0, 0, 4},
                                                    {64, 81, 18, 124},
                                                    {128, 183, 55, 121},
                                                    {200, 253, 152, 105},
                                                    {255, 252, 253, 191}};
  for (const auto& [column, red, green, blue] : expected) {
    EXPECT_NEAR(pixels.rgb[3 * column], red, 2) << column;
    EXPECT_NEAR(pixels.rgb[3 * column + 1], green, 2) << column;
    EXPECT_NEAR(pixels.rgb[3 * column + 2], blue, 2) << column;
  }
  // The second row is all dark.
  EXPECT_EQ(pixels.Brightness(1, 255), 4);
}

TEST(EncodePng, RefusesWhatHasNoWholeRows) {
  const std::vector<std::uint8_t> shades(10);
  EXPECT_EQ(EncodePng(shades, 3).error().code, base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(EncodePng(shades, 0).error().code, base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(EncodePng({}, 5).error().code, base::ErrorCode::kInvalidArgument);
}

TEST(MakeSoundExhibit, IsTheFirstSecondsAsBrowsersPlayThem) {
  const auto exhibit = MakeSoundExhibit(test::FromData("a0001.flac"));
  ASSERT_TRUE(exhibit) << exhibit.error().message;
  EXPECT_EQ(exhibit->seconds, 8);
  const auto decoded = audio::Decode(exhibit->wav);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->recording.sample_rate_hz, 4000);
  EXPECT_EQ(decoded->recording.samples.size(), 32000U);
  float peak = 0;
  for (const float sample : decoded->recording.samples) peak = std::max(peak, std::abs(sample));
  EXPECT_NEAR(peak, 0.891, 1e-3);
  // Twelve of them, as base64, leave the page below 4 MiB.
  EXPECT_LT((exhibit->wav.size() + exhibit->png.size()) * 4 / 3 * 12, 3U << 20);
}

TEST(MakeSoundExhibit, AToneIsALineAtItsFrequencyWhileItSounds) {
  // 203 Hz in the second half alone, over a faint noise.
  audio::Recording recording = test::Noise(6, 2000, 0.001, 1);
  const audio::Recording tone = test::Sine(6, 2000, 203.125, 0.5);
  for (std::size_t i = 6000; i < 12000; ++i) recording.samples[i] += tone.samples[i];
  const auto exhibit = MakeSoundExhibit(recording);
  ASSERT_TRUE(exhibit);
  const Pixels pixels = ReadPng(exhibit->png);
  ASSERT_EQ(pixels.height, 103U);  // 0 to 800 Hz in steps of 7.8 Hz
  ASSERT_EQ(pixels.width, 1 + (24000 - 256) / 64U);
  const std::size_t late = pixels.width * 3 / 4;
  const std::size_t early = pixels.width / 4;
  std::size_t brightest = 0;
  for (std::size_t row = 0; row < pixels.height; ++row) {
    if (pixels.Brightness(row, late) > pixels.Brightness(brightest, late)) brightest = row;
  }
  EXPECT_EQ(pixels.height - 1 - brightest, 26U);  // 26 * 7.8125 Hz
  EXPECT_GT(pixels.Brightness(brightest, late), 600);
  EXPECT_LT(pixels.Brightness(brightest, early), 300);
}

TEST(MakeSoundExhibit, AShortRecordingIsShownWhole) {
  const auto exhibit = MakeSoundExhibit(test::Sine(1, 44100, 100, 0.01));
  ASSERT_TRUE(exhibit);
  EXPECT_NEAR(exhibit->seconds, 1, 1e-3);
}

}  // namespace
}  // namespace heartbeat::evaluation
