#include "cli/prediction_output.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <vector>

namespace heartbeat::cli {
namespace {

using analysis::Verdict;
using base::ErrorCode;
using nlohmann::json;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Outcome Heard(const std::string& file, double probability, double threshold = 0.5) {
  analysis::Prediction prediction;
  prediction.file_name = file;
  prediction.analysis.probability_abnormal = probability;
  prediction.analysis.threshold = threshold;
  prediction.analysis.verdict = probability >= threshold ? Verdict::kAbnormal : Verdict::kNormal;
  prediction.duration_s = 20.8;
  return {file, prediction};
}
Outcome Failed(const std::string& file, const std::string& why) {
  return {file, base::Fail(ErrorCode::kRecordingTooShort, why)};
}

std::string Render(const OutputOptions& options, const std::vector<Outcome>& outcomes) {
  const PredictionOutput output(options);
  std::string text = output.Head();
  for (const Outcome& outcome : outcomes) {
    if (&outcome != outcomes.data()) text += output.Between();
    text += output.Row(outcome);
  }
  return text + output.Tail();
}

TEST(PredictionOutput, JsonIsAnArrayOfEach) {
  const OutputOptions options{.format = Format::kJson};
  EXPECT_EQ(json::parse(Render(options, {})), json::array());
  const json list =
      json::parse(Render(options, {Heard("a.wav", 0.9), Failed("b.wav", "too short")}));
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0]["file_name"], "a.wav");
  EXPECT_EQ(list[0]["status"], "success");
  EXPECT_EQ(list[0]["predicted_class"], "abnormal");
  EXPECT_EQ(list[1], json({{"file_name", "b.wav"},
                           {"status", "error"},
                           {"error", "too short"},
                           {"code", "recording-too-short"}}));
}

TEST(PredictionOutput, JsonLinesHoldOneObjectALine) {
  const std::string text =
      Render({.format = Format::kJsonl}, {Heard("a\nb.wav", 0.1), Failed("b.wav", "x\ny")});
  EXPECT_EQ(std::ranges::count(text, '\n'), 2);
  EXPECT_EQ(json::parse(text.substr(0, text.find('\n')))["file_name"], "a\nb.wav");
}

TEST(PredictionOutput, JsonSurvivesNamesThatAreNoUtf8) {
  EXPECT_EQ(json::parse(Render({.format = Format::kJsonl}, {Failed("\xff.wav", "x")}))["file_name"],
            "\uFFFD.wav");
}

TEST(PredictionOutput, CsvHasTheColumnsOfTheContract) {
  EXPECT_EQ(Render({.format = Format::kCsv}, {Heard("a,b.wav", 0.25), Heard("c.wav", 0.4, 0.3),
                                              Failed("d.wav", "say \"x\"")}),
            "file,predicted_class,verdict,probability_abnormal,confidence,quality_ok,duration_s,"
            "error\r\n"
            "\"a,b.wav\",normal,normal,0.250000,0.750000,true,20.800,\r\n"
            "c.wav,abnormal,abnormal,0.400000,0.400000,true,20.800,\r\n"
            "d.wav,,,,,,,\"say \"\"x\"\"\"\r\n");
}

TEST(PredictionOutput, TheTableIsAligned) {
  EXPECT_EQ(
      Render({.format = Format::kTable, .file_columns = 6},
             {Heard("ä.wav", 0.25), Heard("folder/b.wav", 0.9), Failed("c.wav", "too short")}),
      "file    verdict       P(abnormal)     length  note\n"
      "ä.wav   normal              0.250     20.8 s\n"
      "…b.wav  abnormal            0.900     20.8 s\n"
      "c.wav   failed                  -          -  too short\n");
}

TEST(PredictionOutput, TheTableHasMurmursWhereTheModelSaysOfThem) {
  Outcome heard = Heard("a.wav", 0.25);
  heard.prediction->analysis.murmur = {.present = 0.125, .unknown = 0.5, .absent = 0.375};
  EXPECT_EQ(Render({.format = Format::kTable, .murmur = true, .file_columns = 6},
                   {heard, Failed("c.wav", "too short")}),
            "file    verdict       P(abnormal)  P(murmur)     length  note\n"
            "a.wav   normal              0.250      0.125     20.8 s\n"
            "c.wav   failed                  -          -          -  too short\n");
}

