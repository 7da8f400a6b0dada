// What Store promises of what it keeps, held by every backend.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/id.h"
#include "store/conformance.h"

namespace heartbeat::store {
namespace {

using base::ErrorCode;
using testing::ElementsAre;

void ExpectSame(const Prediction& a, const Prediction& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.time, b.time);
  EXPECT_EQ(a.file_name, b.file_name);
  EXPECT_EQ(a.sha256, b.sha256);
  EXPECT_EQ(a.predicted_class, b.predicted_class);
  EXPECT_EQ(a.verdict, b.verdict);
  EXPECT_EQ(a.probability_abnormal, b.probability_abnormal);
  EXPECT_EQ(a.confidence, b.confidence);
  EXPECT_EQ(a.threshold, b.threshold);
  EXPECT_EQ(a.duration_s, b.duration_s);
  EXPECT_EQ(a.processing_time_s, b.processing_time_s);
  EXPECT_EQ(a.model, b.model);
  EXPECT_EQ(a.patient_ref, b.patient_ref);
  EXPECT_EQ(a.location, b.location);
  EXPECT_EQ(a.quality, b.quality);
  EXPECT_EQ(a.answer, b.answer);
  EXPECT_EQ(a.label, b.label);
}

class StoreConformance : public ConformanceTest {};

TEST_P(StoreConformance, APredictionComesBackAsItWentAlsoAfterReopening) {
  auto full = TestPrediction(recording_);
  full.answer = R"({"a":"heart \u2665 ♥ 'quote' :name","b":[1,2.5e-3]})" + std::string(9000, ' ');
  auto sparse = TestPrediction(recording_);
  sparse.predicted_class = PredictedClass::kNormal;
  sparse.verdict = Verdict::kPoorQuality;
  sparse.patient_ref.reset();
  sparse.location.reset();
  sparse.quality.reset();
  auto good = TestPrediction(recording_);
  good.quality = Quality{true, {}};
  for (const auto& prediction : {full, sparse, good}) Add(prediction, recording_);
  for (int round = 0; round < 2; ++round) {
    for (const auto& prediction : {full, sparse, good}) {
      ExpectSame(store_->Get(prediction.id).value(), prediction);
    }
    const auto read = store_->ReadRecording(full.sha256);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->bytes, recording_);
    EXPECT_EQ(read->size_bytes, recording_.size());
    Reopen();
  }
}

TEST_P(StoreConformance, FolderAndFilesAreTheOwnersAlone) {
  Add();
  struct stat status{};
  ASSERT_EQ(::stat(data_dir_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data_dir_)) {
    ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0077, 0U) << entry.path();
  }
}

TEST_P(StoreConformance, TextThatIsNotUtf8IsKeptReadable) {
  auto prediction = TestPrediction(recording_);
  prediction.file_name = std::string("a\xE4\0z.wav", 8);
  Add(prediction, recording_);
  EXPECT_EQ(store_->Get(prediction.id)->file_name, "a\xEF\xBF\xBD\xEF\xBF\xBDz.wav");
}

TEST_P(StoreConformance, WhatMakesNoSenseIsRefusedAndLeavesNothing) {
  const auto good = TestPrediction(recording_);
  const auto expect_refused = [&](const Prediction& prediction) {
    const auto added = store_->AddPrediction(prediction, recording_);
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, ErrorCode::kInvalidArgument) << added.error().message;
  };
  const auto with = [&](auto change) {
    auto prediction = good;
    change(prediction);
    expect_refused(prediction);
  };
  with([](Prediction& p) { p.id = "1"; });
  with([](Prediction& p) { p.sha256 = "../../etc/passwd"; });
  with([](Prediction& p) { p.sha256 = std::string(64, '0'); });
  with([](Prediction& p) { p.time = Time(std::chrono::milliseconds(-1)); });
  with([](Prediction& p) { p.probability_abnormal = 1.1; });
  with([](Prediction& p) { p.confidence = -0.1; });
  with([](Prediction& p) { p.threshold = std::nan(""); });
  with([](Prediction& p) { p.duration_s = -1; });
  with([](Prediction& p) { p.processing_time_s = HUGE_VAL; });
  with([](Prediction& p) { p.answer.clear(); });
  with([](Prediction& p) { p.answer = std::string("{}\0", 3); });
  with([](Prediction& p) { p.patient_ref = ""; });
  with([](Prediction& p) { p.quality->reasons = {"two\nlines"}; });
  EXPECT_EQ(store_->Count()->predictions, 0);
  EXPECT_EQ(CountFiles(data_dir_ / "recordings"), 0U);
}

TEST_P(StoreConformance, AnIdComesOnceAndTheFirstStays) {
  const auto first = Add();
  auto again = TestPrediction(TestRecording(2));
  again.id = first.id;
  const auto added = store_->AddPrediction(again, TestRecording(2));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(store_->Get(first.id)->sha256, first.sha256);
  EXPECT_EQ(CountFiles(data_dir_ / "recordings"), 1U) << "the refused one's recording stayed";
}

