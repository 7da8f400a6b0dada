#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "audio/container.h"
#include "audio/decode.h"
#include "audio/test_sound.h"

// What holds for every format when a file is cut off, damaged, or carries what does not belong to
// it.
namespace heartbeat::audio {
namespace {

using base::ErrorCode;

struct File {
  std::string label;
  std::string path;  // below tests/data
  // How far what is heard before a cut may lie from the same part of the whole file: nothing where
  // each sample stands alone; where frames overlap, the last one fades out for lack of the next.
  double tolerance;
};

class EveryFormat : public testing::TestWithParam<File> {
 protected:
  EveryFormat() : bytes_(test::ReadData(GetParam().path)), whole_(Decode(bytes_)) {}

  [[nodiscard]] std::span<const std::byte> First(std::size_t count) const {
    return std::span(bytes_).first(count);
  }

  // Heard, flagged, and the same sound as the beginning of the whole file.
  void ExpectBeginning(const DecodedRecording& part) const {
    EXPECT_TRUE(part.source.truncated);
    const auto& samples = part.recording.samples;
    ASSERT_LE(samples.size(), whole_->recording.samples.size());
    EXPECT_LE(test::MaxDifference(samples, whole_->recording.samples), GetParam().tolerance);
    EXPECT_GE(part.recording.DurationSeconds(), 1.0);
  }

