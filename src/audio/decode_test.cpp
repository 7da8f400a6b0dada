#include "audio/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sndfile.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "audio/resample.h"
#include "audio/test_sound.h"

namespace heartbeat::audio {
namespace {

using base::ErrorCode;
using test::Encode;
using test::MakeWav;
using test::Sine;
using testing::HasSubstr;

constexpr int kRateHz = 2000;
constexpr int kWav16 = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
constexpr int kWavFloat = SF_FORMAT_WAV | SF_FORMAT_FLOAT;

ErrorCode CodeOf(const base::Result<DecodedRecording>& decoded) {
  EXPECT_FALSE(decoded.has_value());
  return decoded ? ErrorCode::kInternal : decoded.error().code;
}

struct Coding {
  std::string name;
  int format;
  // Half a step of the coding; for the logarithmic ones half of the widest step that the sine's
  // amplitude of 0.5 meets; for the lossy ones what a clean sine stays far below.
  double tolerance;
  std::string reported;
};

class EveryCoding : public testing::TestWithParam<Coding> {};

TEST_P(EveryCoding, GivesBackTheSound) {
  const auto& [name, format, tolerance, reported] = GetParam();
  const std::vector<float> sine = Sine(2.0, 8000);
  const auto decoded = Decode(Encode(sine, 8000, 1, format));
  ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
  EXPECT_EQ(decoded->source.format, reported);
  EXPECT_EQ(decoded->source.sample_rate_hz, 8000);
  EXPECT_EQ(decoded->source.channels, 1);
  EXPECT_FALSE(decoded->source.truncated);
  EXPECT_EQ(decoded->recording.sample_rate_hz, 8000);
  EXPECT_EQ(decoded->recording.samples.size(), sine.size());
  EXPECT_LE(test::MaxDifference(decoded->recording.samples, sine), tolerance);
}

INSTANTIATE_TEST_SUITE_P(
    Audio, EveryCoding,
    testing::Values(Coding{"Wav8", SF_FORMAT_WAV | SF_FORMAT_PCM_U8, 1.0 / 128, "WAV"},
                    Coding{"Wav16", kWav16, 1.0 / 32768, "WAV"},
                    Coding{"Wav24", SF_FORMAT_WAV | SF_FORMAT_PCM_24, 2.0 / 8388608, "WAV"},
                    Coding{"Wav32", SF_FORMAT_WAV | SF_FORMAT_PCM_32, 1e-7, "WAV"},
                    Coding{"WavFloat", kWavFloat, 0, "WAV"},
                    Coding{"WavDouble", SF_FORMAT_WAV | SF_FORMAT_DOUBLE, 0, "WAV"},
                    Coding{"WavALaw", SF_FORMAT_WAV | SF_FORMAT_ALAW, 1.0 / 64, "WAV"},
                    Coding{"WavMuLaw", SF_FORMAT_WAV | SF_FORMAT_ULAW, 1.0 / 64, "WAV"},
                    Coding{"Wavex16", SF_FORMAT_WAVEX | SF_FORMAT_PCM_16, 1.0 / 32768, "WAV"},
                    Coding{"Wavex24", SF_FORMAT_WAVEX | SF_FORMAT_PCM_24, 2.0 / 8388608, "WAV"},
                    Coding{"WavexFloat", SF_FORMAT_WAVEX | SF_FORMAT_FLOAT, 0, "WAV"},
                    Coding{"WavexMuLaw", SF_FORMAT_WAVEX | SF_FORMAT_ULAW, 1.0 / 64, "WAV"},
                    Coding{"Rifx16", kWav16 | SF_ENDIAN_BIG, 1.0 / 32768, "WAV"},
                    Coding{"RifxFloat", kWavFloat | SF_ENDIAN_BIG, 0, "WAV"},
                    Coding{"Rf64", SF_FORMAT_RF64 | SF_FORMAT_PCM_16, 1.0 / 32768, "WAV"},
                    Coding{"Flac8", SF_FORMAT_FLAC | SF_FORMAT_PCM_S8, 1.0 / 128, "FLAC"},
                    Coding{"Flac16", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 1.0 / 32768, "FLAC"},
                    Coding{"Flac24", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 2.0 / 8388608, "FLAC"},
                    Coding{"Vorbis", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 0.05, "OGG"},
                    Coding{"Opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, 0.1, "OGG"}),
    [](const auto& info) { return info.param.name; });

TEST(Decode, MixesChannelsToTheirMean) {
  const std::vector<float> left = Sine(1.5, kRateHz, 50);
  const std::vector<float> right = Sine(1.5, kRateHz, 120);
  for (const int channels : {2, 3, 8, 64}) {
    std::vector<float> interleaved;
    std::vector<float> mean;
    for (std::size_t i = 0; i < left.size(); ++i) {
      for (int channel = 0; channel < channels; ++channel) {
        interleaved.push_back(channel == 0 ? left[i] : right[i]);
      }
      mean.push_back((left[i] + static_cast<float>(channels - 1) * right[i]) /
                     static_cast<float>(channels));
    }
    const auto decoded = Decode(Encode(interleaved, kRateHz, channels, kWavFloat));
    ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
    EXPECT_EQ(decoded->source.channels, channels);
    EXPECT_EQ(decoded->recording.samples.size(), mean.size());
    // Both sides round to float: a few units in the last place of values under 1.
    EXPECT_LE(test::MaxDifference(decoded->recording.samples, mean), 1e-6);
  }
}

TEST(Decode, RefusesMoreChannelsThanAnyRecorderHas) {
  const std::vector<float> samples(65 * kRateHz * 2, 0.1F);
  EXPECT_EQ(CodeOf(Decode(Encode(samples, kRateHz, 65, kWavFloat))), ErrorCode::kCorruptRecording);
}

TEST(Decode, TakesEverySampleRateOfTheContract) {
  for (const int rate_hz : {500, 4000, 11025, 44100, 192'000}) {
    const auto decoded = Decode(Encode(Sine(1.0, rate_hz), rate_hz, 1, kWav16));
    ASSERT_TRUE(decoded.has_value()) << rate_hz << ": " << decoded.error().message;
    EXPECT_EQ(decoded->recording.sample_rate_hz, rate_hz);
  }
}

TEST(Decode, RefusesSampleRatesOutOfRange) {
  for (const std::uint32_t rate_hz : {0U, 1U, 499U, 192'001U, 0x7FFFFFFFU, 0x80000000U}) {
    const auto wav = MakeWav({.sample_rate_hz = rate_hz}, test::Pcm(Sine(2.0, kRateHz), 16));
    EXPECT_EQ(CodeOf(Decode(wav)), ErrorCode::kCorruptRecording) << rate_hz;
  }
}

TEST(Decode, NamesAnEmptyFileAndAnEmptyRecording) {
  EXPECT_EQ(CodeOf(Decode({})), ErrorCode::kEmptyRecording);
  EXPECT_EQ(CodeOf(Decode(Encode({}, kRateHz, 1, kWav16))), ErrorCode::kEmptyRecording);
  EXPECT_EQ(CodeOf(Decode(Encode({}, kRateHz, 1, SF_FORMAT_FLAC | SF_FORMAT_PCM_16))),
            ErrorCode::kEmptyRecording);
}

TEST(Decode, RefusesUnderOneSecond) {
  std::vector<float> samples = Sine(1.0, kRateHz);
  EXPECT_TRUE(Decode(Encode(samples, kRateHz, 1, kWav16)).has_value());
  samples.pop_back();
  const auto decoded = Decode(Encode(samples, kRateHz, 1, kWav16));
  EXPECT_EQ(CodeOf(decoded), ErrorCode::kRecordingTooShort);
  // Never "lasts 1.0 s, and 1.0 s are needed".
  EXPECT_THAT(decoded.error().message, HasSubstr("0.9 s"));
}

TEST(Decode, RefusesOverTheMaximum) {
  const DecodeLimits limits{.max_duration_s = 3};
  EXPECT_TRUE(Decode(Encode(Sine(3.0, kRateHz), kRateHz, 1, kWav16), limits).has_value());
  EXPECT_EQ(CodeOf(Decode(Encode(Sine(3.01, kRateHz), kRateHz, 1, kWav16), limits)),
            ErrorCode::kRecordingTooLong);
}

TEST(Decode, RefusesFilesOverTheMaximumBytes) {
  const auto wav = Encode(Sine(1.0, kRateHz), kRateHz, 1, kWav16);
  EXPECT_TRUE(Decode(wav, {.max_file_bytes = wav.size()}).has_value());
  EXPECT_EQ(CodeOf(Decode(wav, {.max_file_bytes = wav.size() - 1})), ErrorCode::kBodyTooLarge);
}

// Ends the program where it cannot be done.
void LimitMemory(rlim_t more_bytes) {
  std::ifstream statm("/proc/self/statm");
  rlim_t pages = 0;
  statm >> pages;
  const rlim_t limit = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + more_bytes;
  const rlimit memory{.rlim_cur = limit, .rlim_max = limit};
  if (setrlimit(RLIMIT_AS, &memory) != 0) {
    std::_Exit(2);
  }
}

// Exits with 0 if `flac` is refused as too long with at most 32 MiB more than is in use now.
[[noreturn]] void DecodeInLittleMemory(std::span<const std::byte> flac) {
  LimitMemory(32U << 20);
  const auto decoded = Decode(flac);
  std::_Exit(!decoded && decoded.error().code == ErrorCode::kRecordingTooLong ? 0 : 1);
}

TEST(DecodeDeathTest, StopsAtTheLimitWithoutTheMemoryOfTheRest) {
  std::vector<float> ten_hours(10 * 3600 * 500);  // at 500 Hz: 72 MB
  ten_hours[0] = 0.5F;
  const auto flac = Encode(ten_hours, 500, 1, SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
  ASSERT_LT(flac.size(), 1U << 20);
  EXPECT_EXIT(DecodeInLittleMemory(flac), testing::ExitedWithCode(0), "");
}

// Exits with 0 if `flac` is heard at 4000 Hz with at most 32 MiB more than is in use now.
[[noreturn]] void HearInLittleMemory(std::span<const std::byte> flac) {
  LimitMemory(32U << 20);
  const auto decoded = Decode(flac, {}, 4000);
  std::_Exit(decoded && decoded->recording.samples.size() == 240U * 4000 ? 0 : 1);
}

TEST(DecodeDeathTest, NeedsNoMemoryForASampleRateThatNobodyAskedFor) {
  std::vector<float> four_minutes(240 * 192'000);  // 184 MB
  for (std::size_t i = 0; i < four_minutes.size(); i += 4096) four_minutes[i] = 0.5F;
  const auto flac = Encode(four_minutes, 192'000, 1, SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
  four_minutes = {};
  ASSERT_LT(flac.size(), 8U << 20);
  EXPECT_EXIT(HearInLittleMemory(flac), testing::ExitedWithCode(0), "");
}

TEST(Decode, ResamplesAsItGoes) {
  for (const int rate_hz : {500, 2000, 4000, 11025, 44100}) {
    const auto wav = Encode(Sine(2.3, rate_hz, 90), rate_hz, 1, kWav16);
    const auto decoded = Decode(wav);
    const auto heard = Decode(wav, {}, 4000);
    ASSERT_TRUE(decoded && heard);
    EXPECT_EQ(heard->recording.sample_rate_hz, 4000);
    EXPECT_EQ(heard->recording.samples, Resample(decoded->recording, 4000)->samples);
    EXPECT_EQ(heard->source.sample_rate_hz, rate_hz);
    EXPECT_EQ(heard->source.duration_s, decoded->recording.DurationSeconds());
  }
  EXPECT_EQ(CodeOf(Decode(Encode(Sine(2.3, 2000, 90), 2000, 1, kWav16), {}, -1)),
            ErrorCode::kInvalidArgument);
}

TEST(Decode, CallsConstantSamplesSilence) {
  for (const float level : {0.0F, 0.25F, -1.0F}) {
    const std::vector<float> samples(2 * kRateHz, level);
    EXPECT_EQ(CodeOf(Decode(Encode(samples, kRateHz, 1, kWav16))), ErrorCode::kSilentRecording);
    EXPECT_EQ(CodeOf(Decode(Encode(samples, kRateHz, 1, kWavFloat))), ErrorCode::kSilentRecording);
  }
}

TEST(Decode, HearsTheQuietestSixteenBitRecording) {
  // One step up and down on a large constant offset: all that a 16-bit converter can show.
  std::vector<float> samples(2 * kRateHz, 0.25F);
  for (std::size_t i = 0; i < samples.size(); i += 100) {
    samples[i] += 1.0F / 32768;
  }
  EXPECT_TRUE(Decode(Encode(samples, kRateHz, 1, kWav16)).has_value());
}

TEST(Decode, RefusesChannelsThatCancelEachOther) {
  std::vector<float> interleaved;
  for (const float sample : Sine(2.0, kRateHz)) {
    interleaved.insert(interleaved.end(), {sample, -sample});
  }
  EXPECT_EQ(CodeOf(Decode(Encode(interleaved, kRateHz, 2, kWavFloat))),
            ErrorCode::kSilentRecording);
}

TEST(Decode, RefusesNonFiniteSamples) {
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
        -std::numeric_limits<float>::infinity()}) {
    for (const std::size_t at : {0, 1234, 3999}) {
      std::vector<float> samples = Sine(2.0, kRateHz);
      samples[at] = value;
      EXPECT_EQ(CodeOf(Decode(Encode(samples, kRateHz, 1, kWavFloat))),
                ErrorCode::kNonFiniteSamples);
    }
  }
}

TEST(Decode, KeepsFloatsBeyondFullScale) {
  const std::vector<float> samples = Sine(2.0, kRateHz, 50, 30'000);
  const auto decoded = Decode(Encode(samples, kRateHz, 1, kWavFloat));
  ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
  EXPECT_EQ(decoded->recording.samples, samples);
}

TEST(Decode, RefusesMagnitudesThatWouldOverflowLater) {
  for (const double peak : {1e11, 1e300}) {
    std::vector<double> samples(2 * kRateHz);
    samples[77] = peak;
    const auto wav = MakeWav({.tag = 3, .bits = 64}, test::RawRow(samples));
    EXPECT_EQ(CodeOf(Decode(wav)), ErrorCode::kCorruptRecording) << peak;
  }
}

struct Foreign {
  std::string start;
  std::string named;
};

TEST(Decode, NamesFormatsThatItDoesNotRead) {
  using std::string_literals::operator""s;
  const std::vector<Foreign> foreign{
      {"\0\0\0\x20"s + "ftypM4A ", "M4A/AAC"},
      {"\xFF\xF1\x50\x80\x02\x1F\xFC", "AAC"},
      {"\x1A\x45\xDF\xA3\x9F\x42\x86\x81\x01", "WebM"},
      {"FORM\0\0\0\x2E"s + "AIFFCOMM", "AIFF"},
      {"\xFF\xD8\xFF\xE0\0\x10JFIF"s, "JPEG"},
      {"PK\x03\x04\x14\0"s, "ZIP"},
      {"RIFF\x24\0\0\0AVI LIST"s, "AVI"},
      {"record,label\na0001,normal\n", "WAV, FLAC, OGG and MP3"},
      {"\xFF\xFEt\0e\0x\0t\0"s, "WAV, FLAC, OGG and MP3"},
      {std::string(4000, '\0'), "WAV, FLAC, OGG and MP3"},
      {"\x7F"s + "ELF", "WAV, FLAC, OGG and MP3"},
  };
  for (const Foreign& file : foreign) {
    // Padded, so that no file is refused for being short.
    const auto decoded = Decode(test::ToBytes(file.start + std::string(2000, 'x')));
    EXPECT_EQ(CodeOf(decoded), ErrorCode::kUnsupportedFormat) << file.named;
    EXPECT_THAT(decoded.error().message, HasSubstr(file.named));
    EXPECT_THAT(decoded.error().message, HasSubstr("WAV"));
  }
}

// The same eight seconds in each format, as ffmpeg wrote them (tests/data/make_formats.sh).
class EveryFile : public testing::TestWithParam<const char*> {};

TEST_P(EveryFile, SoundsLikeTheOriginal) {
  const auto original = DecodeFile(test::DataPath("a0001.flac"));
  ASSERT_TRUE(original.has_value()) << original.error().message;
  const auto decoded = DecodeFile(test::DataPath(GetParam()));
  ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
  EXPECT_FALSE(decoded->source.truncated);
  EXPECT_NEAR(decoded->recording.DurationSeconds(), 8.0, 1e-9);
  const auto resampled = Resample(decoded->recording, 2000);
  ASSERT_TRUE(resampled.has_value());
  double product = 0;
  double energy = 0;
  double original_energy = 0;
  for (std::size_t i = 0; i < resampled->samples.size(); ++i) {
    const double a = resampled->samples[i];
    const double b = original->recording.samples[i];
    product += a * b;
    energy += a * a;
    original_energy += b * b;
  }
  // Correlation without any shift: the codecs' delays must have been taken off. The lossy ones
  // measured 0.98 to 0.999.
  EXPECT_GT(product / std::sqrt(energy * original_energy), 0.97);
}

INSTANTIATE_TEST_SUITE_P(Audio, EveryFile,
                         testing::Values("formats/a0001.wav", "formats/a0001_vorbis.ogg",
                                         "formats/a0001_opus.ogg", "formats/a0001.mp3"));

TEST(Decode, IgnoresTheNameOfAFile) {
  const auto path = std::filesystem::path(testing::TempDir()) / "decode_test_really_mp3.wav";
  std::filesystem::copy_file(test::DataPath("formats/a0001.mp3"), path,
                             std::filesystem::copy_options::overwrite_existing);
  const auto decoded = DecodeFile(path);
  std::filesystem::remove(path);
  ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
  EXPECT_EQ(decoded->source.format, "MP3");
}

TEST(DecodeFile, HandsOnTheErrorsOfReading) {
  EXPECT_EQ(CodeOf(DecodeFile(test::DataPath("no_such.wav"))), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(DecodeFile(test::DataPath("a0001.flac"), {.max_file_bytes = 1000})),
            ErrorCode::kBodyTooLarge);
}

}  // namespace
}  // namespace heartbeat::audio