TEST_P(StoreConformance, UnknownIdsAreNotFound) {
  const auto id = base::NewId();
  EXPECT_EQ(store_->Get(id).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->Get("'; DROP TABLE predictions; --").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->Delete(id, "me").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->Labels(id).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->AddLabel({id, LabelValue::kNormal, "", "me", Now()}).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(store_->PromoteModel(std::string(64, 'b'), Now(), "me").error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(store_->ReadRecording(std::string(64, 'b')).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->ReadRecording("../heartbeat.db").error().code, ErrorCode::kNotFound);
}

TEST_P(StoreConformance, LabelsAreAllKeptAndTheNewestCounts) {
  const auto prediction = Add();
  const Time time(std::chrono::milliseconds(5));
  const Label wrong{prediction.id, LabelValue::kNormal, "Kommentar ♥", "Dr. A", time};
  const Label right{prediction.id, LabelValue::kAbnormal, "", "Dr. B", time};
  ASSERT_TRUE(store_->AddLabel(wrong));
  ASSERT_TRUE(store_->AddLabel(right));
  EXPECT_EQ(store_->AddLabel({prediction.id, LabelValue::kNormal, "", "", time}).error().code,
            ErrorCode::kInvalidArgument);
  const auto labels = store_->Labels(prediction.id).value();
  ASSERT_EQ(labels.size(), 2U);
  EXPECT_EQ(labels[0].value, LabelValue::kNormal);
  EXPECT_EQ(labels[0].comment, "Kommentar ♥");
  EXPECT_EQ(labels[0].who, "Dr. A");
  EXPECT_EQ(labels[0].time, time);
  EXPECT_EQ(store_->Get(prediction.id)->label, LabelValue::kAbnormal);
  const auto trail = store_->AuditTrail().value();
  ASSERT_EQ(trail.size(), 2U);
  EXPECT_EQ(trail[0].who, "Dr. B");
  EXPECT_EQ(trail[0].action, "label");
  EXPECT_EQ(trail[0].subject, prediction.id);
  EXPECT_EQ(trail[0].detail, "abnormal");
}

TEST_P(StoreConformance, ARecordingGoesWithItsLastPrediction) {
  const auto a = Add();
  const auto b = Add();
  ASSERT_TRUE(store_->AddLabel({a.id, LabelValue::kUnsure, "", "me", Now()}));
  EXPECT_EQ(store_->Delete(a.id, "").error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(store_->Delete(a.id, "Dr. A"));
  EXPECT_EQ(store_->Get(a.id).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(store_->ReadRecording(a.sha256)) << "b has it still";
  ASSERT_TRUE(store_->Delete(b.id, "Dr. A"));
  EXPECT_EQ(store_->ReadRecording(a.sha256).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->Count()->recordings, 0);
  const auto trail = store_->AuditTrail(1).value();
  ASSERT_EQ(trail.size(), 1U);
  EXPECT_EQ(trail[0].action, "delete");
  EXPECT_EQ(trail[0].subject, b.id);
  EXPECT_EQ(store_->AuditTrail(10, trail[0].sequence)->size(), 2U);
  // The same bytes may come again.
  Add();
  EXPECT_TRUE(store_->ReadRecording(a.sha256));
}

TEST_P(StoreConformance, CountsByClassVerdictAndLabel) {
  Add();
  auto normal = TestPrediction(TestRecording(2, 300));
  normal.predicted_class = PredictedClass::kNormal;
  normal.verdict = Verdict::kNormal;
  Add(normal, TestRecording(2, 300));
  ASSERT_TRUE(store_->AddLabel({normal.id, LabelValue::kUnsure, "", "me", Now()}));
  const auto counts = store_->Count().value();
  EXPECT_EQ(counts.predictions, 2);
  EXPECT_THAT(counts.by_class, ElementsAre(1, 1));
  EXPECT_THAT(counts.by_verdict, ElementsAre(1, 0, 1, 0));
  EXPECT_THAT(counts.by_label, ElementsAre(0, 0, 1));
  EXPECT_EQ(counts.recordings, 2);
  EXPECT_EQ(counts.recordings_bytes, 1300);
  EXPECT_GT(counts.database_bytes, 0);
}

TEST_P(StoreConformance, RetentionDeletesTheOldest) {
  std::vector<std::string> ids;
  for (int i = 0; i < 250; ++i) {
    const auto recording = TestRecording(1000 + i, 50);
    ids.push_back(Add(TestPrediction(recording, 1000 + i), recording).id);
  }
  EXPECT_EQ(store_->DeleteOlderThan(Time(std::chrono::milliseconds(1000)), "retention").value(), 0);
  EXPECT_EQ(store_->DeleteOlderThan(Time(std::chrono::milliseconds(1220)), "retention").value(),
            220);
  EXPECT_FALSE(store_->Get(ids[219]));
  EXPECT_TRUE(store_->Get(ids[220]));
  EXPECT_EQ(CountFiles(data_dir_ / "recordings"), 30U);
  EXPECT_EQ(store_->AuditTrail(1)->front().who, "retention");
}

TEST_P(StoreConformance, RetentionEndsWhenAsked) {
  for (int i = 0; i < 3; ++i) {
    const auto recording = TestRecording(3000 + i, 50);
    Add(TestPrediction(recording, 1000 + i), recording);
  }
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(store_->DeleteOlderThan(Now(), "retention", stop.get_token()).value(), 0);
  EXPECT_EQ(store_->ShrinkTo(0, "retention", stop.get_token()).value(), 0);
  EXPECT_EQ(store_->Count()->predictions, 3);
}

TEST_P(StoreConformance, ShrinksToASizeFromTheOldEnd) {
  std::vector<std::string> ids;
  for (int i = 0; i < 30; ++i) {
    const auto recording = TestRecording(2000 + i, 100'000);
    ids.push_back(Add(TestPrediction(recording, 1000 + i), recording).id);
  }
  const auto before = store_->Count().value();
  const std::int64_t goal = before.database_bytes + 1'000'000;
  const auto deleted = store_->ShrinkTo(goal, "retention").value();
  const auto after = store_->Count().value();
  EXPECT_LE(after.recordings_bytes + after.database_bytes, goal);
  EXPECT_EQ(deleted, 20) << "no more than it takes";
  EXPECT_FALSE(store_->Get(ids[19]));
  EXPECT_TRUE(store_->Get(ids[20]));
  EXPECT_EQ(store_->ShrinkTo(goal, "retention").value(), 0);
  EXPECT_EQ(store_->ShrinkTo(0, "retention").value(), 10) << "ends when there is nothing left";
}

TEST_P(StoreConformance, ModelsArePromotedAndGoneBackTo) {
  const auto version = [](char digit, std::int64_t added_ms) {
    return ModelVersion{{"heartbeat", std::string(1, digit), std::string(64, digit)},
                        "models/heartbeat.onnx",
                        Time(std::chrono::milliseconds(added_ms)),
                        {}};
  };
  ASSERT_TRUE(store_->AddModel(version('1', 10), "me"));
  ASSERT_TRUE(store_->AddModel(version('2', 20), "me"));
  ASSERT_TRUE(store_->AddModel(version('2', 30), "me")) << "known already";
  const Time time(std::chrono::milliseconds(40));
  ASSERT_TRUE(store_->PromoteModel(std::string(64, '1'), time, "me"));
  const auto models = store_->Models().value();
  ASSERT_EQ(models.size(), 2U);
  EXPECT_EQ(models[0].model, version('2', 20).model);
  EXPECT_EQ(models[0].added, version('2', 20).added);
  EXPECT_EQ(models[0].promoted, std::nullopt);
  EXPECT_EQ(models[1].promoted, time);
  EXPECT_EQ(models[1].source, "models/heartbeat.onnx");
  EXPECT_EQ(store_->AddModel({{"x", "y", "z"}, "", time, {}}, "me").error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(store_->AuditTrail()->size(), 3U);
}

// A server that starts again serves the one that was promoted last.
TEST_P(StoreConformance, APromotionIsTheLastOneAlsoWhereTheClockWentBack) {
  const auto at = [](std::int64_t ms) { return Time(std::chrono::milliseconds(ms)); };
  for (const char digit : {'1', '2'}) {
    const ModelVersion version{
        {"heartbeat", std::string(1, digit), std::string(64, digit)}, "given", at(10), {}};
    ASSERT_TRUE(store_->AddModel(version, "me"));
  }
  const auto last = [this] {
    auto models = store_->Models().value();
    return std::ranges::max(models, {}, &ModelVersion::promoted).model.version;
  };
  ASSERT_TRUE(store_->PromoteModel(std::string(64, '1'), at(5000), "me"));
  for (const auto& [digit, ms] : {std::pair('2', 1000), {'1', 1000}, {'2', 1000}, {'2', 900}}) {
    ASSERT_TRUE(store_->PromoteModel(std::string(64, digit), at(ms), "me"));
    EXPECT_EQ(last(), std::string(1, digit)) << ms;
  }
  EXPECT_EQ(store_->AuditTrail()->front().time, at(900)) << "the trail says what the clock said";
}

TEST_P(StoreConformance, TheTrailCountsUp) {
  for (const auto* action : {"login", "logout"}) {
    ASSERT_TRUE(store_->AddAuditEntry({0, Now(), "me", action, "", "detail"}));
  }
  EXPECT_FALSE(store_->AddAuditEntry({0, Now(), "", "login", "", ""}));
  EXPECT_FALSE(store_->AddAuditEntry({0, Now(), "me", "", "", ""}));
  const auto trail = store_->AuditTrail().value();
  ASSERT_EQ(trail.size(), 2U);
  EXPECT_EQ(trail[0].sequence, 2);
  EXPECT_EQ(trail[0].action, "logout");
  EXPECT_EQ(trail[1].detail, "detail");
  EXPECT_EQ(store_->AuditTrail(0).error().code, ErrorCode::kInvalidArgument);
}

HEARTBEAT_CONFORMANCE(StoreConformance);

}  // namespace
}  // namespace heartbeat::store
