#include "analysis/model_metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/test_model.h"

namespace heartbeat::analysis {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

TEST(ModelMetadata, RoundTripIsExact) {
  ModelMetadata metadata = TestMetadata();
  metadata.features.min_hz = 25.1;
  metadata.features.mel_scale = features::MelScale::kHtk;
  metadata.feature_scale = 1.0 / 3;
  metadata.threshold = 0.4321;
  metadata.window_step_s = 2.5;
  metadata.training_data_sha256 = "abc";
  metadata.license = "Apache-2.0";
  const auto back = ModelMetadata::Parse(metadata.ToProperties());
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->features, metadata.features);
  EXPECT_EQ(back->feature_scale, metadata.feature_scale);
  EXPECT_EQ(back->threshold, metadata.threshold);
  EXPECT_EQ(back->window_step_s, metadata.window_step_s);
  EXPECT_EQ(back->training_data_sha256, "abc");
  EXPECT_EQ(back->ToProperties(), metadata.ToProperties());
}

TEST(ModelMetadata, FiveSecondsAreWholeFrames) {
  const ModelMetadata metadata = TestMetadata();
  EXPECT_EQ(metadata.WindowSamples(), 20000);
  EXPECT_EQ(metadata.WindowFrames(), 312);
}

TEST(ModelMetadata, EveryKeyIsNeeded) {
  const auto properties = TestMetadata().ToProperties();
  for (const auto& [key, value] : properties) {
    auto without = properties;
    without.erase(key);
    const auto parsed = ModelMetadata::Parse(without);
    ASSERT_FALSE(parsed) << key;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidModel);
    EXPECT_THAT(parsed.error().message, HasSubstr(key));
  }
}

TEST(ModelMetadata, RefusesWhatMakesNoSense) {
  for (const auto& [key, value] :
       {std::pair{"heartbeat.schema_version", "2"}, std::pair{"heartbeat.threshold", "1.5"},
        std::pair{"heartbeat.threshold", "nan"}, std::pair{"heartbeat.window_s", "5 s"},
        std::pair{"heartbeat.window_step_s", "0"}, std::pair{"heartbeat.feature_scale", "-1"},
        std::pair{"heartbeat.name", ""}, std::pair{"heartbeat.features.mel_bands", "0"},
        std::pair{"heartbeat.features.mel_bands", "99999999999"},
        std::pair{"heartbeat.features.mel_scale", "bark"},
        std::pair{"heartbeat.features.sample_rate_hz", "-4000"},
        std::pair{"heartbeat.features.max_hz", "1e300"}}) {
    auto properties = TestMetadata().ToProperties();
    properties[key] = value;
    const auto parsed = ModelMetadata::Parse(properties);
    ASSERT_FALSE(parsed) << key << " = " << value;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidModel);
  }
}

}  // namespace
}  // namespace heartbeat::analysis
