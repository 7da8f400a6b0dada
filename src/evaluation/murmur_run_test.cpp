#include "evaluation/murmur_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "analysis/test_model.h"
#include "base/file.h"

namespace heartbeat::evaluation {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

// Real recordings under other names, and a model that finds unknown what it hears: its answer is
// known, whatever the sound.
class MurmurRunTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(data_);
    const fs::path sounds = fs::path(HEARTBEAT_SOURCE_DIR) / "tests/data";
    for (const char* name : {"1_AV", "1_MV", "2_AV", "3_AV"}) {
      fs::copy_file(sounds / "a0001.flac", data_ / (std::string(name) + ".flac"));
    }
    Manifest(
        "1_AV,1,AV,present,present,test\n1_MV,1,MV,absent,present,test\n"
        "2_AV,2,AV,unknown,unknown,test\n3_AV,3,AV,absent,absent,train\n");
    WriteModel(analysis::MurmurModel(analysis::TestMetadata(), {0, 5, 0}));
    options_.model = folder_ / "model.onnx";
    options_.data = {data_.string()};
    options_.split = "test";
    options_.measures.resamples = 50;
  }
  void TearDown() override { fs::remove_all(folder_); }

  void Manifest(const std::string& rows) const {
    std::ofstream(data_ / "manifest.csv")
        << "record,patient,location,murmur_at_location,patient_murmur,split\n"
        << rows;
  }
  void WriteModel(const std::vector<std::byte>& onnx) const {
    ASSERT_TRUE(base::WriteFileAtomically(folder_ / "model.onnx", onnx));
  }
  [[nodiscard]] base::Result<MurmurResults> Run() const { return RunMurmur(options_, false, {}); }

  fs::path folder_ =
      fs::temp_directory_path() / ("heartbeat-murmurs-" + std::to_string(::getpid()));
  fs::path data_ = folder_ / "circor";
  MurmurRunOptions options_;
};

TEST_F(MurmurRunTest, JudgesTheSplitByPatient) {
  const auto results = Run();
  ASSERT_TRUE(results) << results.error().message;
  ASSERT_EQ(results->recordings.size(), 3U);
  // exp(5) / (exp(5) + 2), to the rounding of single precision.
  EXPECT_NEAR(results->recordings[0].probabilities[1], 0.986703, 1e-5);
  EXPECT_FALSE(results->recordings[0].poor_quality);
  ASSERT_EQ(results->patients.size(), 2U);
  EXPECT_EQ(results->measures.patients, (std::array<std::size_t, 3>{1, 1, 0}));
  EXPECT_EQ(results->measures.confusion[0][1], 1U);
  EXPECT_DOUBLE_EQ(results->measures.weighted_accuracy.value, 3.0 / 8);
}

TEST_F(MurmurRunTest, WritesWhatItFound) {
  const auto results = Run();
  ASSERT_TRUE(results) << results.error().message;
  json document = ToJson(*results);
  EXPECT_EQ(document["protocol"], "circor-murmur");
  EXPECT_EQ(document["patients"], (json{{"present", 1}, {"unknown", 1}, {"absent", 0}}));
  EXPECT_EQ(document["confusion_matrix"], json::parse("[[0,1,0],[0,1,0],[0,0,0]]"));
  EXPECT_EQ(document["sensitivity"]["unknown"]["value"], 1);
  EXPECT_EQ(document["auroc"]["value"], nullptr) << "nobody is without a murmur";
  EXPECT_EQ(document["model"]["sha256"].get<std::string>().size(), 64U);

  EXPECT_THAT(MurmurPage(document).error().message, HasSubstr("not an evaluation"));
  document["created_at"] = "2026-11-26T00:00:00Z";
  const auto page = MurmurPage(document);
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_THAT(*page, HasSubstr("data-json=\"/weighted_accuracy"));
  EXPECT_THAT(*page, HasSubstr("data-json=\"/confusion_matrix/1/1\""));

  const std::string table = ToTable(results->measures);
  EXPECT_THAT(table, HasSubstr("2 patients, 3 recordings, 0 refused"));
  EXPECT_THAT(table, HasSubstr("weighted accuracy               0.375"));
  EXPECT_THAT(PatientsCsv(results->patients), HasSubstr("\ncircor,1,present,unknown,0."));
  EXPECT_THAT(RecordingsCsv(results->recordings),
              HasSubstr("\n1_MV,circor,1,MV,absent,present,0."));
}

TEST_F(MurmurRunTest, WhatCannotBeReadIsNamedAndItsPatientUnknown) {
  std::ofstream(data_ / "2_AV.flac") << "no sound";
  const auto results = Run();
  ASSERT_TRUE(results) << results.error().message;
  EXPECT_EQ(results->measures.refused, 1U);
  EXPECT_EQ(results->measures.nothing_heard, 1U);
  EXPECT_EQ(results->patients[1].called, Murmur::kUnknown);
  EXPECT_THAT(PatientsCsv(results->patients), HasSubstr("circor,2,unknown,unknown,,,,0,0,1"));
}

TEST_F(MurmurRunTest, IsRefusedWithoutAMurmurOutputOrAMurmur) {
  options_.split = "tset";
  EXPECT_THAT(Run().error().message, HasSubstr("there are: test, train"));
  options_.split = "test";
  Manifest("1_AV,1,AV,present,,test\n");
  EXPECT_THAT(Run().error().message, HasSubstr("patient_murmur"));
  WriteModel(analysis::MeanModel(analysis::TestMetadata()));
  EXPECT_THAT(Run().error().message, HasSubstr("murmur output"));
}

}  // namespace
}  // namespace heartbeat::evaluation
