#include "evaluation/scoring.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>

namespace heartbeat::evaluation {
namespace {

namespace fs = std::filesystem;

TEST(ScoreDataset, GoesThroughTheServingPathAndNamesWhatFails) {
  const fs::path root = HEARTBEAT_SOURCE_DIR;
  const auto analyzer = analysis::Analyzer::LoadFile(root / "models/heartbeat.onnx");
  ASSERT_TRUE(analyzer) << analyzer.error().message;
  auto entries = ReadDataset(root / "tests/data");
  ASSERT_TRUE(entries) << entries.error().message;
  const std::size_t good = entries->size();
  DatasetEntry broken;
  broken.path = root / "README.md";
  broken.record = "readme";
  entries->push_back(broken);
  std::size_t calls = 0;
  const auto result = ScoreDataset(*analyzer, *entries, 2, false,
                                   [&](std::size_t done) { EXPECT_EQ(done, ++calls); });
  ASSERT_TRUE(result) << result.error().message;
  const std::vector<ScoredEntry>& scored = *result;
  ASSERT_EQ(scored.size(), good + 1);
  EXPECT_EQ(calls, good + 1);
  for (std::size_t i = 0; i < good; ++i) {
    EXPECT_EQ(scored[i].error, "") << scored[i].entry.record;
    EXPECT_GT(scored[i].probability_abnormal, 0);
    EXPECT_LT(scored[i].probability_abnormal, 1);
    EXPECT_NEAR(analyzer->rule().Probability(scored[i].mean_logit), scored[i].probability_abnormal,
                1e-12);
    EXPECT_EQ(scored[i].threshold, analyzer->metadata().threshold);
    if (scored[i].verdict != "uncertain") {
      EXPECT_EQ(scored[i].verdict, scored[i].CalledAbnormal() ? "abnormal" : "normal");
    }
    EXPECT_GT(scored[i].processing_time_s, 0);
  }
  EXPECT_NE(scored.back().error, "");
}

TEST(ScoreDataset, StopsWhenAsked) {
  const fs::path root = HEARTBEAT_SOURCE_DIR;
  const auto analyzer = analysis::Analyzer::LoadFile(root / "models/heartbeat.onnx");
  ASSERT_TRUE(analyzer) << analyzer.error().message;
  const auto entries = ReadDataset(root / "tests/data");
  ASSERT_TRUE(entries) << entries.error().message;
  std::atomic<bool> stop = false;
  std::size_t calls = 0;
  const auto scored = ScoreDataset(*analyzer, *entries, 1, stop, [&](std::size_t) {
    ++calls;
    stop = true;
  });
  ASSERT_FALSE(scored);
  EXPECT_EQ(scored.error().code, base::ErrorCode::kCancelled);
  EXPECT_EQ(calls, 1U);
}

}  // namespace
}  // namespace heartbeat::evaluation
