#include "cli/history_export.h"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <chrono>
#include <map>
#include <stdexcept>

#include "audio/encode.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/id.h"
#include "evaluation/csv.h"
#include "evaluation/dataset.h"

namespace heartbeat::cli {
namespace {

namespace fs = std::filesystem;
using evaluation::CsvTable;
using evaluation::DatasetEntry;
using store::LabelValue;
using testing::HasSubstr;

// A second of sound that only this `seed` gives, as a WAV file.
std::vector<std::byte> Sound(int seed) {
  audio::Recording recording{.samples = std::vector<float>(2000), .sample_rate_hz = 2000};
  for (std::size_t i = 0; i < recording.samples.size(); ++i) {
    recording.samples[i] = static_cast<float>((i * static_cast<std::size_t>(seed + 3)) % 17) / 20;
  }
  return audio::EncodeWav(recording).value();
}

class HistoryExportTest : public testing::Test {
 protected:
  HistoryExportTest() {
    std::string name = (fs::temp_directory_path() / "heartbeat-export-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for a test");
    folder_ = name;
    store::StoreOptions options;
    options.data_dir = folder_ / "data";
    history_ = store::Store::Open(options).value();
  }
  ~HistoryExportTest() override {
    history_.reset();
    std::error_code error;
    fs::remove_all(folder_, error);
  }

  // The id of a prediction, each one later than the one before.
  std::string Add(const std::vector<std::byte>& recording, const std::string& patient_ref = "",
                  const std::string& file_name = "a.wav") {
    store::Prediction prediction;
    prediction.id = base::NewId();
    prediction.time = store::Time(std::chrono::milliseconds(1'770'000'000'000 + ++added_));
    prediction.file_name = file_name;
    prediction.sha256 = base::Sha256Hex(recording);
    prediction.model = {.name = "m", .version = "1", .sha256 = std::string(64, 'a')};
    if (!patient_ref.empty()) prediction.patient_ref = patient_ref;
    prediction.answer = "{}";
    const auto kept = history_->AddPrediction(prediction, recording);
    EXPECT_TRUE(kept);
    return prediction.id;
  }
  void Label(const std::string& id, LabelValue value) {
    const store::Time time(std::chrono::milliseconds(1'780'000'000'000 + ++added_));
    EXPECT_TRUE(history_->AddLabel(
        {.prediction_id = id, .value = value, .comment = "", .who = "Dr. A", .time = time}));
  }
  ExportReport Export(const store::Filter& filter = {}) {
    auto report = ExportHistory(*history_, filter, folder_ / "out", [](std::int64_t) {});
    EXPECT_TRUE(report) << report.error().message;
    return report.value();
  }
  std::map<std::string, DatasetEntry> Dataset() {
    std::map<std::string, DatasetEntry> entries;
    const auto dataset = evaluation::ReadDataset(folder_ / "out");
    EXPECT_TRUE(dataset) << dataset.error().message;
    for (const auto& entry : dataset.value()) entries[entry.record] = entry;
    return entries;
  }
  // Where the history keeps the recording of a prediction.
  fs::path FileOf(const std::string& id) {
    const auto sha256 = history_->Get(id)->sha256;
    return folder_ / "data/recordings" / sha256.substr(0, 2) / (sha256.substr(2) + ".bin");
  }

