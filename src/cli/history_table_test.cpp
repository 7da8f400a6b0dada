#include "cli/history_table.h"

#include <gmock/gmock.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <vector>

#include "cli/text.h"

namespace heartbeat::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

store::Prediction Sample(const std::string& file_name) {
  store::Prediction prediction;
  prediction.id = "01890c0e-0000-7000-8000-000000000000";
  prediction.time = store::Time(std::chrono::milliseconds(1'769'860'800'123));
  prediction.file_name = file_name;
  prediction.verdict = store::Verdict::kPoorQuality;
  prediction.probability_abnormal = 0.6254;
  return prediction;
}

TEST(HistoryTable, HasARowForEachPrediction) {
  std::vector<store::Prediction> page = {Sample("a.wav"), Sample("b b.wav")};
  page[1].verdict = store::Verdict::kAbnormal;
  page[1].label = store::LabelValue::kUnsure;
  page[1].patient_ref = "study-0042";
  const HistoryTable table(page, 200, false);
  EXPECT_EQ(table.Head(),
            "time (UTC)        verdict       P(abnormal)  label     patient     file     id\n");
  EXPECT_EQ(table.Row(page[0]),
            "2026-01-31 12:00  poor quality        0.625  -         -           a.wav    "
            "01890c0e-0000-7000-8000-000000000000\n");
  EXPECT_EQ(table.Row(page[1]),
            "2026-01-31 12:00  abnormal            0.625  unsure    study-0042  b b.wav  "
            "01890c0e-0000-7000-8000-000000000000\n");
}

TEST(HistoryTable, FitsATerminalAndRunsNothingThere) {
  const std::vector<store::Prediction> page = {Sample(std::string(300, 'x') + ".wav")};
  const HistoryTable table(page, 160, false);
  EXPECT_EQ(DisplayWidth(table.Row(page[0])), 160U + 1);
  EXPECT_THAT(table.Row(page[0]), HasSubstr("x.wav  01890c0e"));
  const auto evil = Sample("\x1b[2Ja.wav\n");
  EXPECT_THAT(table.Row(evil), Not(HasSubstr("\x1b")));
  EXPECT_EQ(table.Row(evil).find('\n'), table.Row(evil).size() - 1);
}

TEST(HistoryTable, ShowsOnePredictionWithWhatIsKnownOfIt) {
  const auto kept = nlohmann::json::parse(R"({
    "id": "01890c0e-0000-7000-8000-000000000000", "timestamp": "2026-01-31T12:00:00.123Z",
    "file_name": "a\u001b[2J.wav", "predicted_class": "abnormal", "verdict": "uncertain",
    "probability_abnormal": 0.5421, "confidence": 0.5421, "threshold_used": 0.5,
    "patient_ref": "P-1", "recording": {"format": "FLAC", "duration_s": 8.04, "sha256": "abc",
    "sample_rate_hz": 2000, "truncated": true},
    "model": {"name": "heartbeat", "version": "0.3.0", "sha256": "def"},
    "windows": [{"start_s": 0, "end_s": 5, "probability_abnormal": 0.25},
                {"start_s": 3.04, "end_s": 8.04, "probability_abnormal": 0.75}],
    "label": "normal", "labels": [
      {"label": "unsure", "comment": "", "by": "Dr. A", "timestamp": "2026-02-01T08:00:00.000Z"},
      {"label": "normal", "comment": "clear", "by": "Dr. B",
       "timestamp": "2026-02-02T08:00:00.000Z"}]})");
  EXPECT_EQ(PredictionText(kept),
            "verdict       uncertain  P(abnormal) 0.542, threshold 0.500\n"
            "class         abnormal, confidence 0.542\n"
            "time          2026-01-31 12:00:00 UTC\n"
            "file          a\xEF\xBF\xBD[2J.wav\n"
            "patient       P-1\n"
            "recording     FLAC, 8.0 s, 2000 Hz, cut off\n"
            "              abc\n"
            "model         heartbeat 0.3.0 (def)\n"
            "windows          0.0 -    5.0 s  0.250\n"
            "                 3.0 -    8.0 s  0.750\n"
            "labels        unsure    2026-02-01 08:00:00 UTC  Dr. A\n"
            "              normal    2026-02-02 08:00:00 UTC  Dr. B: clear\n"
            "id            01890c0e-0000-7000-8000-000000000000\n");
  EXPECT_THAT(PredictionText(nlohmann::json::object()), HasSubstr("labels        none\n"))
      << "an answer of another version lacks things, and is shown";
}

}  // namespace
}  // namespace heartbeat::cli
