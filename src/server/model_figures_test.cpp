#include "server/model_figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace heartbeat::server {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using nlohmann::json;
using testing::HasSubstr;

// As `heartbeat evaluate` writes it (src/cli/cmd_evaluate.cpp), with a database that has one class.
json Report() {
  return json::parse(R"({
    "model": {"name": "heartbeat", "version": "0.1.0", "sha256": "abc"},
    "threshold": 0.5, "data": ["/somewhere"], "split": "validation",
    "groups": [
      {"database": "all", "normal": 150, "abnormal": 151, "refused": 1,
       "confusion_matrix": {"true_positive": 125, "false_positive": 31,
                            "true_negative": 119, "false_negative": 26},
       "auroc": {"value": 0.916, "low": 0.885, "high": 0.944},
       "accuracy": {"value": 0.81, "low": 0.76, "high": 0.85}},
      {"database": "training-c", "normal": 0, "abnormal": 2, "refused": 0,
       "confusion_matrix": {"true_positive": 2, "false_positive": 0,
                            "true_negative": 0, "false_negative": 0},
       "auroc": {"value": null, "low": null, "high": null}}]})");
}

class ModelFiguresTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "heartbeat-figures-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }
  [[nodiscard]] base::Result<ModelFigures> Read() const {
    return ReadModelFigures(folder_ / "model.onnx", "abc");
  }
  [[nodiscard]] base::Result<ModelFigures> Read(std::string_view text) const {
    std::ofstream(folder_ / "metrics.json") << text;
    return Read();
  }
  void ExpectUnusable(const json& report, std::string_view why) const {
    const auto figures = Read(report.dump());
    ASSERT_FALSE(figures) << report;
    EXPECT_EQ(figures.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(figures.error().message, HasSubstr(why));
    EXPECT_EQ(figures.error().message.find(folder_.string()), std::string::npos);
  }

  fs::path folder_;
};

TEST_F(ModelFiguresTest, ReadsWhatEvaluateWrote) {
  const auto figures = Read(Report().dump());
  ASSERT_TRUE(figures) << figures.error().message;
  EXPECT_EQ(figures->split, "validation");
  EXPECT_EQ(figures->threshold, 0.5);
  ASSERT_EQ(figures->groups.size(), 2U);
  const auto& all = figures->all();
  EXPECT_EQ(all.normal, 150U);
  EXPECT_EQ(all.abnormal, 151U);
  EXPECT_EQ(all.refused, 1U);
  EXPECT_EQ(all.Find("auroc"), 0.916);
  EXPECT_EQ(all.measures.at("auroc").low, 0.885);
  EXPECT_EQ(all.Find("f1"), std::nullopt);
  ASSERT_TRUE(all.confusion);
  EXPECT_EQ(all.confusion->true_negative, 119U);
  EXPECT_EQ(all.confusion->false_positive, 31U);
  EXPECT_EQ(all.confusion->false_negative, 26U);
  EXPECT_EQ(all.confusion->true_positive, 125U);
  EXPECT_EQ(figures->groups[1].Find("auroc"), std::nullopt);
}

TEST_F(ModelFiguresTest, ShowsThemWithoutTheFoldersOfTheData) {
  const auto figures = Read(Report().dump());
  ASSERT_TRUE(figures);
  const auto shown = ToJson(*figures);
  EXPECT_EQ(shown["split"], "validation");
  EXPECT_EQ(shown["groups"][0]["measures"]["auroc"],
            (json{{"value", 0.916}, {"low", 0.885}, {"high", 0.944}}));
  EXPECT_FALSE(shown["groups"][1]["measures"].contains("auroc"));
  EXPECT_EQ(shown["groups"][0]["confusion_matrix"]["false_negative"], 26);
  EXPECT_EQ(shown.dump().find("/somewhere"), std::string::npos);
}

TEST_F(ModelFiguresTest, SaysWhereThereAreNone) {
  const auto figures = Read();
  ASSERT_FALSE(figures);
  EXPECT_EQ(figures.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(figures.error().message, HasSubstr("heartbeat evaluate"));
}

TEST_F(ModelFiguresTest, AreOfThisVeryModel) {
  auto report = Report();
  report["model"]["sha256"] = "abd";
  ExpectUnusable(report, "about another model");
  report.erase("model");  // as a trainer writes it
  ExpectUnusable(report, "does not say which model");
  report["model"] = {{"sha256", 3}};
  ExpectUnusable(report, "does not say which model");
}

TEST_F(ModelFiguresTest, RefusesWhatIsNotOfThatForm) {
  EXPECT_THAT(Read("{\"model\":").error().message, HasSubstr("not JSON"));
  EXPECT_THAT(Read("[]").error().message, HasSubstr("not JSON"));
  auto report = Report();
  report["groups"] = "many";
  ExpectUnusable(report, "no figures");
  report["groups"] = json::array();
  ExpectUnusable(report, "over all recordings");
  report["groups"] = {{{"database", "all"}, {"normal", -1}, {"abnormal", 3}}};
  ExpectUnusable(report, "cannot be read");
  report = Report();
  report.erase("threshold");
  ExpectUnusable(report, "no figures");
}

TEST_F(ModelFiguresTest, PassesOverWhatItDoesNotKnow) {
  auto report = Report();
  report["groups"][0]["later"] = {{"nested", {1, 2}}};
  report["groups"][0]["confusion_matrix"] = "none";
  report["split"] = nullptr;
  const auto figures = Read(report.dump());
  ASSERT_TRUE(figures);
  EXPECT_FALSE(figures->all().confusion);
  EXPECT_EQ(figures->split, std::nullopt);
  EXPECT_TRUE(ToJson(*figures)["groups"][0]["confusion_matrix"].is_null());
}

}  // namespace
}  // namespace heartbeat::server
