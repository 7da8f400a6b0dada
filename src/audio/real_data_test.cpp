#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "audio/decode.h"
#include "audio/test_sound.h"
#include "base/file.h"
#include "base/parallel.h"

namespace heartbeat::audio {
namespace {

struct Row {
  std::string record;
  double duration_s = 0;
};

std::vector<std::string> Split(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream in(line);
  for (std::string cell; std::getline(in, cell, ',');) {
    cells.push_back(cell);
  }
  return cells;
}

std::vector<Row> ReadManifest(const std::filesystem::path& folder) {
  const auto text = base::ReadTextFile(folder / "manifest.csv");
  if (!text) {
    ADD_FAILURE() << text.error().message;
    return {};
  }
  std::istringstream lines(*text);
  std::string line;
  std::getline(lines, line);
  const std::vector<std::string> header = Split(line);
  const auto column =
      static_cast<std::size_t>(std::ranges::find(header, "duration_s") - header.begin());
  std::vector<Row> rows;
  while (std::getline(lines, line)) {
    const std::vector<std::string> cells = Split(line);
    if (column >= cells.size()) {
      ADD_FAILURE() << folder << " has no duration in: " << line;
      return rows;
    }
    Row row{.record = cells[0]};
    std::from_chars(cells[column].data(), cells[column].data() + cells[column].size(),
                    row.duration_s);
    rows.push_back(row);
  }
  return rows;
}

void ExpectAllDecode(const std::filesystem::path& folder, std::size_t at_least) {
  const std::vector<Row> rows = ReadManifest(folder);
  EXPECT_GE(rows.size(), at_least);
  std::mutex mutex;
  base::ParallelFor(rows.size(), 0, [&](std::size_t i) {
    const auto decoded = DecodeFile(folder / (rows[i].record + ".flac"));
    const std::lock_guard lock(mutex);
    SCOPED_TRACE(rows[i].record);
    ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
    EXPECT_FALSE(decoded->source.truncated);
    EXPECT_EQ(decoded->source.sample_rate_hz, 2000);
    // The manifests give milliseconds.
    EXPECT_NEAR(decoded->recording.DurationSeconds(), rows[i].duration_s, 0.0006);
  });
}

TEST(RealData, EveryRecordingOfTheTestsDecodes) {
  ExpectAllDecode(test::DataPath("."), 8);
  ExpectAllDecode(test::DataPath("circor"), 4);
}

TEST(RealData, EveryRecordingOfTheDatasetsDecodes) {
  const char* folder = std::getenv("HEARTBEAT_TEST_DATA");
  if (folder == nullptr) {
    GTEST_SKIP() << "Set HEARTBEAT_TEST_DATA to a folder that holds physionet2016/ and circor2022/ "
                    "(FLAC files with a manifest.csv) to decode all of them.";
  }
  ExpectAllDecode(std::filesystem::path(folder) / "physionet2016", 1);
  ExpectAllDecode(std::filesystem::path(folder) / "circor2022", 1);
}

}  // namespace
}  // namespace heartbeat::audio