TEST(PredictionOutput, TheTableHasTheReasons) {
  Outcome outcome = Heard("a.wav", 0.5);
  outcome.prediction->analysis.quality.reasons = {"cut off: half of it", "clipped: lower the gain"};
  EXPECT_THAT(Render({}, {outcome}), HasSubstr("  cut off: half of it; clipped: lower the gain\n"));
}

TEST(PredictionOutput, PoorQualityIsItsOwnVerdict) {
  Outcome outcome = Heard("a.wav", 0.9);
  outcome.prediction->analysis.verdict = analysis::Verdict::kPoorQuality;
  outcome.prediction->analysis.quality = {false, 0.1, {"too quiet: raise the gain"}};
  EXPECT_THAT(Render({}, {outcome}),
              HasSubstr("poor_quality        0.900     20.8 s  too quiet: "));
  EXPECT_THAT(Render({.format = Format::kCsv}, {outcome}),
              HasSubstr("a.wav,abnormal,poor_quality,0.900000,0.900000,false,"));
  Tally tally;
  tally.Add(outcome);
  tally.Add(Heard("b.wav", 0.1));
  EXPECT_EQ(tally.ToText(0.5),
            "2 recordings heard in 0.50 s: 1 normal, 0 abnormal, 1 to record again");
}

TEST(PredictionOutput, UncertainIsItsOwnVerdict) {
  Outcome outcome = Heard("a.wav", 0.6);
  outcome.prediction->analysis.verdict = analysis::Verdict::kUncertain;
  EXPECT_THAT(Render({.color = true}, {outcome}), HasSubstr("\x1b[33muncertain   \x1b[0m"));
  EXPECT_THAT(Render({.format = Format::kCsv}, {outcome}),
              HasSubstr("a.wav,abnormal,uncertain,0.600000,0.600000,true,"));
  Tally tally;
  tally.Add(outcome);
  Tally more;
  more.Add(outcome);
  more.Add(Heard("b.wav", 0.1));
  tally.Add(more);
  EXPECT_EQ(tally.ToText(0.5), "3 recordings heard in 0.50 s: 1 normal, 0 abnormal, 2 uncertain");
}

TEST(PredictionOutput, ColorOnlyWhereAskedFor) {
  const std::vector outcomes = {Heard("a.wav", 0.25), Failed("\x1b[2J.wav", "\x1b[2J")};
  EXPECT_THAT(Render({.color = true}, outcomes), HasSubstr("\x1b[32mnormal      \x1b[0m"));
  EXPECT_THAT(Render({.color = false}, outcomes), Not(HasSubstr("\x1b")))
      << "not even from a file's name";
}

TEST(FileColumns, AsWideAsNeededAndAsThereIsRoomFor) {
  const std::vector<std::string> files = {"a.wav", std::string(60, 'x')};
  EXPECT_EQ(FileColumns({}, 80), 4U);
  EXPECT_EQ(FileColumns(std::span(files).first(1), 80), 5U);
  EXPECT_EQ(FileColumns(files, 200), 60U);
  EXPECT_EQ(FileColumns(files, 80), 28U);
  EXPECT_EQ(FileColumns(files, 10), 20U);
}

TEST(Tally, CountsAndNamesTheFirstFailure) {
  Tally tally;
  EXPECT_THAT(tally.ToText(0), StartsWith("0 recordings heard in 0.00 s"));
  tally.Add(Heard("a.wav", 0.9));
  EXPECT_EQ(tally.ToText(0.5), "1 recording heard in 0.50 s: 0 normal, 1 abnormal");
  tally.Add(Failed("b.wav", "too short"));
  EXPECT_THAT(tally.ToText(75), EndsWith("in 1 min 15 s: 0 normal, 1 abnormal; 1 failed: b.wav: "
                                         "too short"));
  Tally next;
  next.Add(Failed("c.wav", "x"));
  tally.Add(next);
  EXPECT_THAT(tally.ToText(1), EndsWith("; 2 failed, the first of them: b.wav: too short"));
}

}  // namespace
}  // namespace heartbeat::cli
