#include "evaluation/murmur_patients.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace heartbeat::evaluation {
namespace {

using testing::HasSubstr;

ScoredMurmur Recording(const std::string& patient, std::optional<Murmur> truth,
                       MurmurProbabilities probabilities) {
  ScoredMurmur scored;
  scored.entry.database = "db";
  scored.entry.record = patient + "_AV";
  scored.entry.patient = patient;
  scored.entry.patient_murmur = truth;
  scored.probabilities = probabilities;
  return scored;
}

TEST(PatientProbabilities, AMurmurAtOneLocationIsAMurmur) {
  const std::vector<MurmurProbabilities> recordings = {{0.1, 0.2, 0.7}, {0.8, 0.1, 0.1}};
  const auto patient = PatientProbabilities(recordings);
  EXPECT_DOUBLE_EQ(patient[0], 0.8);
  // The rest as the sums of unknown, 0.3, and absent, 0.8.
  EXPECT_NEAR(patient[1], 0.2 * 0.3 / 1.1, 1e-15);
  EXPECT_NEAR(patient[2], 0.2 * 0.8 / 1.1, 1e-15);
}

TEST(PatientProbabilities, OfOneRecordingAreItsOwn) {
  const std::vector<MurmurProbabilities> one = {{0.25, 0.25, 0.5}};
  EXPECT_EQ(PatientProbabilities(one), one[0]);
  const std::vector<MurmurProbabilities> sure = {{1, 0, 0}};
  EXPECT_EQ(PatientProbabilities(sure), sure[0]);
}

TEST(CallMurmur, WeighsWhatTheChallengeWeighs) {
  EXPECT_EQ(CallMurmur({0.9, 0.05, 0.05}), Murmur::kPresent);
  EXPECT_EQ(CallMurmur({0.05, 0.9, 0.05}), Murmur::kUnknown);
  EXPECT_EQ(CallMurmur({0.05, 0.05, 0.9}), Murmur::kAbsent);
  // Present counts five times and is a quarter as frequent: 5 * 106 : 424 of equal probabilities.
  EXPECT_EQ(CallMurmur({0.45, 0, 0.55}), Murmur::kPresent);
  EXPECT_EQ(CallMurmur({0.44, 0, 0.56}), Murmur::kAbsent);
}

TEST(JoinPatients, JoinsTheLocationsOfAPatient) {
  std::vector<ScoredMurmur> scored = {
      Recording("2", Murmur::kPresent, {0.9, 0.05, 0.05}),
      Recording("1", Murmur::kAbsent, {0.1, 0.1, 0.8}),
      Recording("2", Murmur::kPresent, {0.1, 0.1, 0.8}),
      Recording("3", std::nullopt, {0.1, 0.1, 0.8}),
  };
  scored[2].poor_quality = true;
  const auto patients = JoinPatients(scored);
  ASSERT_TRUE(patients) << patients.error().message;
  ASSERT_EQ(patients->size(), 2U) << "nobody knows of the third";
  EXPECT_EQ((*patients)[0].patient, "1");
  EXPECT_EQ((*patients)[0].called, Murmur::kAbsent);
  EXPECT_EQ((*patients)[1].truth, Murmur::kPresent);
  EXPECT_EQ((*patients)[1].called, Murmur::kPresent);
  EXPECT_EQ((*patients)[1].heard, 2U);
  EXPECT_EQ((*patients)[1].poor_quality, 1U);
}

TEST(JoinPatients, OfWhomNothingIsHeardIsCalledUnknown) {
  std::vector<ScoredMurmur> scored = {Recording("1", Murmur::kPresent, {})};
  scored[0].error = "no sound";
  const auto patients = JoinPatients(scored);
  ASSERT_TRUE(patients) << patients.error().message;
  EXPECT_EQ((*patients)[0].called, Murmur::kUnknown);
  EXPECT_EQ((*patients)[0].heard, 0U);
  EXPECT_EQ((*patients)[0].refused, 1U);
}

TEST(JoinPatients, RecordingsWithoutAPatientStandAlone) {
  std::vector<ScoredMurmur> scored = {Recording("", Murmur::kPresent, {1, 0, 0}),
                                      Recording("", Murmur::kAbsent, {0, 0, 1})};
  scored[0].entry.record = "one";
  scored[1].entry.record = "two";
  const auto patients = JoinPatients(scored);
  ASSERT_TRUE(patients) << patients.error().message;
  ASSERT_EQ(patients->size(), 2U);
  EXPECT_EQ((*patients)[0].patient, "one");
}

TEST(JoinPatients, RefusesWhatContradictsItself) {
  const std::vector<ScoredMurmur> scored = {Recording("7", Murmur::kPresent, {1, 0, 0}),
                                            Recording("7", Murmur::kAbsent, {1, 0, 0})};
  EXPECT_THAT(JoinPatients(scored).error().message, HasSubstr("\"7\" disagree"));
  const std::vector<ScoredMurmur> none = {Recording("7", std::nullopt, {1, 0, 0})};
  EXPECT_THAT(JoinPatients(none).error().message, HasSubstr("patient_murmur"));
}

}  // namespace
}  // namespace heartbeat::evaluation
