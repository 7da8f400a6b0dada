#include "evaluation/test_recordings.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cmath>
#include <numbers>
#include <random>
#include <system_error>

#include "audio/decode.h"
#include "audio/encode.h"
#include "audio/resample.h"
#include "base/file.h"
#include "evaluation/fingerprint.h"

namespace heartbeat::evaluation::test {

namespace fs = std::filesystem;

audio::Recording Sine(double duration_s, int sample_rate_hz, double frequency_hz,
                      double amplitude) {
  audio::Recording recording{.samples = {}, .sample_rate_hz = sample_rate_hz};
  const auto count = std::lround(duration_s * sample_rate_hz);
  for (long i = 0; i < count; ++i) {
    const double time_s = static_cast<double>(i) / sample_rate_hz;
    recording.samples.push_back(
        static_cast<float>(amplitude * std::sin(2 * std::numbers::pi * frequency_hz * time_s)));
  }
  return recording;
}

audio::Recording Noise(double duration_s, int sample_rate_hz, double deviation, unsigned seed) {
  audio::Recording recording{.samples = {}, .sample_rate_hz = sample_rate_hz};
  std::mt19937 generator(seed);
  const auto count = std::lround(duration_s * sample_rate_hz);
  for (long i = 0; i < count; ++i) {
    // Twelve uniform numbers are normal enough, and the same with every standard library.
    double sum = -6;
    for (int n = 0; n < 12; ++n) sum += static_cast<double>(generator()) / 4294967296.0;
    recording.samples.push_back(static_cast<float>(deviation * sum));
  }
  return recording;
}

audio::Recording Sum(const audio::Recording& a, const audio::Recording& b) {
  audio::Recording sum = a;
  for (std::size_t i = 0; i < sum.samples.size(); ++i) sum.samples[i] += b.samples.at(i);
  return sum;
}

audio::Recording FromData(std::string_view name) {
  const auto decoded = audio::DecodeFile(fs::path(HEARTBEAT_SOURCE_DIR) / "tests/data" / name);
  if (!decoded) {
    ADD_FAILURE() << decoded.error().message;
    return {};
  }
  return decoded->recording;
}

audio::Recording FromDataForFingerprint(std::string_view name) {
  const auto resampled = audio::Resample(FromData(name), kFingerprintRateHz);
  if (!resampled) {
    ADD_FAILURE() << resampled.error().message;
    return {};
  }
  return *resampled;
}

std::vector<std::string> DifferentRecordings() {
  return {"a0001.flac",           "a0060.flac",           "a0140.flac",
          "b0002.flac",           "b0257.flac",           "e00001.flac",
          "e00059.flac",          "e00061.flac",          "circor/46778_MV.flac",
          "circor/68470_MV.flac", "circor/68470_TV.flac", "circor/84886_PV.flac"};
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "heartbeat_test_XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code error;
  fs::remove_all(path_, error);
}

void TemporaryFolder::WriteWav(const std::string& name, const audio::Recording& recording) const {
  fs::create_directories((path_ / name).parent_path());
  const auto bytes = audio::EncodeWav(recording);
  ASSERT_TRUE(bytes) << bytes.error().message;
  ASSERT_TRUE(base::WriteFileAtomically(path_ / name, *bytes));
}

void TemporaryFolder::WriteText(const std::string& name, std::string_view text) const {
  fs::create_directories((path_ / name).parent_path());
  ASSERT_TRUE(base::WriteFileAtomically(path_ / name, text));
}

}  // namespace heartbeat::evaluation::test
