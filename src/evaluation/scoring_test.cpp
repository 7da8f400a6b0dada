#include "evaluation/scoring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

namespace heartbeat::evaluation {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

ScoredEntry Made(const char* database, Label label, double probability, const char* error = "") {
  ScoredEntry scored;
  scored.entry.record = "r,1";
  scored.entry.database = database;
  scored.entry.label = label;
  scored.probability_abnormal = probability;
  scored.error = error;
  return scored;
}

std::vector<ScoredEntry> MadeSet() {
  return {Made("b", Label::kAbnormal, 0.9), Made("b", Label::kNormal, 0.6),
          Made("a", Label::kAbnormal, 0.4), Made("a", Label::kNormal, 0.1),
          Made("a", Label::kNormal, 0, "too short")};
}

TEST(Measure, PoolsThenGoesByDatabase) {
  const auto groups = Measure(MadeSet(), 0.5);
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].database, "all");
  EXPECT_EQ(groups[1].database, "a");
  EXPECT_EQ(groups[2].database, "b");
  EXPECT_EQ(groups[0].refused, 1U);
  EXPECT_EQ(groups[0].normal, 2U);
  EXPECT_EQ(groups[0].confusion.true_positive, 1U);
  EXPECT_EQ(groups[0].confusion.false_positive, 1U);
  EXPECT_EQ(groups[0].auroc.value, 0.75);
  EXPECT_EQ(groups[1].sensitivity.value, 0);
  EXPECT_EQ(groups[2].specificity.value, 0);
}

TEST(Measure, JsonTableAndCsvSayTheSame) {
  const auto set = MadeSet();
  const auto groups = Measure(set, 0.5);
  const auto json = ToJson(groups);
  ASSERT_EQ(json.size(), 3U);
  EXPECT_EQ(json[0]["auroc"]["value"], 0.75);
  EXPECT_EQ(json[0]["confusion_matrix"]["false_negative"], 1);
  EXPECT_THAT(ToTable(groups), HasSubstr("0.750"));
  const std::string csv = ToCsv(set);
  EXPECT_THAT(csv, HasSubstr("\"r,1\",b,abnormal,0.900000,\n"));
  EXPECT_THAT(csv, HasSubstr("\"r,1\",a,normal,,too short\n"));
}

TEST(Measure, AGroupOfOneClassHasNoAuroc) {
  const std::vector<ScoredEntry> set = {Made("a", Label::kNormal, 0.2)};
  const auto json = ToJson(Measure(set, 0.5));
  EXPECT_TRUE(json[0]["auroc"]["value"].is_null());
  EXPECT_EQ(json[0]["specificity"]["value"], 1.0);
}

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
  const auto scored =
      ScoreDataset(*analyzer, *entries, 2, [&](std::size_t done) { EXPECT_EQ(done, ++calls); });
  ASSERT_EQ(scored.size(), good + 1);
  EXPECT_EQ(calls, good + 1);
  for (std::size_t i = 0; i < good; ++i) {
    EXPECT_EQ(scored[i].error, "") << scored[i].entry.record;
    EXPECT_GT(scored[i].probability_abnormal, 0);
    EXPECT_LT(scored[i].probability_abnormal, 1);
  }
  EXPECT_NE(scored.back().error, "");
}

}  // namespace
}  // namespace heartbeat::evaluation
