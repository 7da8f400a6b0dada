#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <climits>
#include <cmath>
#include <functional>
#include <string>

#include "features/log_mel.h"

namespace heartbeat::features {
namespace {

using testing::HasSubstr;

TEST(LogMelConfig, PresetsAreValid) {
  EXPECT_TRUE(LogMelConfig{}.Validate());
  EXPECT_TRUE(LogMelConfig::Original().Validate());
}

struct Bad {
  const char* field;
  std::function<void(LogMelConfig&)> change;
};

TEST(LogMelConfig, NamesTheFieldThatMakesNoSense) {
  const double nan = std::nan("");
  const std::vector<Bad> cases{
      {"sample_rate_hz", [](auto& c) { c.sample_rate_hz = 0; }},
      {"sample_rate_hz", [](auto& c) { c.sample_rate_hz = -4000; }},
      {"sample_rate_hz", [](auto& c) { c.sample_rate_hz = INT_MAX; }},
      {"band_pass_low_hz", [](auto& c) { c.band_pass_low_hz = -1; }},
      {"band_pass_low_hz", [](auto& c) { c.band_pass_low_hz = 1e-3; }},
      {"band_pass_low_hz", [](auto& c) { c.band_pass_low_hz = 2000; }},
      {"band_pass_low_hz", [=](auto& c) { c.band_pass_low_hz = nan; }},
      {"band_pass_high_hz", [](auto& c) { c.band_pass_high_hz = 2000; }},
      {"band_pass_high_hz", [](auto& c) { c.band_pass_high_hz = 20; }},
      {"band_pass_high_hz", [](auto& c) { c.band_pass_high_hz = -900; }},
      {"band_pass_high_hz", [=](auto& c) { c.band_pass_high_hz = nan; }},
      {"band_pass_high_hz", [](auto& c) { c.band_pass_high_hz = INFINITY; }},
      {"fft_samples", [](auto& c) { c.fft_samples = 0; }},
      {"fft_samples", [](auto& c) { c.fft_samples = 1023; }},
      {"fft_samples", [](auto& c) { c.fft_samples = 1 << 20; }},
      {"fft_samples", [](auto& c) { c.fft_samples = INT_MIN; }},
      {"window_samples", [](auto& c) { c.window_samples = 1; }},
      {"window_samples", [](auto& c) { c.window_samples = -256; }},
      {"window_samples", [](auto& c) { c.window_samples = 1025; }},
      {"hop_samples", [](auto& c) { c.hop_samples = 0; }},
      {"hop_samples", [](auto& c) { c.hop_samples = -64; }},
      {"hop_samples", [](auto& c) { c.hop_samples = 1025; }},
      {"mel_bands", [](auto& c) { c.mel_bands = 0; }},
      {"mel_bands", [](auto& c) { c.mel_bands = INT_MAX; }},
      {"min_hz", [](auto& c) { c.min_hz = -1; }},
      {"min_hz", [](auto& c) { c.min_hz = 2000; }},
      {"min_hz", [=](auto& c) { c.min_hz = nan; }},
      {"max_hz", [](auto& c) { c.max_hz = 2001; }},
      {"max_hz", [](auto& c) { c.max_hz = 20; }},
      {"max_hz", [=](auto& c) { c.max_hz = nan; }},
      {"top_db", [](auto& c) { c.top_db = -1; }},
      {"top_db", [](auto& c) { c.top_db = INFINITY; }},
      {"min_power", [](auto& c) { c.min_power = 0; }},
      {"min_power", [](auto& c) { c.min_power = 2; }},
      {"min_power", [](auto& c) { c.min_power = 1e-300; }},
      {"min_power", [=](auto& c) { c.min_power = nan; }},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    LogMelConfig config;
    cases[i].change(config);
    const auto valid = config.Validate();
    ASSERT_FALSE(valid) << "case " << i << ", " << cases[i].field;
    EXPECT_EQ(valid.error().code, base::ErrorCode::kInvalidArgument);
    EXPECT_TRUE(valid.error().message.starts_with(std::string(cases[i].field) + " is "))
        << valid.error().message;
    EXPECT_FALSE(LogMel::Create(config));
  }
}

TEST(LogMelConfig, MessagesSayWhatIsAllowed) {
  LogMelConfig config;
  config.max_hz = 2500.5;
  EXPECT_EQ(
      config.Validate().error().message,
      "max_hz is 2500.5; it must be above min_hz, 20, and at most half the sample rate, 2000.");
}

TEST(LogMelConfig, RefusesAnEmptyBand) {
  LogMelConfig config;
  config.fft_samples = 256;  // 15.6 Hz a bin, bands 6 Hz apart
  const auto valid = config.Validate();
  ASSERT_FALSE(valid);
  EXPECT_EQ(valid.error().code, base::ErrorCode::kInvalidArgument);
  EXPECT_THAT(valid.error().message, HasSubstr("would be empty"));
  config.mel_bands = 16;
  EXPECT_TRUE(config.Validate());
}

TEST(LogMelConfig, RefusesTablesThatWouldTakeTooMuchMemory) {
  LogMelConfig config;
  config.fft_samples = 65'536;
  config.window_samples = 65'536;
  const auto valid = config.Validate();
  ASSERT_FALSE(valid);
  EXPECT_THAT(valid.error().message, HasSubstr("32 MiB"));
}

TEST(LogMelConfig, CountsFramesAsLibrosaDoes) {
  LogMelConfig config;
  EXPECT_EQ(config.FrameCount(0), 1);
  EXPECT_EQ(config.FrameCount(63), 1);
  EXPECT_EQ(config.FrameCount(64), 2);
  EXPECT_EQ(config.FrameCount(20'000), 313);
  EXPECT_EQ(LogMelConfig::Original().FrameCount(20'000), 79);
  config.hop_samples = 1;
  EXPECT_EQ(config.FrameCount(SIZE_MAX - 1), INT_MAX);
}

TEST(OriginalFirstSeconds, CutsAndPads) {
  audio::Recording recording{std::vector<float>(2000 * 6, 0.25F), 2000};
  auto first = OriginalFirstSeconds(recording);
  EXPECT_EQ(first.sample_rate_hz, 2000);
  EXPECT_EQ(first.samples, std::vector<float>(10'000, 0.25F));
  recording.samples.resize(3);
  first = OriginalFirstSeconds(recording);
  ASSERT_EQ(first.samples.size(), 10'000U);
  EXPECT_EQ(first.samples[2], 0.25F);
  EXPECT_EQ(first.samples[3], 0);
}

}  // namespace
}  // namespace heartbeat::features
