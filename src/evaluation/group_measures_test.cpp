#include "evaluation/group_measures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "evaluation/golden_scores.h"

namespace heartbeat::evaluation {
namespace {

using testing::ElementsAre;

// Sums of some hundred terms near 1.
constexpr double kRounding = 1e-12;

ScoredEntry Made(const std::string& database, const std::string& record, bool abnormal,
                 double probability) {
  ScoredEntry scored;
  scored.entry.record = record;
  scored.entry.database = database;
  scored.entry.label = abnormal ? Label::kAbnormal : Label::kNormal;
  scored.probability_abnormal = probability;
  scored.verdict = scored.CalledAbnormal() ? "abnormal" : "normal";
  return scored;
}

std::vector<ScoredEntry> GoldenEntries() {
  std::vector<ScoredEntry> entries;
  for (const Scored& item : GoldenScores("tied")) {
    entries.push_back(
        Made("a", std::to_string(entries.size()), item.abnormal, item.probability_abnormal));
  }
  return entries;
}

double Value(const GroupMeasures& group, Measure measure) { return group[measure].value; }

TEST(MeasureAll, AgreesWithScikitLearn) {
  const auto measured = MeasureAll(GoldenEntries(), {.resamples = 200});
  const GroupMeasures& all = measured.groups[0];
  const auto golden = Golden();
  EXPECT_NEAR(Value(all, Measure::kAuroc), golden["tied"]["auroc"], kRounding);
  EXPECT_NEAR(Value(all, Measure::kAuprc), golden["tied"]["average_precision"], kRounding);
  EXPECT_NEAR(Value(all, Measure::kBrier), golden["tied"]["brier"], kRounding);
  const auto& weighted = golden["tied_at_prevalence"];
  EXPECT_NEAR(Value(all, Measure::kAuprcAtPrevalence), weighted["average_precision"], kRounding);
  EXPECT_NEAR(Value(all, Measure::kBrierAtPrevalence), weighted["brier"], kRounding);
  const auto& called = golden["tied_called_at_half"];
  EXPECT_NEAR(Value(all, Measure::kSensitivity), called["sensitivity"], kRounding);
  EXPECT_NEAR(Value(all, Measure::kRecall), called["sensitivity"], kRounding);
  EXPECT_NEAR(Value(all, Measure::kSpecificity), called["specificity"], kRounding);
  EXPECT_NEAR(Value(all, Measure::kMacc), called["macc"], kRounding);
  EXPECT_NEAR(Value(all, Measure::kAccuracy), called["accuracy"], kRounding);
  EXPECT_NEAR(Value(all, Measure::kPrecision), called["precision"], kRounding);
  EXPECT_NEAR(Value(all, Measure::kF1), called["f1"], kRounding);
  EXPECT_NEAR(Value(all, Measure::kAccuracyAtPrevalence), called["accuracy_at_prevalence"],
              kRounding);
  EXPECT_NEAR(Value(all, Measure::kPrecisionAtPrevalence), called["precision_at_prevalence"],
              kRounding);
  EXPECT_NEAR(Value(all, Measure::kF1AtPrevalence), called["f1_at_prevalence"], kRounding);
  EXPECT_EQ(all.confusion.true_positive + all.confusion.false_negative, all.abnormal);
  EXPECT_NEAR(all.confusion.Sensitivity(), called["sensitivity"], kRounding);
}

// Resampling by counts must be what resampling the recordings themselves would be.
TEST(MeasureAll, IntervalsAreThoseOfResampledRecordings) {
  const auto entries = GoldenEntries();
  constexpr std::size_t kResamples = 500;
  const auto measured = MeasureAll(entries, {.resamples = kResamples, .seed = 9});

  std::array<std::vector<Scored>, 2> by_class;
  for (const ScoredEntry& entry : entries) {
    const bool abnormal = entry.entry.label == Label::kAbnormal;
    by_class[abnormal ? 1 : 0].push_back({entry.probability_abnormal, abnormal});
  }
  std::mt19937_64 random(9);
  std::vector<double> auroc;
  std::vector<double> f1;
  std::vector<double> calibration;
  for (std::size_t r = 0; r < kResamples; ++r) {
    std::vector<Scored> resample;
    for (const auto& members : by_class) {
      for (std::size_t i = 0; i < members.size(); ++i) {
        resample.push_back(members[random() % members.size()]);
      }
    }
    auroc.push_back(Auroc(resample));
    f1.push_back(Confusion(resample, 0.5).F1());
    calibration.push_back(CalibrationError(Tie(resample)));
  }
  for (auto [values, measure] : {std::pair(&auroc, Measure::kAuroc),
                                 {&f1, Measure::kF1},
                                 {&calibration, Measure::kCalibrationError}}) {
    std::ranges::sort(*values);
    const Estimate& estimate = measured.groups[0][measure];
    double bias = 0;
    if (measure == Measure::kCalibrationError) {
      for (const double value : *values) bias += (value - estimate.value) / kResamples;
      EXPECT_GT(bias, 0);
    }
    // 2.5 % of 499 steps: between the 13th and 14th value from either end.
    EXPECT_NEAR(estimate.low, std::lerp((*values)[12], (*values)[13], 0.475) - bias, kRounding);
    EXPECT_NEAR(estimate.high, std::lerp((*values)[486], (*values)[487], 0.525) - bias, kRounding);
  }
}

TEST(MeasureAll, PatientsWidenTheInterval) {
  std::vector<ScoredEntry> entries;
  for (int patient = 0; patient < 40; ++patient) {
    for (int copy = 0; copy < 4; ++copy) {
      const std::string record = std::to_string(4 * patient + copy);
      entries.push_back(Made("a", record, patient % 2 == 0, patient % 5 == 0 ? 0.4 : 0.6));
    }
  }
  const Estimate apart = MeasureAll(entries, {}).groups[0][Measure::kSensitivity];
  for (std::size_t i = 0; i < entries.size(); ++i) {
    entries[i].entry.patient = std::to_string(i / 4);
  }
  const auto measured = MeasureAll(entries, {});
  const Estimate together = measured.groups[0][Measure::kSensitivity];
  EXPECT_EQ(measured.groups[0].patients, 40U);
  EXPECT_EQ(apart.value, together.value);
  // Four recordings that always agree are one: the standard error doubles. To 15 %, as both ends
  // are steps of 1/20 and 1/80.
  EXPECT_NEAR((together.high - together.low) / (apart.high - apart.low), 2, 0.3);
}

TEST(MeasureAll, OnePatientOfTwoDatabasesIsTwo) {
  std::vector<ScoredEntry> entries = {Made("a", "1", true, 0.6), Made("b", "1", true, 0.6)};
  for (ScoredEntry& entry : entries) entry.entry.patient = "7";
  EXPECT_EQ(MeasureAll(entries, {.resamples = 1}).groups[0].patients, 2U);
}

TEST(MeasureAll, RefusedAndUnlabelledAreCountedApart) {
  std::vector<ScoredEntry> entries = {Made("a", "1", true, 0.6), Made("a", "2", false, 0.1),
                                      Made("a", "3", false, 0.9), Made("a", "4", true, 0.9)};
  entries[2].error = "too short";
  entries[3].entry.label.reset();
  const GroupMeasures all = MeasureAll(entries, {}).groups[0];
  EXPECT_EQ(all.refused, 1U);
  EXPECT_EQ(all.unlabelled, 1U);
  EXPECT_EQ(all.abnormal, 1U);
  EXPECT_EQ(Value(all, Measure::kMacc), 1);
}

TEST(MeasureAll, EachFoldIsJudgedAtItsOwnThreshold) {
  std::vector<ScoredEntry> entries = {Made("a", "1", true, 0.3), Made("a", "2", false, 0.3)};
  entries[0].threshold = 0.2;
  entries[0].verdict = "abnormal";
  const GroupMeasures all = MeasureAll(entries, {}).groups[0];
  EXPECT_EQ(Value(all, Measure::kMacc), 1);
  EXPECT_EQ(Value(all, Measure::kAuroc), 0.5);
}

TEST(MeasureAll, VerdictsThatGiveNoAnswer) {
  std::vector<ScoredEntry> entries = {Made("a", "1", true, 0.9), Made("a", "2", false, 0.1),
                                      Made("a", "3", true, 0.4), Made("a", "4", false, 0.2),
                                      Made("a", "5", true, 0.3)};
  entries[2].verdict = "uncertain";     // called normal: wrong
  entries[3].verdict = "uncertain";     // called normal: right
  entries[4].verdict = "poor_quality";  // called normal: wrong
  const GroupMeasures all = MeasureAll(entries, {}).groups[0];
  EXPECT_NEAR(Value(all, Measure::kAnsweredShare), 0.4, kRounding);
  EXPECT_NEAR(Value(all, Measure::kAnsweredMacc), 1, kRounding);
  EXPECT_NEAR(Value(all, Measure::kUncertainShare), 0.4, kRounding);
  EXPECT_NEAR(Value(all, Measure::kUncertainError), 0.5, kRounding);
  EXPECT_NEAR(Value(all, Measure::kPoorQualityShare), 0.2, kRounding);
  EXPECT_NEAR(Value(all, Measure::kPoorQualityError), 1, kRounding);
  EXPECT_NEAR(Value(all, Measure::kSensitivity), 1.0 / 3, kRounding) << "of the predicted class";
}

TEST(MeasureAll, PredictionSets) {
  std::vector<ScoredEntry> entries = {Made("a", "1", true, 0.9), Made("a", "2", false, 0.1),
                                      Made("a", "3", true, 0.4), Made("a", "4", false, 0.2)};
  EXPECT_TRUE(std::isnan(Value(MeasureAll(entries, {}).groups[0], Measure::kCoverage)));
  entries[0].prediction_set = PredictionSet{false, true};   // covered
  entries[1].prediction_set = PredictionSet{true, true};    // covered, two
  entries[2].prediction_set = PredictionSet{true, false};   // not covered
  entries[3].prediction_set = PredictionSet{false, false};  // empty
  const GroupMeasures all = MeasureAll(entries, {}).groups[0];
  EXPECT_NEAR(Value(all, Measure::kCoverage), 0.5, kRounding);
  EXPECT_NEAR(Value(all, Measure::kCoverageNormal), 0.5, kRounding);
  EXPECT_NEAR(Value(all, Measure::kCoverageAbnormal), 0.5, kRounding);
  EXPECT_NEAR(Value(all, Measure::kMeanSetSize), 1, kRounding);
  EXPECT_NEAR(Value(all, Measure::kEmptySetShare), 0.25, kRounding);
  EXPECT_NEAR(Value(all, Measure::kSingleSetShare), 0.5, kRounding);
}

std::vector<ScoredEntry> ManyOf(const std::string& database, int of_each_class, int wrong_of_ten) {
  std::vector<ScoredEntry> entries;
  for (int i = 0; i < 2 * of_each_class; ++i) {
    const bool abnormal = i % 2 == 0;
    const bool right = i / 2 % 10 >= wrong_of_ten;
    entries.push_back(
        Made(database, database + std::to_string(i), abnormal, abnormal == right ? 0.8 : 0.2));
  }
  return entries;
}

TEST(DatabaseMean, LeavesOutDatabasesWithTooFewOfAClass) {
  auto entries = ManyOf("a", 100, 2);
  std::ranges::copy(ManyOf("b", 50, 4), std::back_inserter(entries));
  std::ranges::copy(ManyOf("c", 9, 9), std::back_inserter(entries));
  const auto measured = MeasureAll(entries, {});
  EXPECT_THAT(measured.mean.databases, ElementsAre("a", "b"));
  EXPECT_THAT(measured.mean.left_out, ElementsAre("c"));
  EXPECT_EQ(measured.groups.size(), 4U) << "shown all the same";
  const Estimate& mean = measured.mean[Measure::kMacc];
  EXPECT_NEAR(mean.value, (0.8 + 0.6) / 2, kRounding);
  // Independent: variances 0.8 * 0.2 / 200 and 0.6 * 0.4 / 100 over 4; 2000 resamples know the
  // ends to about 5 % of the half-width 0.0387.
  const double half = 1.96 * std::sqrt((0.16 / 200 + 0.24 / 100) / 4);
  EXPECT_NEAR(mean.low, 0.7 - half, 0.15 * half);
  EXPECT_NEAR(mean.high, 0.7 + half, 0.15 * half);
}

TEST(DatabaseMean, UndefinedWhereNoneCounts) {
  const auto measured = MeasureAll(ManyOf("a", 5, 2), {});
  EXPECT_TRUE(measured.mean.databases.empty());
  EXPECT_TRUE(std::isnan(measured.mean[Measure::kAuroc].value));
}

// Labels drawn from the probabilities themselves: the error lies within what chance shows, at the
// prevalence of the set, and, after a shift of prevalence by Bayes' rule, at the other one.
TEST(Reliability, ACalibratedModelLiesWithinChance) {
  std::mt19937_64 random(11);
  const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1.0p-53; };
  std::vector<ScoredEntry> entries;
  while (entries.size() < 600) {
    const double probability = uniform();
    const bool abnormal = uniform() < probability;
    if (abnormal && uniform() < 0.75) continue;  // a quarter of the abnormal ones is kept
    entries.push_back(Made("a", std::to_string(entries.size()), abnormal, probability));
  }
  const GroupMeasures all = MeasureAll(entries, {}).groups[0];
  EXPECT_NEAR(static_cast<double>(all.abnormal) / 600, 0.2, 0.05);
  const Estimate& chance = all.reliability_at_prevalence.by_chance;
  EXPECT_GT(Value(all, Measure::kCalibrationErrorAtPrevalence), chance.low);
  EXPECT_LT(Value(all, Measure::kCalibrationErrorAtPrevalence), chance.high);
  EXPECT_LT(chance.low, chance.value);
  EXPECT_LT(chance.value, chance.high);
  EXPECT_GT(Value(all, Measure::kCalibrationError), all.reliability.by_chance.high)
      << "at the prevalence of these recordings, the probabilities are too high";
  EXPECT_EQ(all.reliability.bins.size(), 10U);
}

TEST(MeasureAll, AGroupOfOneClassHasWhatIsDefined) {
  const GroupMeasures all = MeasureAll(std::vector{Made("a", "1", false, 0.2)}, {}).groups[0];
  EXPECT_TRUE(std::isnan(Value(all, Measure::kAuroc)));
  EXPECT_TRUE(std::isnan(Value(all, Measure::kBrierAtPrevalence)));
  EXPECT_EQ(Value(all, Measure::kSpecificity), 1);
  EXPECT_TRUE(all.roc.empty());
  EXPECT_TRUE(all.reliability_at_prevalence.bins.empty());
  const auto none = MeasureAll({}, {});
  EXPECT_TRUE(std::isnan(none.groups[0][Measure::kAccuracy].value));
}

}  // namespace
}  // namespace heartbeat::evaluation
