#include "server/subject.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace heartbeat::server {
namespace {

TEST(Subject, IsOptional) {
  const auto none = Subject::Parse({{"other", "x"}});
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->patient_ref);
  EXPECT_FALSE(none->location);
  const auto empty = Subject::Parse({{"patient_ref", ""}, {"location", ""}});
  ASSERT_TRUE(empty);
  nlohmann::json prediction = {{"id", "1"}};
  empty->AddTo(prediction);
  EXPECT_EQ(prediction, (nlohmann::json{{"id", "1"}}));
}

TEST(Subject, TakesTheLocationsOfTheContract) {
  for (const std::string location : {"AV", "PV", "TV", "MV", "other"}) {
    const auto subject = Subject::Parse({{"location", location}});
    ASSERT_TRUE(subject) << location;
    EXPECT_EQ(subject->location, location);
  }
  for (const std::string location : {"av", "Other", "XX", "AV ", "AV,PV"}) {
    const auto subject = Subject::Parse({{"location", location}});
    ASSERT_FALSE(subject) << location;
    EXPECT_EQ(subject.error().code, base::ErrorCode::kInvalidArgument);
    EXPECT_NE(subject.error().message.find("`location`"), std::string::npos);
  }
}

TEST(Subject, BoundsThePatientRefInCharacters) {
  std::string umlauts;
  for (std::size_t i = 0; i < Subject::kMaxPatientRefCharacters; ++i) umlauts += "\u00e4";
  EXPECT_TRUE(Subject::Parse({{"patient_ref", umlauts}}));
  EXPECT_FALSE(Subject::Parse({{"patient_ref", umlauts + "a"}}));
  for (const std::string bad : {"a\nb", "\x7f", "\xff\xfe", "\xc3"}) {
    const auto subject = Subject::Parse({{"patient_ref", bad}});
    ASSERT_FALSE(subject);
    EXPECT_EQ(subject.error().message.find(bad), std::string::npos);
  }
}

TEST(Subject, StandsInThePrediction) {
  nlohmann::json prediction = {{"id", "1"}};
  Subject::Parse({{"patient_ref", "P-7"}, {"location", "MV"}})->AddTo(prediction);
  EXPECT_EQ(prediction, (nlohmann::json{{"id", "1"}, {"patient_ref", "P-7"}, {"location", "MV"}}));
}

}  // namespace
}  // namespace heartbeat::server
