#include "evaluation/report_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "evaluation/test_recordings.h"

namespace heartbeat::evaluation {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

// 80 recordings of two databases, the second of them normal alone, with a few wrong calls; two of
// them real ones of tests/data.
EvaluationResults MadeResults() {
  EvaluationResults results;
  results.protocol = "scoring";
  results.program_version = "1";
  results.data = {"/home/someone/secret/hearts/"};
  results.model = {.name = "m", .version = "2", .sha256 = "ab"};
  results.options.resamples = 50;
  std::mt19937 generator(7);
  for (int i = 0; i < 80; ++i) {
    ScoredEntry scored;
    scored.entry.record = "r" + std::to_string(i);
    scored.entry.path = "/home/someone/secret/hearts/r" + std::to_string(i) + ".wav";
    scored.entry.database = i < 60 ? "ward" : "<home>";
    scored.entry.label = i < 60 && i % 3 == 0 ? Label::kAbnormal : Label::kNormal;
    const double noise = static_cast<double>(generator()) / 4294967296.0;
    scored.probability_abnormal =
        scored.entry.label == Label::kAbnormal ? 1 - 0.7 * noise * noise : 0.7 * noise;
    scored.verdict = scored.CalledAbnormal() ? "abnormal" : "normal";
    results.predictions.push_back(scored);
  }
  const fs::path data = fs::path(HEARTBEAT_SOURCE_DIR) / "tests/data";
  results.predictions[0].entry.path = data / "a0001.flac";
  results.predictions[0].probability_abnormal = 0.01;
  results.predictions[1].entry.path = data / "a0140.flac";
  results.predictions[1].probability_abnormal = 0.98;
  auto measured = MeasureAll(results.predictions, results.options);
  results.groups = std::move(measured.groups);
  results.mean = std::move(measured.mean);
  return results;
}

std::size_t Count(const std::string& text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++count;
  }
  return count;
}

TEST(CompleteReport, ShowsAndPlaysTheLargestErrors) {
  const EvaluationResults results = MadeResults();
  json document = ToJson(results);
  const auto page = CompleteReport(results, document, 2);
  ASSERT_TRUE(page) << page.error().message;
  ASSERT_GE(document["largest_errors"].size(), 2U);
  EXPECT_EQ(document["largest_errors"][0]["record"], "r0");
  EXPECT_EQ(document["largest_errors"][1]["record"], "r1");
  // Two can be read; of the others the page says that they could not.
  EXPECT_EQ(Count(*page, "<audio"), 2U);
  EXPECT_EQ(Count(*page, "could not be read again"), document["largest_errors"].size() - 2);
  EXPECT_EQ(Count(*page, "data:image/png;base64,"), 2U);
  EXPECT_LT(page->size(), 4U << 20);
}

TEST(CompleteReport, SaysNothingOfTheMachinesFoldersAndEscapesNames) {
  const EvaluationResults results = MadeResults();
  json document = ToJson(results);
  const auto page = CompleteReport(results, document, 1);
  ASSERT_TRUE(page);
  EXPECT_THAT(*page, Not(HasSubstr("secret")));
  EXPECT_THAT(*page, HasSubstr("hearts"));
  EXPECT_THAT(*page, Not(HasSubstr("<home>")));
  EXPECT_THAT(*page, HasSubstr("&lt;home&gt;"));
}

TEST(CompleteReport, OfAReducedRunSaysSo) {
  EvaluationResults results = MadeResults();
  results.protocol = "leave-one-database-out";
  results.model.reset();
  results.reductions = {"3 epochs instead of 20"};
  json document = ToJson(results);
  const auto page = CompleteReport(results, document, 1);
  ASSERT_TRUE(page);
  EXPECT_THAT(*page, HasSubstr("A reduced run"));
  EXPECT_THAT(*page, HasSubstr("3 epochs instead of 20"));
  EXPECT_THAT(*page, HasSubstr("A whole database left out"));
}

TEST(CompleteReport, OfNothingHeardIsAPageWithoutFigures) {
  EvaluationResults results;
  results.protocol = "scoring";
  auto measured = MeasureAll(results.predictions, results.options);
  results.groups = std::move(measured.groups);
  results.mean = std::move(measured.mean);
  json document = ToJson(results);
  const auto page = CompleteReport(results, document, 1);
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_THAT(*page, Not(HasSubstr("nan")));
}

TEST(ReportPage, RefusesAnotherDocument) {
  const auto page = ReportPage(json{{"protocol", "scoring"}}, {});
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, base::ErrorCode::kInvalidArgument);
}

// The first k whose exact probabilities, comb(n, k) p^k (1 - p)^(n - k) in Python, add up to 0.025
// and 0.975.
TEST(BinomialRange, HoldsNinetyFivePercent) {
  const ShareRange half = BinomialRange(0.5, 20);
  EXPECT_NEAR(half.low, 6.0 / 20, 1e-12);
  EXPECT_NEAR(half.high, 14.0 / 20, 1e-12);
  const ShareRange rare = BinomialRange(0.03, 250);
  EXPECT_NEAR(rare.low, 3.0 / 250, 1e-12);
  EXPECT_NEAR(rare.high, 13.0 / 250, 1e-12);
  EXPECT_EQ(BinomialRange(1, 30).low, 1);
  EXPECT_EQ(BinomialRange(0.5, 0).high, 1);
}

}  // namespace
}  // namespace heartbeat::evaluation