  std::vector<std::byte> bytes_;
  base::Result<DecodedRecording> whole_;
};

TEST_P(EveryFormat, IsWholeAsItStands) {
  ASSERT_TRUE(whole_.has_value()) << whole_.error().message;
  EXPECT_FALSE(whole_->source.truncated);
}

TEST_P(EveryFormat, IsHeardUpToWhereItIsCutOff) {
  ASSERT_TRUE(whole_.has_value());
  const double bytes_per_s =
      static_cast<double>(bytes_.size()) / whole_->recording.DurationSeconds();
  int heard = 0;
  int refused = 0;
  for (std::size_t size = 12; size < bytes_.size(); size += 1 + bytes_.size() / 61) {
    SCOPED_TRACE(testing::Message() << size << " of " << bytes_.size() << " bytes");
    const auto part = Decode(First(size));
    if (!part) {
      EXPECT_EQ(part.error().code, ErrorCode::kTruncatedRecording) << part.error().message;
      ++refused;
      // Headers, and a page of OGG or a frame of FLAC (2 s) that is not complete.
      EXPECT_LT(static_cast<double>(size), 5000 + 4.5 * bytes_per_s);
      continue;
    }
    ++heard;
    ExpectBeginning(*part);
  }
  EXPECT_GT(heard, 25);
  EXPECT_GT(refused, 0);
}

TEST_P(EveryFormat, NoticesThatItsLastBytesAreMissing) {
  for (const std::size_t missing : {1U, 2U, 3U, 4U, 5U, 50U}) {
    SCOPED_TRACE(missing);
    const auto part = Decode(First(bytes_.size() - missing));
    ASSERT_TRUE(part.has_value()) << part.error().message;
    ExpectBeginning(*part);
  }
}

TEST_P(EveryFormat, NoticesWhenAPieceIsMissingInTheMiddle) {
  if (GetParam().label == "Wav") {
    // A WAV has nothing by which to tell; but then its data are shorter than it says.
    bytes_.erase(bytes_.begin() + 10'000, bytes_.begin() + 10'100);
    const auto part = Decode(bytes_);
    ASSERT_TRUE(part.has_value());
    EXPECT_TRUE(part->source.truncated);
    return;
  }
  const auto middle = bytes_.begin() + static_cast<std::ptrdiff_t>(bytes_.size() / 2);
  bytes_.erase(middle, middle + 333);
  const auto part = Decode(bytes_);
  ASSERT_TRUE(part.has_value()) << part.error().message;
  ExpectBeginning(*part);
}

TEST_P(EveryFormat, IsTheSameWithATagAtItsEnd) {
  const auto tag = test::ToBytes("TAG" + std::string(125, ' '));
  bytes_.insert(bytes_.end(), tag.begin(), tag.end());
  const auto tagged = Decode(bytes_);
  ASSERT_TRUE(tagged.has_value()) << tagged.error().message;
  EXPECT_FALSE(tagged->source.truncated);
  EXPECT_EQ(tagged->recording.samples, whole_->recording.samples);
}

TEST_P(EveryFormat, IsTheSameBehindAnId3v2Tag) {
  using std::string_literals::operator""s;
  auto bytes = test::ToBytes("ID3\x04\0\0\0\0\x02\x2C"s + std::string(300, 'x'));
  bytes.insert(bytes.end(), bytes_.begin(), bytes_.end());
  const auto tagged = Decode(bytes);
  ASSERT_TRUE(tagged.has_value()) << tagged.error().message;
  EXPECT_FALSE(tagged->source.truncated);
  EXPECT_EQ(tagged->recording.samples, whole_->recording.samples);
}

TEST_P(EveryFormat, NeverBreaksItsPromisesWhateverIsDamaged) {
  std::mt19937 random(20160101);  // any fixed seed: a failure must come again
  const DecodeLimits limits{.max_duration_s = 60};
  int heard = 0;
  for (int round = 0; round < 150; ++round) {
    std::vector<std::byte> damaged = bytes_;
    // Half of the damage goes where the headers are.
    const std::size_t range =
        round % 2 == 0 ? std::min<std::size_t>(200, damaged.size()) : damaged.size();
    for (int i = 0; i < 1 + round % 8; ++i) {
      damaged[random() % range] = static_cast<std::byte>(random());
    }
    const auto decoded = Decode(damaged, limits);
    if (!decoded) {
      EXPECT_FALSE(decoded.error().message.empty());
      EXPECT_NE(decoded.error().code, ErrorCode::kInternal);
      continue;
    }
    ++heard;
    EXPECT_GE(decoded->recording.DurationSeconds(), 1.0);
    EXPECT_LE(decoded->recording.DurationSeconds(), 60.0);
    EXPECT_TRUE(std::ranges::all_of(decoded->recording.samples,
                                    [](float sample) { return std::isfinite(sample); }));
  }
  EXPECT_GT(heard, 0);
}

INSTANTIATE_TEST_SUITE_P(Audio, EveryFormat,
                         testing::Values(File{"Wav", "formats/a0001.wav", 0},
                                         File{"Flac", "a0001.flac", 0},
                                         File{"Vorbis", "formats/a0001_vorbis.ogg", 0.1},
                                         File{"Opus", "formats/a0001_opus.ogg", 1e-6},
                                         File{"Mp3", "formats/a0001.mp3", 1e-6}),
                         [](const auto& info) { return info.param.label; });

// A chain of two OGG files is one recording.
TEST(Ogg, PlaysAChain) {
  const std::vector<std::byte> one = test::ReadData("formats/a0001_vorbis.ogg");
  std::vector<std::byte> two = one;
  two.insert(two.end(), one.begin(), one.end());
  const auto single = Decode(one);
  const auto chain = Decode(two);
  ASSERT_TRUE(single.has_value() && chain.has_value());
  EXPECT_FALSE(chain->source.truncated);
  EXPECT_EQ(chain->recording.samples.size(), 2 * single->recording.samples.size());
  EXPECT_TRUE(std::ranges::equal(
      single->recording.samples,
      std::span(chain->recording.samples).last(single->recording.samples.size())));
}

TEST(Ogg, RefusesAChainOfDifferentSampleRates) {
  std::vector<std::byte> chain = test::ReadData("formats/a0001_vorbis.ogg");
  const std::vector<std::byte> opus = test::ReadData("formats/a0001_opus.ogg");
  chain.insert(chain.end(), opus.begin(), opus.end());
  const auto decoded = Decode(chain);
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().code, ErrorCode::kCorruptRecording);
  EXPECT_THAT(decoded.error().message, testing::HasSubstr("sample rate"));
}

TEST(Ogg, RefusesAnEndlessChain) {
  const std::vector<std::byte> one = test::ReadData("formats/a0001_vorbis.ogg");
  std::vector<std::byte> chain;
  for (int i = 0; i < 65; ++i) {
    chain.insert(chain.end(), one.begin(), one.end());
  }
  const auto decoded = Decode(chain);
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().code, ErrorCode::kCorruptRecording);
}

