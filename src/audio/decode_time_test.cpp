// No file may take longer to decode than to play: whoever sends one would have the server work for
// longer than they record. Measured on this thread's own clock, so that a busy machine does not
// matter.

#include <gtest/gtest.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "audio/decode.h"
#include "audio/test_sound.h"
#include "base/file.h"

namespace heartbeat::audio {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;

constexpr int kModelRateHz = 4000;  // as for a prediction, resampling included
// What is refused has no length of its own; a second is what the shortest recording plays.
constexpr double kRefusedSeconds = 1;

double ThreadSeconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

struct Totals {
  int files = 0;
  int refused = 0;
  double worst_ratio = 0;  // time taken over time allowed
};

void Check(std::span<const std::byte> bytes, const std::string& what, Totals& totals) {
  // Short enough that fuzzed lengths of hours do not make the test long.
  const DecodeLimits limits{.max_duration_s = 300};
  const double begin = ThreadSeconds();
  const auto decoded = Decode(bytes, limits, kModelRateHz);
  const double taken_s = ThreadSeconds() - begin;
  double allowed_s = kRefusedSeconds;
  if (decoded) {
    allowed_s = decoded->recording.DurationSeconds();
  } else if (decoded.error().code == ErrorCode::kRecordingTooLong) {
    allowed_s = limits.max_duration_s;  // so much of it was heard
  }
  EXPECT_LE(taken_s, allowed_s) << what;
  ++totals.files;
  totals.refused += decoded ? 0 : 1;
  totals.worst_ratio = std::max(totals.worst_ratio, taken_s / allowed_s);
}

void Report(const char* what, const Totals& totals) {
  std::array<char, 16> slowest{};
  std::snprintf(slowest.data(), slowest.size(), "%.4f", totals.worst_ratio);
  testing::Test::RecordProperty("files", totals.files);
  testing::Test::RecordProperty("slowest", slowest.data());
  std::printf("%s: %d files, %d of them refused; the slowest took %.4f of the time allowed\n", what,
              totals.files, totals.refused, totals.worst_ratio);
}

std::vector<std::byte> Read(const fs::path& path) {
  auto bytes = base::ReadFile(path);
  EXPECT_TRUE(bytes) << path;
  return bytes ? *std::move(bytes) : std::vector<std::byte>();
}

std::vector<fs::path> FilesBelow(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

fs::path TestData() { return test::DataPath("a0001.flac").parent_path(); }

TEST(DecodeTime, OfRealFilesIsUnderTheirLength) {
  Totals totals;
  for (const auto& path : FilesBelow(TestData())) Check(Read(path), path.string(), totals);
  EXPECT_GT(totals.files, 10);
  Report("real files", totals);
}

TEST(DecodeTime, OfDamagedFilesIsUnderTheirLength) {
  Totals totals;
  std::mt19937 random(6);
  for (const auto& path : FilesBelow(TestData() / "formats")) {
    const auto whole = Read(path);
    ASSERT_FALSE(whole.empty());
    for (int round = 0; round < 60; ++round) {
      auto damaged = whole;
      // Nearly all of what decides about sizes and lengths stands at the beginning.
      const std::size_t reach =
          round % 2 == 0 ? std::min<std::size_t>(512, whole.size()) : whole.size();
      for (int i = 0; i < 1 + round / 4; ++i) {
        damaged[random() % reach] = static_cast<std::byte>(random());
      }
      if (round % 5 == 4) damaged.resize(damaged.size() / 2);
      Check(damaged, path.string() + " damaged " + std::to_string(round), totals);
    }
  }
  Report("damaged files", totals);
}

// What fuzzing has grown: HEARTBEAT_DECODE_CORPUS names the folder, else build/fuzz has it.
TEST(DecodeTime, OfTheFuzzersCorpusIsUnderItsLength) {
  const char* named = std::getenv("HEARTBEAT_DECODE_CORPUS");
  const fs::path corpus =
      named != nullptr ? fs::path(named)
                       : TestData().parent_path().parent_path() / "build/fuzz/corpus/decode_fuzz";
  if (!fs::is_directory(corpus)) {
    GTEST_SKIP() << "no corpus in " << corpus
                 << "; `script/fuzz decode_fuzz` makes one, as script/test does before";
  }
  Totals totals;
  for (const auto& path : FilesBelow(corpus)) Check(Read(path), path.string(), totals);
  EXPECT_GT(totals.files, 0);
  Report("the fuzzer's corpus", totals);
}

}  // namespace
}  // namespace heartbeat::audio
