#include "server/history_csv.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

namespace heartbeat::server {
namespace {

store::Prediction Sample() {
  store::Prediction prediction;
  prediction.id = "01890c0e-0000-7000-8000-000000000000";
  prediction.time = store::Time(std::chrono::milliseconds(1'769'860'800'123));
  prediction.file_name = "a.wav";
  prediction.sha256 = std::string(64, 'a');
  prediction.predicted_class = store::PredictedClass::kAbnormal;
  prediction.verdict = store::Verdict::kUncertain;
  prediction.probability_abnormal = 0.625;
  prediction.confidence = 0.625;
  prediction.threshold = 0.5;
  prediction.duration_s = 20.8;
  prediction.processing_time_s = 0.0031;
  prediction.model = {.name = "m", .version = "1", .sha256 = std::string(64, 'b')};
  return prediction;
}

TEST(HistoryCsv, HasALineForEachPrediction) {
  auto prediction = Sample();
  EXPECT_EQ(HistoryCsvHead(),
            "id,timestamp,file_name,patient_ref,location,predicted_class,verdict,"
            "probability_abnormal,confidence,threshold_used,quality_ok,quality_reasons,duration_s,"
            "processing_time,sha256,model_name,model_version,model_sha256,label\r\n");
  const auto a = std::string(64, 'a');
  const auto b = std::string(64, 'b');
  EXPECT_EQ(HistoryCsvRow(prediction),
            "01890c0e-0000-7000-8000-000000000000,2026-01-31T12:00:00.123Z,a.wav,,,abnormal,"
            "uncertain,0.625,0.625,0.5,,,20.8,0.0031," +
                a + ",m,1," + b + ",\r\n");
  prediction.patient_ref = "P-1";
  prediction.location = "MV";
  prediction.label = store::LabelValue::kNormal;
  prediction.quality = store::Quality{.ok = false, .reasons = {"noise", "clipped, twice"}};
  EXPECT_EQ(HistoryCsvRow(prediction),
            "01890c0e-0000-7000-8000-000000000000,2026-01-31T12:00:00.123Z,a.wav,P-1,MV,abnormal,"
            "uncertain,0.625,0.625,0.5,false,\"noise; clipped, twice\",20.8,0.0031," +
                a + ",m,1," + b + ",normal\r\n");
}

TEST(HistoryCsv, LetsNoSpreadsheetRunWhatAClientNamed) {
  for (const auto* name : {"=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx"}) {
    auto prediction = Sample();
    prediction.file_name = name;
    prediction.patient_ref = name;
    const auto row = HistoryCsvRow(prediction);
    const auto guarded = "'" + std::string(name);
    const auto first = row.find(guarded);
    ASSERT_NE(first, std::string::npos) << name;
    EXPECT_NE(row.find(guarded, first + 1), std::string::npos) << name;
  }
  auto prediction = Sample();
  prediction.file_name = "=HYPERLINK(\"http://a\",\"b\")";
  EXPECT_NE(HistoryCsvRow(prediction).find(",\"'=HYPERLINK(\"\"http://a\"\",\"\"b\"\")\","),
            std::string::npos);
}

TEST(HistoryCsv, GoesThroughAllPages) {
  std::string asked;
  HistoryCsv csv([&](const std::string& cursor) -> base::Result<store::Page> {
    asked += "[" + cursor + "]";
    store::Page page;
    page.predictions.assign(cursor.empty() ? 2 : 1, Sample());
    page.next_cursor = cursor.empty() ? "more" : "";
    return page;
  });
  const auto first = csv.Next();
  ASSERT_TRUE(first);
  EXPECT_EQ(std::ranges::count(*first, '\n'), 2);
  EXPECT_FALSE(csv.done());
  const auto second = csv.Next();
  ASSERT_TRUE(second);
  EXPECT_EQ(std::ranges::count(*second, '\n'), 1);
  EXPECT_TRUE(csv.done());
  EXPECT_EQ(csv.Next(), "");
  EXPECT_EQ(asked, "[][more]");
}

TEST(HistoryCsv, EndsWithAFailure) {
  HistoryCsv csv([](const std::string&) -> base::Result<store::Page> {
    return base::Fail(base::ErrorCode::kIo, "the disk is gone");
  });
  const auto failed = csv.Next();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, base::ErrorCode::kIo);
}

}  // namespace
}  // namespace heartbeat::server