TEST(Mp3, IsFoundInTheMiddleOfAStream) {
  const std::vector<std::byte> whole = test::ReadData("formats/a0001.mp3");
  // Begins inside a frame, as a recording of a broadcast does.
  const auto decoded = Decode(std::span(whole).subspan(10'001));
  ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
  EXPECT_EQ(decoded->source.format, "MP3");
  EXPECT_FALSE(decoded->source.truncated);
  EXPECT_NEAR(decoded->recording.DurationSeconds(),
              8.0 * (1 - 10'001.0 / static_cast<double>(whole.size())), 0.2);
}

// Without the note of the encoder in the first frame, which a streaming encoder cannot write, a
// decoder that goes by file size and bitrate gets the length wrong.
TEST(Mp3, CountsItsFramesWithoutTheEncodersNote) {
  std::vector<std::byte> bytes = test::ReadData("formats/a0001.mp3");
  // MPEG-2.5 at 8 kHz and 32 kbit/s: 72 * 32000 / 8000 bytes a frame.
  const auto noted =
      std::search(bytes.begin(), bytes.end(), std::begin("Info"), std::begin("Info") + 4,
                  [](std::byte a, char b) { return a == static_cast<std::byte>(b); });
  ASSERT_NE(noted, bytes.end());
  const auto frame = std::find(std::make_reverse_iterator(noted), bytes.rend(), std::byte{0xFF});
  ASSERT_NE(frame, bytes.rend());
  const std::span<const std::byte> rest(frame.base() - 1 + 288, bytes.end());
  const auto decoded = Decode(rest);
  ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
  EXPECT_FALSE(decoded->source.truncated);
  // 576 samples a frame; at most the decoder's delay of 529 samples is taken off.
  const std::size_t frames = rest.size() / 288;
  const auto samples = static_cast<double>(frames * 576);
  EXPECT_LE(static_cast<double>(decoded->recording.samples.size()), samples);
  EXPECT_GE(static_cast<double>(decoded->recording.samples.size()), samples - 529);
}

TEST(Flac, IsCheckedWithoutItsLength) {
  std::vector<std::byte> bytes = test::ReadData("a0001.flac");
  const auto whole = Decode(bytes);
  // STREAMINFO's number of samples: 36 bits, which a streaming encoder leaves 0.
  bytes[21] &= std::byte{0xF0};
  std::fill_n(bytes.begin() + 22, 4, std::byte{0});
  const auto streamed = Decode(bytes);
  ASSERT_TRUE(whole.has_value() && streamed.has_value());
  EXPECT_FALSE(streamed->source.truncated);
  EXPECT_EQ(streamed->recording.samples, whole->recording.samples);
  for (const std::size_t missing : {1U, 2U, 100U, 20'000U}) {
    const auto cut = Decode(std::span(bytes).first(bytes.size() - missing));
    ASSERT_TRUE(cut.has_value()) << cut.error().message;
    EXPECT_TRUE(cut->source.truncated) << missing;
    EXPECT_EQ(test::MaxDifference(cut->recording.samples, whole->recording.samples), 0);
  }
}

TEST(Flac, DoesNotTrustItsLength) {
  std::vector<std::byte> bytes = test::ReadData("a0001.flac");
  const auto whole = Decode(bytes);
  ASSERT_TRUE(whole.has_value());
  std::vector<std::byte> short_header = bytes;
  std::fill_n(short_header.begin() + 22, 3, std::byte{0});  // under 256 samples
  const auto heard = Decode(short_header);
  ASSERT_TRUE(heard.has_value()) << heard.error().message;
  EXPECT_EQ(heard->recording.samples, whole->recording.samples);
  std::vector<std::byte> long_header = bytes;
  long_header[22] = std::byte{0x7F};  // two billion
  const auto cut = Decode(long_header);
  ASSERT_TRUE(cut.has_value()) << cut.error().message;
  EXPECT_TRUE(cut->source.truncated);
  EXPECT_EQ(cut->recording.samples, whole->recording.samples);
}

TEST(Flac, NamesDepthsThatItDoesNotRead) {
  std::vector<std::byte> bytes = test::ReadData("a0001.flac");
  bytes[20] |= std::byte{1};  // 16 more bits a sample
  const auto decoded = Decode(bytes);
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().code, ErrorCode::kUnsupportedFormat);
  EXPECT_THAT(decoded.error().message, testing::HasSubstr("32 bits"));
}

}  // namespace
}  // namespace heartbeat::audio
