#include "cli/history_options.h"

#include <gmock/gmock.h>

#include <chrono>
#include <string>
#include <vector>

#include "cli/options.h"

namespace heartbeat::cli {
namespace {

using testing::HasSubstr;

store::Filter Parse(const std::string& command_line) {
  CLI::App app;
  store::Filter filter;
  AddFilters(app, filter);
  app.parse(command_line);
  return filter;
}

TEST(HistoryOptions, EachFilterIsTakenAsTheApiTakesIt) {
  EXPECT_TRUE(IsEmpty(Parse("")));
  EXPECT_EQ(Parse("--class abnormal").predicted_class, store::PredictedClass::kAbnormal);
  EXPECT_EQ(Parse("--verdict poor_quality").verdict, store::Verdict::kPoorQuality);
  EXPECT_EQ(Parse("--label none").label, store::LabelFilter::kUnlabelled);
  EXPECT_EQ(Parse("--label any").label, store::LabelFilter::kLabelled);
  EXPECT_EQ(Parse("--label unsure").label, store::LabelFilter::kUnsure);
  const store::Time noon{std::chrono::milliseconds(1'769'860'800'000)};
  EXPECT_EQ(Parse("--from 2026-01-31T12:00:00Z").from, noon);
  EXPECT_EQ(Parse("--from 2026-01-31T13:00:00+01:00").from, noon);
  EXPECT_EQ(Parse("--until 2026-01-31").until, noon - std::chrono::hours(12));
  EXPECT_EQ(Parse("--name a00").file_name_prefix, "a00");
  EXPECT_EQ(Parse("--patient-ref P-1").patient_ref, "P-1");
  for (const auto* one : {"--class normal", "--verdict normal", "--label any", "--from 2026-01-31",
                          "--until 2026-01-31", "--name a", "--patient-ref P"}) {
    EXPECT_FALSE(IsEmpty(Parse(one))) << one;
  }
}

TEST(HistoryOptions, WhatMakesNoSenseSaysWhatWould) {
  const auto error_of = [](const std::string& command_line) -> std::string {
    try {
      Parse(command_line);
    } catch (const CLI::ParseError& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(error_of("--class sick"), HasSubstr("--class: must be normal or abnormal"));
  EXPECT_THAT(error_of("--verdict sick"), HasSubstr("uncertain or poor_quality"));
  EXPECT_THAT(error_of("--label sick"), HasSubstr("any or none"));
  EXPECT_THAT(error_of("--from yesterday"), HasSubstr("--from: must be a time such as"));
  EXPECT_THAT(error_of("--until 2026-02-30"), HasSubstr("--until: must be a time such as"));
}

TEST(HistoryOptions, AnEmptyTextIsNoFilterThatWasForgotten) {
  for (const std::string name : {"--name", "--patient-ref"}) {
    CLI::App app;
    store::Filter filter;
    AddFilters(app, filter);
    std::vector<std::string> last_first = {"", name};
    try {
      app.parse(last_first);
      ADD_FAILURE() << name << " was taken";
    } catch (const CLI::ParseError& error) {
      EXPECT_THAT(error.what(), HasSubstr(name + ": must not be empty"));
    }
  }
}

TEST(HistoryOptions, NoVariableNarrowsOrWidensThem) {
  CLI::App app;
  store::Filter filter;
  std::string data_dir;
  AddFilters(app, filter);
  AddDataDir(app, data_dir);
  NameEnvironment(app);
  for (const auto* option : app.get_options()) {
    EXPECT_EQ(option->get_envname(), option->get_name() == "--data-dir" ? "HEARTBEAT_DATA_DIR" : "")
        << option->get_name();
  }
}

}  // namespace
}  // namespace heartbeat::cli