  fs::path folder_;
  std::unique_ptr<store::Store> history_;
  int added_ = 0;
};

TEST_F(HistoryExportTest, IsADatasetWithTheCliniciansLabels) {
  const auto normal = Add(Sound(1), "P-1");
  const auto abnormal = Add(Sound(2), "P-2", "../../etc/passwd");
  const auto unsure = Add(Sound(3));
  const auto unlabelled = Add(Sound(4));
  Label(normal, LabelValue::kAbnormal);
  Label(normal, LabelValue::kNormal);
  Label(abnormal, LabelValue::kAbnormal);
  Label(unsure, LabelValue::kAbnormal);
  Label(unsure, LabelValue::kUnsure);

  const auto report = Export();
  EXPECT_EQ(report.predictions, 4);
  EXPECT_EQ(report.recordings, 4);
  EXPECT_EQ(report.normal, 1);
  EXPECT_EQ(report.abnormal, 1);
  EXPECT_TRUE(report.failures.empty());
  auto dataset = Dataset();
  ASSERT_EQ(dataset.size(), 4U);
  EXPECT_EQ(dataset[normal].label, evaluation::Label::kNormal);
  EXPECT_EQ(dataset[normal].patient, "P-1");
  EXPECT_EQ(dataset[normal].path, folder_ / "out" / (normal + ".wav"));
  EXPECT_EQ(base::ReadFile(dataset[normal].path).value(), Sound(1)) << "byte for byte";
  EXPECT_EQ(dataset[abnormal].label, evaluation::Label::kAbnormal);
  EXPECT_EQ(dataset[unsure].label, std::nullopt);
  EXPECT_EQ(dataset[unlabelled].label, std::nullopt);
  struct stat status{};
  ASSERT_EQ(::stat((folder_ / "out").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U) << "for its owner alone";

  const auto table = CsvTable::Parse(base::ReadTextFile(folder_ / "out/predictions.csv").value());
  ASSERT_EQ(table->rows(), 4U);
  EXPECT_EQ(table->At(0, "id"), unlabelled);
  EXPECT_EQ(table->At(2, "file_name"), "../../etc/passwd");
}

TEST_F(HistoryExportTest, ARecordingIsThereOnceWithItsNewestLabel) {
  const auto first = Add(Sound(1), "P-1");
  const auto second = Add(Sound(1), "P-2");
  Label(second, LabelValue::kNormal);
  Label(first, LabelValue::kAbnormal);
  const auto report = Export();
  EXPECT_EQ(report.predictions, 2);
  EXPECT_EQ(report.recordings, 1);
  auto dataset = Dataset();
  ASSERT_EQ(dataset.size(), 1U);
  EXPECT_EQ(dataset[second].label, evaluation::Label::kAbnormal) << "said last, of the first";
  EXPECT_EQ(dataset[second].patient, "P-2");
}

TEST_F(HistoryExportTest, FiltersSayWhat) {
  Add(Sound(1), "P-1");
  const auto wanted = Add(Sound(2), "P-2");
  store::Filter filter;
  filter.patient_ref = "P-2";
  EXPECT_EQ(Export(filter).recordings, 1);
  EXPECT_TRUE(Dataset().contains(wanted));
}

TEST_F(HistoryExportTest, WhatACallerNamedStaysAField) {
  const auto id = Add(Sound(1), "=1+1,\"x\"\nrecord,abnormal");
  Export();
  auto dataset = Dataset();
  ASSERT_EQ(dataset.size(), 1U);
  EXPECT_EQ(dataset[id].patient, "'=1+1,\"x\"\xEF\xBF\xBDrecord,abnormal");
}

TEST_F(HistoryExportTest, WhatIsDamagedIsLeftOutAndNamed) {
  const auto good = Add(Sound(1));
  const auto missing = Add(Sound(2));
  const auto altered = Add(Sound(3));
  const auto no_sound = Add(std::vector<std::byte>(500, std::byte{7}));
  fs::remove(FileOf(missing));
  auto bytes = Sound(3);
  bytes.back() ^= std::byte{1};
  ASSERT_TRUE(base::WriteFileAtomically(FileOf(altered), bytes));
  const auto report = Export();
  EXPECT_EQ(report.recordings, 1);
  ASSERT_EQ(report.failures.size(), 3U);
  EXPECT_EQ(report.failures[0].prediction_id, no_sound);
  EXPECT_EQ(report.failures[1].prediction_id, altered);
  EXPECT_THAT(report.failures[1].why, HasSubstr("damaged"));
  EXPECT_EQ(report.failures[2].prediction_id, missing);
  const auto dataset = Dataset();
  EXPECT_EQ(dataset.size(), 1U);
  EXPECT_TRUE(dataset.contains(good));
}

TEST_F(HistoryExportTest, NothingIsOverwritten) {
  Add(Sound(1));
  fs::create_directory(folder_ / "out");
  ASSERT_TRUE(base::WriteFileAtomically(folder_ / "out/mine.txt", "mine"));
  const auto refused = ExportHistory(*history_, {}, folder_ / "out", [](std::int64_t) {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::ErrorCode::kInvalidArgument);
  EXPECT_THAT(refused.error().message, HasSubstr("not an empty folder"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "out"), {}), 1);
}

}  // namespace
}  // namespace heartbeat::cli
