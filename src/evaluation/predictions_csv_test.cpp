#include "evaluation/predictions_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heartbeat::evaluation {
namespace {

using testing::HasSubstr;

TEST(PredictionsCsv, ReadsBackWhatWasWritten) {
  std::vector<ScoredEntry> written(3);
  written[0].entry.record = "r,1";
  written[0].entry.database = "a";
  written[0].entry.patient = "p\"7";
  written[0].entry.split = "train";
  written[0].entry.label = Label::kAbnormal;
  written[0].fold = "fold-1";
  written[0].probability_abnormal = 1.0 / 3;
  written[0].mean_logit = -0.6931471805599453;
  written[0].threshold = 0.3;
  written[0].verdict = "uncertain";
  written[0].prediction_set = PredictionSet{true, true};
  written[0].processing_time_s = 0.0312;
  written[1].entry.record = "r2";
  written[1].error = "This recording is too short, under 1 s.";
  written[2].entry.record = "r3";
  written[2].verdict = "normal";
  written[2].prediction_set = PredictionSet{};
  const auto read = ParsePredictions(ToCsv(written));
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 3U);
  const ScoredEntry& first = (*read)[0];
  EXPECT_EQ(first.entry.record, "r,1");
  EXPECT_EQ(first.entry.database, "a");
  EXPECT_EQ(first.entry.patient, "p\"7");
  EXPECT_EQ(first.entry.split, "train");
  EXPECT_EQ(first.entry.label, Label::kAbnormal);
  EXPECT_EQ(first.fold, "fold-1");
  EXPECT_EQ(first.probability_abnormal, 1.0 / 3) << "to the last bit";
  EXPECT_EQ(first.mean_logit, -0.6931471805599453);
  EXPECT_EQ(first.threshold, 0.3);
  EXPECT_EQ(first.verdict, "uncertain");
  EXPECT_TRUE(first.prediction_set->normal && first.prediction_set->abnormal);
  EXPECT_EQ(first.processing_time_s, 0.0312);
  EXPECT_EQ((*read)[1].error, "This recording is too short, under 1 s.");
  EXPECT_FALSE((*read)[1].IsHeard());
  EXPECT_EQ((*read)[2].entry.label, std::nullopt);
  EXPECT_FALSE((*read)[2].prediction_set->normal || (*read)[2].prediction_set->abnormal);
}

TEST(PredictionsCsv, TakesATableOfTheFewNeededColumns) {
  const auto read = ParsePredictions(
      "record,database,label,probability_abnormal,error\na1,a,normal,0.25,\na2,a,abnormal,,"
      "short\n");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ((*read)[0].verdict, "normal");
  EXPECT_EQ((*read)[0].probability_abnormal, 0.25);
  EXPECT_EQ((*read)[1].error, "short");
}

TEST(PredictionsCsv, NamesTheLineThatMakesNoSense) {
  const std::string header = "record,database,label,probability_abnormal,verdict,prediction_set\n";
  for (const auto& [row, part] : {std::pair("a1,a,sick,0.5,,", "label"),
                                  {"a1,a,normal,1.5,,", "probability_abnormal"},
                                  {"a1,a,normal,nan,,", "probability_abnormal"},
                                  {"a1,a,normal,,,", "probability_abnormal"},
                                  {"a1,a,normal,0.5x,,", "0.5x"},
                                  {"a1,a,normal,0.5,maybe,", "verdict"},
                                  {"a1,a,normal,0.5,,all", "prediction_set"}}) {
    const auto read = ParsePredictions(header + "a0,a,normal,0.1,,\n" + row + "\n");
    ASSERT_FALSE(read) << row;
    EXPECT_THAT(read.error().message, HasSubstr("line 3"));
    EXPECT_THAT(read.error().message, HasSubstr(part));
  }
  EXPECT_THAT(ParsePredictions("record,label\n").error().message, HasSubstr("database"));
}

}  // namespace
}  // namespace heartbeat::evaluation
