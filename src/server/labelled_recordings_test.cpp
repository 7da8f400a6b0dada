#include "server/labelled_recordings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>

#include "base/digest.h"
#include "base/file.h"
#include "base/id.h"
#include "evaluation/dataset.h"
#include "server/test_folder.h"

namespace heartbeat::server {
namespace {

namespace fs = std::filesystem;
using store::LabelValue;

std::span<const std::byte> Bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

class LabelledRecordingsTest : public testing::Test {
 protected:
  LabelledRecordingsTest() {
    store::StoreOptions options;
    options.data_dir = folder_.path() / "data";
    auto opened = store::Store::Open(options);
    if (opened) history_ = *std::move(opened);
  }

  std::string Predict(const std::string& content, std::optional<LabelValue> label,
                      const std::string& patient = "") {
    store::Prediction prediction;
    prediction.id = base::NewId();
    prediction.time = store::Now() + std::chrono::milliseconds(++count_);
    prediction.file_name = "Jane Doe.wav";
    prediction.sha256 = base::Sha256Hex(Bytes(content));
    prediction.duration_s = 2;
    prediction.model = {"m", "1", std::string(64, 'c')};
    if (!patient.empty()) prediction.patient_ref = patient;
    prediction.answer = R"({"recording":{"format":"FLAC"}})";
    EXPECT_TRUE(history_->AddPrediction(prediction, Bytes(content)));
    if (label) {
      EXPECT_TRUE(history_->AddLabel({prediction.id, *label, "", "Dr. A", store::Now()}));
    }
    return prediction.sha256;
  }

  void Upload(const std::string& training_class, const std::string& name,
              const std::string& content) {
    const auto place = data_dir() / "train" / training_class;
    fs::create_directories(place);
    ASSERT_TRUE(base::WriteFileAtomically(place / name, content));
  }

  LabelledRecordings Collect() {
    auto found = CollectLabelled(*history_, data_dir());
    EXPECT_TRUE(found);
    return found ? *std::move(found) : LabelledRecordings{};
  }

  const LabelledRecording* Find(const LabelledRecordings& labelled, const std::string& content) {
    const auto found = std::ranges::find(labelled.recordings, base::Sha256Hex(Bytes(content)),
                                         &LabelledRecording::sha256);
    return found == labelled.recordings.end() ? nullptr : &*found;
  }

  [[nodiscard]] fs::path data_dir() const { return folder_.path() / "data"; }

  TestFolder folder_;
  std::unique_ptr<store::Store> history_;
  int count_ = 0;
};

TEST_F(LabelledRecordingsTest, TakesEachRecordingOnce) {
  Predict("one", LabelValue::kNormal);
  Predict("one", LabelValue::kAbnormal);  // the same bytes again, newer
  Predict("two", LabelValue::kUnsure);
  Predict("three", std::nullopt);
  Predict("four", LabelValue::kNormal);
  Predict("four", std::nullopt);  // newer, and nobody said anything of it
  const auto found = Collect();
  ASSERT_EQ(found.recordings.size(), 2U);
  ASSERT_NE(Find(found, "one"), nullptr);
  EXPECT_TRUE(Find(found, "one")->is_abnormal);
  EXPECT_EQ(Find(found, "one")->extension, ".flac");
  ASSERT_NE(Find(found, "four"), nullptr);
  EXPECT_EQ(found.normal, 1U);
  EXPECT_EQ(found.abnormal, 1U);
  EXPECT_EQ(found.from_history, 2U);
  EXPECT_EQ(found.from_folder, 0U);
}

TEST_F(LabelledRecordingsTest, ANewerUnsureTakesALabelBack) {
  Predict("one", LabelValue::kNormal);
  Predict("one", LabelValue::kUnsure);
  EXPECT_TRUE(Collect().recordings.empty());
}

TEST_F(LabelledRecordingsTest, TheFolderGoesFirstAndContradictionsAreLeftOut) {
  Upload("normal", "mine.WAV", "one");
  Upload("normal", base::Sha256Hex(Bytes("two")) + ".flac", "two");
  Upload("abnormal", "the-same.wav", "two");
  Upload("abnormal", "notes.txt", "three");
  Predict("one", LabelValue::kAbnormal);
  const auto found = Collect();
  ASSERT_EQ(found.recordings.size(), 1U);
  EXPECT_FALSE(found.recordings.front().is_abnormal);
  EXPECT_EQ(found.recordings.front().extension, ".wav");
  EXPECT_EQ(found.from_folder, 1U);
}

TEST_F(LabelledRecordingsTest, CountsPeople) {
  for (const char* content : {"a", "b", "c"}) Predict(content, LabelValue::kNormal, "ref-1");
  Predict("d", LabelValue::kNormal, "ref-2");
  Predict("e", LabelValue::kAbnormal);
  Predict("f", LabelValue::kAbnormal);
  const auto found = Collect();
  EXPECT_EQ(found.normal, 4U);
  EXPECT_EQ(found.normal_people, 2U);
  EXPECT_EQ(found.abnormal_people, 2U);
}

TEST_F(LabelledRecordingsTest, LaysOutADatasetWithoutNamesAndReferences) {
  Predict("one", LabelValue::kNormal, "Jane Doe");
  const auto gone = Predict("two", LabelValue::kAbnormal);
  Upload("abnormal", "Jane.WAV", "three");
  const auto found = Collect();
  ASSERT_EQ(found.recordings.size(), 3U);
  fs::remove(data_dir() / "recordings" / gone.substr(0, 2) / (gone.substr(2) + ".bin"));
  const auto place = folder_.path() / "work";
  ASSERT_TRUE(LayOut(found, data_dir(), place));

  const auto entries = evaluation::ReadDataset(place);
  ASSERT_TRUE(entries) << entries.error().message;
  ASSERT_EQ(entries->size(), 2U) << "the one that is gone is left out";
  for (const auto& entry : *entries) {
    const auto content = base::ReadTextFile(entry.path);
    ASSERT_TRUE(content);
    EXPECT_EQ(base::Sha256Hex(Bytes(*content)), entry.record);
    EXPECT_EQ(entry.label,
              *content == "one" ? evaluation::Label::kNormal : evaluation::Label::kAbnormal);
    EXPECT_EQ(entry.patient.empty(), *content == "three");
  }
  const auto manifest = base::ReadTextFile(place / "manifest.csv");
  ASSERT_TRUE(manifest);
  EXPECT_EQ(manifest->find("Jane"), std::string::npos);
  EXPECT_TRUE(history_->ReadRecording(base::Sha256Hex(Bytes("one")))) << "linked, not moved";
}

}  // namespace
}  // namespace heartbeat::server
