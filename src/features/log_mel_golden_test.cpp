// Parity with testdata/make_golden.py: librosa's published formulas in NumPy and SciPy, float64, on
// four real recordings (testdata/README.md).

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>

#include "features/log_mel.h"
#include "features/npy_test_reader.h"

namespace heartbeat::features {
namespace {

const std::filesystem::path kTestData =
    std::filesystem::path(HEARTBEAT_SOURCE_DIR) / "src/features/testdata";

audio::Recording ReadPcm(const std::string& name) {
  audio::Recording recording{ReadNpy(kTestData / (name + ".pcm.npy")).values, 4000};
  for (auto& sample : recording.samples) sample /= 32768;
  return recording;
}

double MaxDifference(const Spectrogram& ours, const NpyArray& golden) {
  if (golden.shape != std::vector<std::size_t>{static_cast<std::size_t>(ours.mel_bands),
                                               static_cast<std::size_t>(ours.frames)}) {
    ADD_FAILURE() << "the shapes differ";
    return INFINITY;
  }
  double largest = 0;
  for (std::size_t i = 0; i < golden.values.size(); ++i) {
    const double difference = std::abs(ours.values[i] - golden.values[i]);
    // Not std::max, which would pass over a NaN.
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

class Golden : public testing::TestWithParam<const char*> {};

// 0.01 dB is promised. A fifth of it is asserted: float32 sums of 2048 products leave 4e-4 dB where
// a band is 80 dB below the loudest, and other processors add them up in another order.
constexpr double kToleranceDb = 0.002;

TEST_P(Golden, OriginalIsLibrosas) {
  const std::string name = GetParam();
  const auto log_mel = LogMel::Create(LogMelConfig::Original()).value();
  const auto ours = log_mel.Compute(OriginalFirstSeconds(ReadPcm(name))).value();
  EXPECT_EQ(ours.mel_bands, 128);
  EXPECT_EQ(ours.frames, 79);
  const double difference = MaxDifference(ours, ReadNpy(kTestData / (name + ".original.npy")));
  RecordProperty("max_difference_db", std::to_string(difference));
  EXPECT_LE(difference, kToleranceDb);
}

INSTANTIATE_TEST_SUITE_P(Recordings, Golden, testing::Values("a0058", "b0069", "e00056", "f0002"),
                         [](const auto& info) { return std::string(info.param); });

class DefaultGolden : public testing::TestWithParam<const char*> {};

TEST_P(DefaultGolden, IsScipys) {
  const std::string name = GetParam();
  const auto log_mel = LogMel::Create({}).value();
  const auto ours = log_mel.Compute(ReadPcm(name)).value();
  const double difference = MaxDifference(ours, ReadNpy(kTestData / (name + ".default.npy")));
  RecordProperty("max_difference_db", std::to_string(difference));
  EXPECT_LE(difference, kToleranceDb);
}

INSTANTIATE_TEST_SUITE_P(Recordings, DefaultGolden, testing::Values("a0058", "b0069", "f0002"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace heartbeat::features
