#include "evaluation/murmur_measures.h"

#include <gtest/gtest.h>

#include <cmath>

namespace heartbeat::evaluation {
namespace {

constexpr std::size_t kResamples = 200;

MurmurPatient Patient(Murmur truth, Murmur called, double present) {
  MurmurPatient patient;
  patient.truth = truth;
  patient.called = called;
  patient.probabilities = {present, 0, 1 - present};
  patient.heard = 3;
  return patient;
}

std::vector<MurmurPatient> Made() {
  return {Patient(Murmur::kPresent, Murmur::kPresent, 0.9),
          Patient(Murmur::kPresent, Murmur::kPresent, 0.5),
          Patient(Murmur::kPresent, Murmur::kAbsent, 0.2),
          Patient(Murmur::kUnknown, Murmur::kUnknown, 0.99),
          Patient(Murmur::kUnknown, Murmur::kPresent, 0.6),
          Patient(Murmur::kAbsent, Murmur::kAbsent, 0.3),
          Patient(Murmur::kAbsent, Murmur::kAbsent, 0.1)};
}

TEST(MeasureMurmurs, CountsPatients) {
  auto patients = Made();
  patients[3].heard = 0;
  patients[3].refused = 2;
  const auto measures = MeasureMurmurs(patients, kResamples, 1);
  EXPECT_EQ(measures.patients, (std::array<std::size_t, 3>{3, 2, 2}));
  EXPECT_EQ(measures.recordings, 18U);
  EXPECT_EQ(measures.nothing_heard, 1U);
  EXPECT_EQ(measures.refused, 2U);
  EXPECT_EQ(measures.confusion[0][2], 1U);
  EXPECT_DOUBLE_EQ(measures.sensitivity[0].value, 2.0 / 3);
  EXPECT_DOUBLE_EQ(measures.sensitivity[1].value, 0.5);
  EXPECT_DOUBLE_EQ(measures.accuracy.value, 5.0 / 7);
  // (5 * 2 + 3 * 1 + 2) / (5 * 3 + 3 * 2 + 2)
  EXPECT_DOUBLE_EQ(measures.weighted_accuracy.value, 15.0 / 23);
}

TEST(MeasureMurmurs, AurocLeavesOutWhomNobodyCanTell) {
  // Of the six pairs of present and absent one is the wrong way round.
  const auto measures = MeasureMurmurs(Made(), kResamples, 1);
  EXPECT_DOUBLE_EQ(measures.auroc.value, 5.0 / 6);
  EXPECT_EQ(measures.roc.front().x, 0);
  EXPECT_EQ(measures.roc.back().y, 1);
}

TEST(MeasureMurmurs, ResamplesWithinEachClass) {
  const auto patients = Made();
  const auto measures = MeasureMurmurs(patients, kResamples, 1);
  // All absent patients are right, in every resample.
  EXPECT_EQ(measures.sensitivity[2].low, 1);
  EXPECT_EQ(measures.sensitivity[2].high, 1);
  EXPECT_LT(measures.sensitivity[0].low, measures.sensitivity[0].value);
  EXPECT_GT(measures.sensitivity[0].high, measures.sensitivity[0].value);
  const auto again = MeasureMurmurs(patients, kResamples, 1);
  EXPECT_EQ(again.weighted_accuracy.low, measures.weighted_accuracy.low);
}

TEST(MeasureMurmurs, OfNobodyIsNotDefined) {
  const auto measures = MeasureMurmurs({}, kResamples, 1);
  EXPECT_TRUE(std::isnan(measures.weighted_accuracy.value));
  EXPECT_TRUE(std::isnan(measures.auroc.value));
  EXPECT_TRUE(measures.roc.empty());
}

}  // namespace
}  // namespace heartbeat::evaluation
