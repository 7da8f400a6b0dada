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

ModelMetadata Calibrated() {
  ModelMetadata metadata = TestMetadata();
  metadata.threshold = 0.45;
  metadata.calibration = Calibration{.slope = 1.0 / 3,
                                     .intercept = -0.1,
                                     .prevalence = 0.2,
                                     .screening = 0.25,
                                     .balanced = 0.45,
                                     .specific = 0.8,
                                     .conformal = {0.1, 0.55, 1}};
  return metadata;
}

TEST(ModelMetadata, ACalibrationIsSchemaVersionTwo) {
  EXPECT_EQ(TestMetadata().ToProperties().at("heartbeat.schema_version"), "1");
  const auto properties = Calibrated().ToProperties();
  EXPECT_EQ(properties.at("heartbeat.schema_version"), "2");
  EXPECT_EQ(properties.at("heartbeat.operating_points.screening"), "0.25");
  EXPECT_EQ(properties.at("heartbeat.conformal.largest_abnormal"), "1");
  const auto back = ModelMetadata::Parse(properties);
  ASSERT_TRUE(back) << back.error().message;
  ASSERT_TRUE(back->calibration);
  EXPECT_EQ(back->calibration->slope, 1.0 / 3);
  EXPECT_EQ(back->ToProperties(), properties);
}

TEST(ModelMetadata, VersionOneHasNoCalibration) {
  // Also where such keys stand there: they belong to another version.
  auto properties = Calibrated().ToProperties();
  properties["heartbeat.schema_version"] = "1";
  const auto parsed = ModelMetadata::Parse(properties);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_FALSE(parsed->calibration);
}

TEST(ModelMetadata, ASecondViewIsSchemaVersionThreeCalibratedOrNot) {
  for (const bool calibrated : {false, true}) {
    ModelMetadata metadata = calibrated ? Calibrated() : TestMetadata();
    metadata.features.second_view = features::SecondView{.first_band = 1, .bands = 3};
    const auto properties = metadata.ToProperties();
    EXPECT_EQ(properties.at("heartbeat.schema_version"), "3");
    EXPECT_EQ(properties.at("heartbeat.second_view.bands"), "3");
    const auto back = ModelMetadata::Parse(properties);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->features, metadata.features);
    EXPECT_EQ(back->calibration.has_value(), calibrated);
    EXPECT_EQ(back->ToProperties(), properties);
  }
}

TEST(ModelMetadata, ASecondViewIsWithinTheBands) {
  ModelMetadata metadata = TestMetadata();
  metadata.features.second_view = features::SecondView{.first_band = 1, .bands = 1};
  auto properties = metadata.ToProperties();
  for (const auto& [key, value] : {std::pair{"heartbeat.second_view.bands", "0"},
                                   std::pair{"heartbeat.second_view.bands", "1025"},
                                   std::pair{"heartbeat.second_view.first_band", "-1"},
                                   std::pair{"heartbeat.second_view.first_band", "9999"}}) {
    auto wrong = properties;
    wrong[key] = value;
    const auto parsed = ModelMetadata::Parse(wrong);
    ASSERT_FALSE(parsed) << key << value;
    EXPECT_THAT(parsed.error().message, HasSubstr("second_view"));
  }
}

TEST(ModelMetadata, FiveSecondsAreWholeFrames) {
  const ModelMetadata metadata = TestMetadata();
  EXPECT_EQ(metadata.WindowSamples(), 20000);
  EXPECT_EQ(metadata.WindowFrames(), 312);
}

TEST(ModelMetadata, EveryKeyIsNeeded) {
  const auto properties = Calibrated().ToProperties();
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
       {std::pair{"heartbeat.schema_version", "3"}, std::pair{"heartbeat.schema_version", "0"},
        std::pair{"heartbeat.threshold", "0.5"}, std::pair{"heartbeat.calibration.slope", "0"},
        std::pair{"heartbeat.calibration.intercept", "inf"},
        std::pair{"heartbeat.operating_points.specific", "0.3"},
        std::pair{"heartbeat.conformal.largest_normal", "-1"},
        std::pair{"heartbeat.threshold", "1.5"}, std::pair{"heartbeat.threshold", "nan"},
        std::pair{"heartbeat.window_s", "5 s"}, std::pair{"heartbeat.window_step_s", "0"},
        std::pair{"heartbeat.feature_scale", "-1"}, std::pair{"heartbeat.name", ""},
        std::pair{"heartbeat.features.mel_bands", "0"},
        std::pair{"heartbeat.features.mel_bands", "99999999999"},
        std::pair{"heartbeat.features.mel_scale", "bark"},
        std::pair{"heartbeat.features.sample_rate_hz", "-4000"},
        std::pair{"heartbeat.features.max_hz", "1e300"}}) {
    auto properties = Calibrated().ToProperties();
    properties[key] = value;
    const auto parsed = ModelMetadata::Parse(properties);
    ASSERT_FALSE(parsed) << key << " = " << value;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidModel);
  }
}

}  // namespace
}  // namespace heartbeat::analysis
