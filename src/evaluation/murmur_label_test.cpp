#include "evaluation/murmur_label.h"

#include <gtest/gtest.h>

namespace heartbeat::evaluation {
namespace {

DatasetEntry Entry(std::optional<Murmur> at_location, std::optional<Murmur> patient) {
  DatasetEntry entry;
  entry.murmur_at_location = at_location;
  entry.patient_murmur = patient;
  return entry;
}

TEST(MurmurLabel, IsThatOfThePlaceAndNotOfThePatient) {
  EXPECT_EQ(MurmurLabel(Entry(Murmur::kAbsent, Murmur::kPresent)), Murmur::kAbsent);
  EXPECT_EQ(MurmurLabel(Entry(Murmur::kPresent, Murmur::kPresent)), Murmur::kPresent);
  EXPECT_EQ(MurmurLabel(Entry(Murmur::kPresent, std::nullopt)), Murmur::kPresent);
}

TEST(MurmurLabel, OfAPatientOfWhomNobodyCanTellIsUnknown) {
  EXPECT_EQ(MurmurLabel(Entry(std::nullopt, Murmur::kUnknown)), Murmur::kUnknown);
  EXPECT_EQ(MurmurLabel(Entry(Murmur::kAbsent, Murmur::kUnknown)), Murmur::kUnknown);
}

TEST(MurmurLabel, WithoutAPlaceOnlyAbsenceIsKnown) {
  EXPECT_EQ(MurmurLabel(Entry(std::nullopt, Murmur::kAbsent)), Murmur::kAbsent);
  EXPECT_EQ(MurmurLabel(Entry(std::nullopt, Murmur::kPresent)), std::nullopt);
  EXPECT_EQ(MurmurLabel(Entry(std::nullopt, std::nullopt)), std::nullopt);
}

}  // namespace
}  // namespace heartbeat::evaluation
