#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "audio/decode.h"
#include "audio/test_sound.h"

namespace heartbeat::audio {
namespace {

using base::ErrorCode;
using std::string_literals::operator""s;
using test::Chunk;
using test::MakeWav;
using test::Raw;
using test::WavFields;
using testing::HasSubstr;

constexpr double kStep16 = 1.0 / 32768;

const std::vector<float>& TwoSeconds() {
  static const std::vector<float> kSine = test::Sine(2.0, 2000);
  return kSine;
}

std::string Data() { return test::Pcm(TwoSeconds(), 16); }

ErrorCode CodeOf(const base::Result<DecodedRecording>& decoded) {
  EXPECT_FALSE(decoded.has_value());
  return decoded ? ErrorCode::kInternal : decoded.error().code;
}

void ExpectTwoSeconds(const base::Result<DecodedRecording>& decoded, bool truncated = false) {
  ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
  EXPECT_EQ(decoded->recording.samples.size(), TwoSeconds().size());
  EXPECT_LE(test::MaxDifference(decoded->recording.samples, TwoSeconds()), kStep16);
  EXPECT_EQ(decoded->source.truncated, truncated);
}

TEST(Wav, FindsItsDataBehindOtherChunks) {
  const std::string list = Chunk("LIST", "INFOISFT" + Raw(5) + "odd!\0\0"s);
  ExpectTwoSeconds(Decode(MakeWav({.before_format = list + Chunk("JUNK", std::string(29, '\0')),
                                   .before_data = Chunk("fact", Raw(4000)) + list,
                                   .after_data = list},
                                  Data())));
}

TEST(Wav, FindsItsDataBehindAnOddChunkWithoutPadding) {
  ExpectTwoSeconds(Decode(MakeWav({.before_data = "note" + Raw(5) + "heart"}, Data())));
}

TEST(Wav, TakesTheSizesThatStreamsCarry) {
  for (const std::uint32_t data_bytes : {0U, 0xFFFFFFFFU}) {
    for (const std::uint32_t riff_bytes : {0U, 36U, 0xFFFFFFFFU}) {
      SCOPED_TRACE(testing::Message() << data_bytes << ' ' << riff_bytes);
      ExpectTwoSeconds(
          Decode(MakeWav({.riff_bytes = riff_bytes, .data_bytes = data_bytes}, Data())));
    }
  }
}

TEST(Wav, DoesNotTakeChunksBehindEmptyDataForSound) {
  const auto wav = MakeWav({.after_data = Chunk("LIST", std::string(8000, 'x'))}, "");
  EXPECT_EQ(CodeOf(Decode(wav)), ErrorCode::kEmptyRecording);
}

TEST(Wav, CallsAnyOtherSizeBeyondTheFileTruncated) {
  for (const std::uint32_t data_bytes : {8002U, 1U << 20, 0x7FFFF000U, 0xFFFFFFFEU}) {
    SCOPED_TRACE(data_bytes);
    ExpectTwoSeconds(Decode(MakeWav({.data_bytes = data_bytes}, Data())), true);
  }
}

TEST(Wav, KeepsOnlyItsDataWhenTheFileIsLonger) {
  const auto decoded = Decode(MakeWav({.data_bytes = 6000}, Data()));
  ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
  EXPECT_EQ(decoded->recording.samples.size(), 3000U);
  EXPECT_FALSE(decoded->source.truncated);
}

TEST(Wav, IgnoresAnOddByteAtTheEnd) { ExpectTwoSeconds(Decode(MakeWav({}, Data() + "x"))); }

// RF64: 32-bit sizes are 0xFFFFFFFF, those of the ds64 chunk count.
TEST(Wav, Reads64BitSizes) {
  const auto rf64 = [](std::string_view riff, std::uint64_t data_bytes) {
    const std::string ds64 =
        Raw(std::uint64_t{0}) + Raw(data_bytes) + Raw(std::uint64_t{0}) + Raw(std::uint32_t{0});
    return MakeWav({.riff = riff,
                    .riff_bytes = 0xFFFFFFFF,
                    .before_format = Chunk("ds64", ds64),
                    .data_bytes = 0xFFFFFFFF,
                    .after_data = Chunk("LIST", std::string(500, 'x'))},
                   Data());
  };
  ExpectTwoSeconds(Decode(rf64("RF64", 8000)));
  ExpectTwoSeconds(Decode(rf64("BW64", 8000)));
  const auto cut = Decode(rf64("RF64", std::uint64_t{1} << 40U));
  ASSERT_TRUE(cut.has_value());
  EXPECT_TRUE(cut->source.truncated);
  const auto streamed = Decode(rf64("RF64", UINT64_MAX));
  ASSERT_TRUE(streamed.has_value());
  EXPECT_FALSE(streamed->source.truncated);
}

TEST(Wav, ReadsTwentyBitsInContainersOfTwentyFourAndThirtyTwo) {
  // Left-justified, so that the samples are those of the container.
  ExpectTwoSeconds(Decode(MakeWav({.bits = 20, .frame_bytes = 3}, test::Pcm(TwoSeconds(), 24))));
  ExpectTwoSeconds(Decode(MakeWav({.bits = 24, .frame_bytes = 4}, test::Pcm(TwoSeconds(), 32))));
}

TEST(Wav, DoesNotNeedARightFrameSize) {
  for (const int frame_bytes : {0, 1, 7, 65535}) {
    ExpectTwoSeconds(
        Decode(MakeWav({.frame_bytes = static_cast<std::uint16_t>(frame_bytes)}, Data())));
  }
}

TEST(Wav, NamesTheCodingsThatItDoesNotRead) {
  for (const auto& [tag, name] : {std::pair{0x0002, "Microsoft ADPCM"},
                                  {0x0011, "IMA ADPCM"},
                                  {0x0031, "GSM"},
                                  {0x0055, "MPEG"},
                                  {0x00FF, "AAC"},
                                  {0x0161, "Windows Media"},
                                  {0x1234, "4660"}}) {
    const auto decoded = Decode(MakeWav({.tag = static_cast<std::uint16_t>(tag)}, Data()));
    EXPECT_EQ(CodeOf(decoded), ErrorCode::kUnsupportedFormat);
    EXPECT_THAT(decoded.error().message, HasSubstr(name));
  }
}

TEST(Wav, RefusesExtensibleFormatsOfOthers) {
  // Ambisonics: the same tag, another family of GUIDs.
  const std::string guid = "\x01\0\0\0\x21\x07\xD3\x11\x86\x44\xC8\xC1\xCA\0\0\0"s;
  const std::string format =
      Raw(std::uint16_t{0xFFFE}) + Raw(std::uint16_t{4}) + Raw(std::uint32_t{2000}) +
      Raw(std::uint32_t{16000}) + Raw(std::uint16_t{8}) + Raw(std::uint16_t{16}) +
      Raw(std::uint16_t{22}) + Raw(std::uint16_t{16}) + Raw(std::uint32_t{0}) + guid;
  const auto wav =
      test::ToBytes("RIFF" + Raw(9000) + "WAVE" + Chunk("fmt ", format) + Chunk("data", Data()));
  EXPECT_EQ(CodeOf(Decode(wav)), ErrorCode::kUnsupportedFormat);
}

TEST(Wav, RefusesFormatsThatMakeNoSense) {
  const std::vector<WavFields> wrong{
      {.channels = 0},        {.bits = 0},           {.bits = 33},
      {.tag = 3, .bits = 16}, {.tag = 3, .bits = 0}, {.tag = 6, .bits = 16},
      {.tag = 7, .bits = 7},
  };
  for (const WavFields& fields : wrong) {
    EXPECT_EQ(CodeOf(Decode(MakeWav(fields, Data()))), ErrorCode::kCorruptRecording)
        << fields.tag << ' ' << fields.bits;
  }
  EXPECT_EQ(CodeOf(Decode(test::ToBytes("RIFF" + Raw(9000) + "WAVE" + Chunk("fmt ", "short") +
                                        Chunk("data", Data())))),
            ErrorCode::kCorruptRecording);
  EXPECT_EQ(CodeOf(Decode(test::ToBytes("RIFF" + Raw(9000) + "WAVE" + Chunk("data", Data())))),
            ErrorCode::kCorruptRecording);
}

TEST(Wav, CallsAFileWithoutDataTruncated) {
  EXPECT_EQ(CodeOf(Decode(test::ToBytes("RIFF"))), ErrorCode::kTruncatedRecording);
  EXPECT_EQ(CodeOf(Decode(test::ToBytes("RIFF\0\0\0\0WAVE"s))), ErrorCode::kTruncatedRecording);
  const auto wav = MakeWav({.before_format = "JUNK" + Raw(0xFFFFFFF0U)}, Data());
  EXPECT_EQ(CodeOf(Decode(wav)), ErrorCode::kTruncatedRecording);
}

}  // namespace
}  // namespace heartbeat::audio
