// Verify, RemoveOrphans, Backup and Restore.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <stop_token>
#include <thread>

#include "base/digest.h"
#include "store/test_history.h"

namespace heartbeat::store {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;

class StoreCopyTest : public testing::Test {
 protected:
  void SetUp() override { store_ = OpenStore(data_dir_).value(); }

  Prediction Add(std::uint64_t seed) {
    const auto recording = TestRecording(seed);
    auto prediction = TestPrediction(recording);
    const auto added = store_->AddPrediction(prediction, recording);
    EXPECT_TRUE(added);
    return prediction;
  }

  TestFolder folder_;
  fs::path data_dir_ = folder_ / "data";
  std::unique_ptr<Store> store_;
};

void Overwrite(const fs::path& path, char byte) {
  std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).put(byte);
}

TEST_F(StoreCopyTest, VerifyNamesEachKindOfDamage) {
  for (std::uint64_t seed = 0; seed < 4; ++seed) Add(seed);
  const auto clean = store_->Verify({true, 0}).value();
  EXPECT_EQ(clean.findings_total, 0);
  EXPECT_EQ(clean.predictions, 4);
  EXPECT_EQ(clean.recordings, 4);

  const auto missing = Add(10);
  const auto altered = Add(11);
  const auto cut = Add(12);
  fs::remove(RecordingPath(data_dir_, missing.sha256));
  const fs::path altered_path = RecordingPath(data_dir_, altered.sha256);
  Overwrite(altered_path, static_cast<char>(~static_cast<int>(TestRecording(11)[0])));
  fs::resize_file(RecordingPath(data_dir_, cut.sha256), 10);
  const std::string orphan = base::Sha256Hex(TestRecording(13));
  fs::create_directories(RecordingPath(data_dir_, orphan).parent_path());
  std::ofstream(RecordingPath(data_dir_, orphan)) << "nobody's";

  const auto count = [](const VerifyReport& report, Damage damage, const std::string& what) {
    return std::ranges::count_if(report.findings, [&](const Finding& finding) {
      return finding.damage == damage && finding.what == what;
    });
  };
  const auto report = store_->Verify({true, 0}).value();
  EXPECT_EQ(report.findings_total, 4);
  EXPECT_EQ(count(report, Damage::kMissingRecording, missing.sha256), 1);
  EXPECT_EQ(count(report, Damage::kAlteredRecording, altered.sha256), 1);
  EXPECT_EQ(count(report, Damage::kAlteredRecording, cut.sha256), 1);
  EXPECT_EQ(count(report, Damage::kOrphanedRecording, orphan), 1);
  // Without reading, a change that keeps the size is not seen; a young file may be on its way.
  EXPECT_EQ(store_->Verify({false, 60})->findings_total, 2);

  EXPECT_EQ(store_->RemoveOrphans().value(), 1);
  EXPECT_FALSE(fs::exists(RecordingPath(data_dir_, orphan)));
  EXPECT_TRUE(fs::exists(RecordingPath(data_dir_, altered.sha256)));
  EXPECT_EQ(store_->RemoveOrphans().value(), 0);
}

TEST_F(StoreCopyTest, RemovingOrphansEndsWhenAsked) {
  for (int i = 0; i < 3; ++i) {
    const std::string orphan = base::Sha256Hex(TestRecording(50 + i));
    fs::create_directories(RecordingPath(data_dir_, orphan).parent_path());
    std::ofstream(RecordingPath(data_dir_, orphan)) << "nobody's";
  }
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(store_->RemoveOrphans(stop.get_token()).value(), 0);
  EXPECT_EQ(CountFiles(data_dir_ / "recordings"), 3U);
  EXPECT_EQ(store_->RemoveOrphans().value(), 3);
}

