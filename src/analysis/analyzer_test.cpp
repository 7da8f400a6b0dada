#include "analysis/analyzer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <numbers>

#include "analysis/test_model.h"
#include "audio/decode.h"
#include "audio/resample.h"
#include "base/file.h"
#include "nn/session.h"

namespace heartbeat::analysis {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using testing::HasSubstr;

const fs::path kShippedModel = fs::path(HEARTBEAT_SOURCE_DIR) / "models/heartbeat.onnx";
const fs::path kTestData = fs::path(HEARTBEAT_SOURCE_DIR) / "tests/data";

class AnalyzerTest : public testing::Test {
 protected:
  void TearDown() override { fs::remove(path_); }

  base::Result<Analyzer> Load(const std::vector<std::byte>& onnx) {
    if (const auto written = base::WriteFileAtomically(path_, onnx); !written) {
      return base::Fail(written);
    }
    return Analyzer::LoadFile(path_);
  }

  fs::path path_ =
      fs::temp_directory_path() / ("heartbeat-analyzer-" + std::to_string(::getpid()) + ".onnx");
};

// A real recording at 4000 Hz, cut or repeated to `seconds`.
audio::Recording RealRecording(double seconds) {
  const auto decoded = audio::DecodeFile(kTestData / "a0001.flac");
  EXPECT_TRUE(decoded) << decoded.error().message;
  auto recording = audio::Resample(decoded->recording, 4000).value();
  const auto wanted = static_cast<std::size_t>(seconds * 4000);
  while (recording.samples.size() < wanted) {
    recording.samples.insert(recording.samples.end(), recording.samples.begin(),
                             recording.samples.end());
  }
  recording.samples.resize(wanted);
  return recording;
}

TEST_F(AnalyzerTest, SaysOfAMurmurWhereTheModelDoes) {
  const auto analyzer = Load(MurmurModel(TestMetadata(), {1, 0, -1}));
  ASSERT_TRUE(analyzer) << analyzer.error().message;
  EXPECT_TRUE(analyzer->HearsMurmurs());
  const auto analysis = analyzer->Analyze(RealRecording(12));
  ASSERT_TRUE(analysis) << analysis.error().message;
  ASSERT_TRUE(analysis->murmur);
  // The mean that all three share drops out of the softmax of 1, 0 and -1; rounding of single
  // precision is left.
  EXPECT_NEAR(analysis->murmur->present, 0.665241, 1e-5);
  EXPECT_NEAR(analysis->murmur->unknown, 0.244728, 1e-5);
  EXPECT_NEAR(analysis->murmur->absent, 0.090031, 1e-5);
  // The other output is not disturbed.
  const auto plain = Load(MeanModel(TestMetadata()));
  ASSERT_TRUE(plain);
  EXPECT_FALSE(plain->HearsMurmurs());
  const auto without = plain->Analyze(RealRecording(12));
  EXPECT_FALSE(without->murmur);
  EXPECT_EQ(without->mean_logit, analysis->mean_logit);
}

TEST_F(AnalyzerTest, RefusesAMurmurOutputOfOtherClasses) {
  const auto analyzer = Load(MurmurModel(TestMetadata(), {1, 0}));
  ASSERT_FALSE(analyzer);
  EXPECT_EQ(analyzer.error().code, ErrorCode::kInvalidModel);
  EXPECT_THAT(analyzer.error().message, HasSubstr("three values"));
}

TEST_F(AnalyzerTest, HearsTheWholeRecordingInWindows) {
  const auto analyzer = Load(MeanModel(TestMetadata()));
  ASSERT_TRUE(analyzer) << analyzer.error().message;
  const auto analysis = analyzer->Analyze(RealRecording(12));
  ASSERT_TRUE(analysis) << analysis.error().message;
  ASSERT_EQ(analysis->windows.size(), 3U);
  EXPECT_EQ(analysis->windows[1].start_s, 5);
  EXPECT_EQ(analysis->windows[2].start_s, 7) << "the last reaches back";
  EXPECT_EQ(analysis->windows[2].end_s, 12);
  double mean = 0;
  for (const auto& window : analysis->windows) mean += Logit(window.probability_abnormal) / 3;
  // The probability is that of the mean logit; 1e-9 is the rounding of going there and back.
  EXPECT_NEAR(Logit(analysis->probability_abnormal), mean, 1e-9);
}

TEST_F(AnalyzerTest, AShortRecordingIsOneWindowRepeatedToLength) {
  const auto analyzer = Load(MeanModel(TestMetadata()));
  ASSERT_TRUE(analyzer) << analyzer.error().message;
  audio::Recording recording = RealRecording(2);
  const auto analysis = analyzer->Analyze(recording);
  ASSERT_TRUE(analysis) << analysis.error().message;
  ASSERT_EQ(analysis->windows.size(), 1U);
  EXPECT_EQ(analysis->windows[0].end_s, 2);
  // The same as handing in what it is repeated to.
  const std::size_t period = recording.samples.size();
  for (std::size_t i = period; i < 20000; ++i) {
    recording.samples.push_back(recording.samples[i - period]);
  }
  EXPECT_EQ(analyzer->Analyze(recording)->probability_abnormal, analysis->probability_abnormal);
}

TEST_F(AnalyzerTest, AbnormalAtAndAboveTheThreshold) {
  ModelMetadata metadata = TestMetadata();
  const audio::Recording recording = RealRecording(5);
  const auto plain = Load(MeanModel(metadata));
  ASSERT_TRUE(plain) << plain.error().message;
  const double probability = plain->Analyze(recording)->probability_abnormal;
  metadata.threshold = probability;
  EXPECT_EQ(Load(MeanModel(metadata))->Analyze(recording)->verdict, Verdict::kAbnormal);
  metadata.threshold = probability + 1e-9;
  EXPECT_EQ(Load(MeanModel(metadata))->Analyze(recording)->verdict, Verdict::kNormal);
}

TEST_F(AnalyzerTest, ACalibratedModelSaysWhereItIsUncertain) {
  ModelMetadata metadata = TestMetadata();
  const audio::Recording recording = RealRecording(12);
  const auto plain = Load(MeanModel(metadata))->Analyze(recording);
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_FALSE(plain->calibrated);
  // A calibrated logit of 0.5, which is a probability of 0.62.
  Calibration calibration;
  calibration.slope = 2;
  calibration.intercept = 0.5 - 2 * plain->mean_logit;
  calibration.screening = 0.3;
  calibration.balanced = 0.5;
  calibration.specific = 0.9;
  calibration.conformal = {0.1, 0.6, 0.6};  // normal up to 0.6, abnormal from 0.4
  metadata.calibration = calibration;
  const auto load = [&](const AnalyzerOptions& options) {
    EXPECT_TRUE(base::WriteFileAtomically(path_, MeanModel(metadata)));
    return Analyzer::LoadFile(path_, options);
  };

  const auto balanced = load({})->Analyze(recording);
  ASSERT_TRUE(balanced) << balanced.error().message;
  EXPECT_EQ(balanced->mean_logit, plain->mean_logit) << "as the network gives it";
  // 1e-6: the mean logit is a sum of floats, and cancels.
  EXPECT_NEAR(balanced->probability_abnormal, Sigmoid(0.5), 1e-6);
  EXPECT_EQ(balanced->verdict, Verdict::kAbnormal);
  ASSERT_TRUE(balanced->calibrated);
  EXPECT_TRUE(balanced->calibrated->prediction_set.IsOnly(true));
  double mean = 0;
  for (const auto& window : balanced->windows) mean += Logit(window.probability_abnormal) / 3;
  EXPECT_NEAR(mean, 0.5, 1e-6) << "windows are calibrated as well";

  // Another threshold calls it normal, which the set does not hold.
  const auto specific = load({.operating_point = OperatingPoint::kSpecific})->Analyze(recording);
  EXPECT_FALSE(specific->CalledAbnormal());
  EXPECT_EQ(specific->verdict, Verdict::kUncertain);
  EXPECT_EQ(specific->calibrated->operating_point, OperatingPoint::kSpecific);

  const auto rare = load({.prevalence = 0.1})->Analyze(recording);
  EXPECT_NEAR(rare->probability_abnormal, Sigmoid(0.5 - std::log(9)), 1e-6);
  EXPECT_EQ(rare->calibrated->prevalence, 0.1);
  EXPECT_EQ(rare->verdict, Verdict::kAbnormal) << "no prevalence changes it";

  metadata.calibration->conformal.largest_normal = 0.7;
  EXPECT_EQ(load({})->Analyze(recording)->verdict, Verdict::kUncertain) << "both";
  metadata.calibration->conformal = {0.1, 0.3, 0.3};
  EXPECT_EQ(load({})->Analyze(recording)->verdict, Verdict::kUncertain) << "none";
  EXPECT_EQ(load({})->Analyze(audio::Recording{std::vector<float>(40000, 1e-4F), 4000})->verdict,
            Verdict::kPoorQuality)
      << "a poor recording is no question of certainty";
}

TEST_F(AnalyzerTest, AnUncalibratedModelHasNoOperatingPoints) {
  ASSERT_TRUE(base::WriteFileAtomically(path_, MeanModel(TestMetadata())));
  const auto analyzer = Analyzer::LoadFile(path_, {.operating_point = OperatingPoint::kScreening});
  ASSERT_FALSE(analyzer);
  EXPECT_THAT(analyzer.error().message, HasSubstr("not calibrated"));
}

TEST_F(AnalyzerTest, RefusesModelsThatDoNotFitThemselves) {
  ModelMetadata metadata = TestMetadata();
  const auto other_output = Load(MeanModel(metadata, "score"));
  ASSERT_FALSE(other_output);
  EXPECT_THAT(other_output.error().message, HasSubstr("\"logit\""));

  // A network for 312 frames whose metadata asks for windows of 4 s.
  nn::OnnxBuilder builder("mean");
  builder.AddInput("features", std::vector<std::int64_t>{1, 128, 312});
  builder.AddOutput("logit", std::vector<std::int64_t>{1});
  builder.AddNode("ReduceMean", {"features"}, {"logit"},
                  {{"axes", std::vector<std::int64_t>{2, 3}}, {"keepdims", std::int64_t{0}}});
  const auto no_metadata = Load(builder.Serialize());
  ASSERT_FALSE(no_metadata);
  EXPECT_EQ(no_metadata.error().code, ErrorCode::kInvalidModel);
  metadata.window_s = metadata.window_step_s = 4;
  for (const auto& [key, value] : metadata.ToProperties()) builder.SetMetadata(key, value);
  const auto misfit = Load(builder.Serialize());
  ASSERT_FALSE(misfit);
  EXPECT_EQ(misfit.error().code, ErrorCode::kInvalidModel);
  EXPECT_THAT(misfit.error().message, HasSubstr("[1, 128, 312]"));
  EXPECT_THAT(misfit.error().message, HasSubstr("[1, 128, 250]"));

  EXPECT_EQ(Analyzer::LoadFile("no-such-model.onnx").error().code, ErrorCode::kNotFound);
}

// The training recordings hold nothing above 1000 Hz: what is there must not be heard.
TEST(ShippedModel, DoesNotHearAboveItsUpperFrequency) {
  const auto analyzer = Analyzer::LoadFile(kShippedModel);
  ASSERT_TRUE(analyzer) << analyzer.error().message;
  for (const double tone_hz : {1100.0, 1500.0, 1900.0}) {
    audio::Recording recording = RealRecording(10);
    const auto before = analyzer->Analyze(recording);
    double power = 0;
    for (const float sample : recording.samples) power += sample * sample;
    const double amplitude = std::sqrt(2 * power / static_cast<double>(recording.samples.size()));
    for (std::size_t i = 0; i < recording.samples.size(); ++i) {
      recording.samples[i] += static_cast<float>(
          amplitude * std::sin(2 * std::numbers::pi * tone_hz * static_cast<double>(i) / 4000));
    }
    const auto after = analyzer->Analyze(recording);
    EXPECT_EQ(after->verdict, before->verdict) << tone_hz;
    // As much energy again may move the probability by what rounding and the filter's slope leave.
    EXPECT_NEAR(after->probability_abnormal, before->probability_abnormal, 0.02) << tone_hz;
  }
}

TEST(ShippedModel, DoesNotHearTheGain) {
  const auto analyzer = Analyzer::LoadFile(kShippedModel);
  ASSERT_TRUE(analyzer) << analyzer.error().message;
  audio::Recording recording = RealRecording(10);
  const double before = analyzer->Analyze(recording)->probability_abnormal;
  for (float& sample : recording.samples) sample *= 0.01F;
  // Decibels are relative to the loudest: only rounding is left.
  EXPECT_NEAR(analyzer->Analyze(recording)->probability_abnormal, before, 1e-4);
}

TEST(ShippedModel, IsWhatItsCardSays) {
  const auto analyzer = Analyzer::LoadFile(kShippedModel);
  ASSERT_TRUE(analyzer) << analyzer.error().message;
  EXPECT_EQ(analyzer->metadata().features.mel_bands, 64);
  EXPECT_EQ(analyzer->metadata().features.sample_rate_hz, 4000);
  const auto session = nn::Session::LoadFile(kShippedModel);
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_LE(session->MultiplyAccumulates(), 60'000'000U);
  EXPECT_LE(session->ParameterCount(), 500'000U);
}

TEST_F(AnalyzerTest, EvidenceAddsUpToTheLogit) {
  const auto analyzer = Load(MeanModelWithEvidence(TestMetadata()));
  ASSERT_TRUE(analyzer) << analyzer.error().message;
  EXPECT_EQ(analyzer->evidence_shape(), (EvidenceShape{.rows = 16, .columns = 39}));
  for (const double seconds : {2.0, 5.0, 12.0}) {
    const auto explained = analyzer->Explain(RealRecording(seconds));
    ASSERT_TRUE(explained) << explained.error().message;
    const auto& [analysis, grid] = *explained;
    double sum = 0;
    for (const double value : grid.contributions) sum += value;
    // Means of floats in another order: 1e-5 of values below 10.
    EXPECT_NEAR(sum, analysis.mean_logit, 1e-4) << seconds;
    EXPECT_NEAR(grid.remainder, 0, 1e-4);
    EXPECT_NEAR(grid.columns * grid.column_s, seconds, grid.column_s);
    const auto analyzed = analyzer->Analyze(RealRecording(seconds));
    ASSERT_TRUE(analyzed);
    ASSERT_TRUE(analyzed->regions);
    EXPECT_EQ(analyzed->regions->size(), analysis.regions->size());
  }
}

TEST_F(AnalyzerTest, AModelWithoutEvidenceExplainsNothing) {
  const auto analyzer = Load(MeanModel(TestMetadata()));
  ASSERT_TRUE(analyzer);
  EXPECT_FALSE(analyzer->Analyze(RealRecording(5))->regions);
  const auto explained = analyzer->Explain(RealRecording(5));
  ASSERT_FALSE(explained);
  EXPECT_EQ(explained.error().code, ErrorCode::kNotFound);
}

TEST_F(AnalyzerTest, RefusesEvidenceThatIsNoGridOverTheWindow) {
  const auto metadata = TestMetadata();
  nn::OnnxBuilder builder("misfit");
  builder.AddInput("features", std::vector<std::int64_t>{1, metadata.features.mel_bands,
                                                         metadata.WindowFrames()});
  builder.AddOutput("logit", std::vector<std::int64_t>{1});
  builder.AddOutput("evidence", std::vector<std::int64_t>{1});
  const std::map<std::string, nn::OnnxBuilder::Attribute> whole = {
      {"axes", std::vector<std::int64_t>{2, 3}}, {"keepdims", std::int64_t{0}}};
  builder.AddNode("ReduceMean", {"features"}, {"logit"}, whole);
  builder.AddNode("ReduceMax", {"features"}, {"evidence"}, whole);
  for (const auto& [key, value] : metadata.ToProperties()) builder.SetMetadata(key, value);
  const auto analyzer = Load(builder.Serialize());
  ASSERT_FALSE(analyzer);
  EXPECT_EQ(analyzer.error().code, ErrorCode::kInvalidModel);
  EXPECT_THAT(analyzer.error().message, HasSubstr("evidence"));
}

}  // namespace
}  // namespace heartbeat::analysis