TEST_F(StoreCopyTest, ABackupMadeInUseOpensAsAStoreAndComesBack) {
  std::vector<Prediction> before;
  for (std::uint64_t seed = 0; seed < 20; ++seed) before.push_back(Add(seed));
  ASSERT_TRUE(store_->AddLabel({before[0].id, LabelValue::kNormal, "", "Dr. A", Now()}));

  std::atomic<bool> ending = false;
  std::thread others([&] {
    for (std::uint64_t seed = 100; !ending; ++seed) {
      const auto prediction = Add(seed);
      if (seed % 2 == 0) {
        EXPECT_TRUE(store_->Delete(prediction.id, "me"));
      }
    }
  });
  std::vector<CopyReport> reports;
  for (const auto* name : {"backup-1", "backup-2", "backup-3"}) {
    auto report = store_->Backup(folder_ / name);
    EXPECT_TRUE(report) << report.error().message;
    if (report) reports.push_back(*report);
  }
  ending = true;
  others.join();

  ASSERT_EQ(reports.size(), 3U);
  for (const auto& report : reports) {
    EXPECT_GE(report.predictions, 20);
    EXPECT_TRUE(report.missing_recordings.empty());
  }
  EXPECT_EQ(fs::status(folder_ / "backup-3").permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(folder_ / "backup-3/heartbeat.db").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);

  for (const auto* name : {"backup-1", "backup-2", "backup-3"}) {
    const auto copy = OpenStore(folder_ / name).value();
    EXPECT_EQ(copy->Verify({true, 0})->findings_total, 0) << name;
    EXPECT_EQ(copy->Get(before[0].id)->label, LabelValue::kNormal);
  }
  const auto restored = Store::Restore(folder_ / "backup-1", folder_ / "restored");
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(restored->predictions, reports[0].predictions);
  const auto back = OpenStore(folder_ / "restored").value();
  EXPECT_EQ(back->Verify({true, 0})->findings_total, 0);
  for (const auto& prediction : before) {
    EXPECT_EQ(back->Get(prediction.id)->answer, prediction.answer);
    EXPECT_TRUE(back->ReadRecording(prediction.sha256));
  }
}

TEST_F(StoreCopyTest, ABackupSaysWhichRecordingsWereMissing) {
  const auto prediction = Add(1);
  fs::remove(RecordingPath(data_dir_, prediction.sha256));
  const auto report = store_->Backup(folder_ / "backup").value();
  ASSERT_EQ(report.missing_recordings.size(), 1U);
  EXPECT_EQ(report.missing_recordings[0], prediction.sha256);
  EXPECT_EQ(report.predictions, 1) << "what is known of it is kept";
}

TEST_F(StoreCopyTest, NothingIsOverwritten) {
  Add(1);
  EXPECT_EQ(store_->Backup(data_dir_).error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(store_->Backup(folder_ / "backup"));
  EXPECT_EQ(store_->Backup(folder_ / "backup").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(Store::Restore(folder_ / "backup", data_dir_).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(store_->Count()->predictions, 1);
}

TEST_F(StoreCopyTest, NothingIsPutBesideWhatIsLeftOfAHistory) {
  Add(1);
  ASSERT_TRUE(store_->Backup(folder_ / "backup"));
  // SQLite would take them for parts of the new database.
  for (const auto* left : {"heartbeat.db-wal", "heartbeat.db-shm", "heartbeat.db-journal"}) {
    const fs::path folder = folder_ / left;
    fs::create_directory(folder);
    std::ofstream(folder / left) << "left";
    EXPECT_EQ(Store::Restore(folder_ / "backup", folder).error().code, ErrorCode::kInvalidArgument)
        << left;
    EXPECT_FALSE(fs::exists(folder / "heartbeat.db"));
  }
  fs::create_directories(folder_ / "training/train/normal");
  EXPECT_TRUE(Store::Restore(folder_ / "backup", folder_ / "training")) << "that is none of it";
}

TEST_F(StoreCopyTest, OnlyABackupIsRestored) {
  EXPECT_EQ(Store::Restore(folder_ / "nothing", folder_ / "x").error().code, ErrorCode::kNotFound);
  fs::create_directory(folder_ / "broken");
  std::ofstream(folder_ / "broken/heartbeat.db") << std::string(9000, 'x');
  EXPECT_EQ(Store::Restore(folder_ / "broken", folder_ / "x").error().code, ErrorCode::kIo);
  fs::create_directory(folder_ / "empty");
  std::ofstream(folder_ / "empty/heartbeat.db").flush();
  EXPECT_EQ(Store::Restore(folder_ / "empty", folder_ / "x").error().code, ErrorCode::kIo);
  EXPECT_FALSE(fs::exists(folder_ / "x"));
}

TEST_F(StoreCopyTest, AFolderWhereACopyWasCutOffIsTakenUpAgain) {
  const auto prediction = Add(1);
  fs::create_directory(folder_ / "backup");
  std::ofstream(folder_ / "backup/heartbeat.db.partial") << "cut off";
  ASSERT_TRUE(store_->Backup(folder_ / "backup"));
  EXPECT_FALSE(fs::exists(folder_ / "backup/heartbeat.db.partial"));
  EXPECT_TRUE(OpenStore(folder_ / "backup").value()->Get(prediction.id));
}

}  // namespace
}  // namespace heartbeat::store
