// What a killed process does not show, as the system keeps what it wrote: that an acknowledged
// prediction was synced to the disk, and in which order.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <mutex>
#include <string>
#include <vector>

#include "store/test_history.h"

namespace heartbeat::store {
namespace {

namespace fs = std::filesystem;

// Every sync of this process while `on`: the path of what was synced, in the order of their ends.
struct SyncLog {
  std::mutex mutex;
  bool on = false;
  std::vector<std::string> paths;
};
SyncLog& Log() {
  static SyncLog log;
  return log;
}

void Note(const std::string& path) {
  auto& log = Log();
  const std::lock_guard lock(log.mutex);
  if (log.on) log.paths.push_back(path);
}

std::string PathOf(int fd) {
  std::error_code error;
  return fs::read_symlink("/proc/self/fd/" + std::to_string(fd), error).string();
}

}  // namespace
}  // namespace heartbeat::store

// These take the place of the C library's, also for SQLite.
extern "C" int fsync(int fd) {
  const std::string path = heartbeat::store::PathOf(fd);
  const auto result = static_cast<int>(::syscall(SYS_fsync, fd));
  heartbeat::store::Note(path);
  return result;
}
extern "C" int fdatasync(int fd) {
  const std::string path = heartbeat::store::PathOf(fd);
  const auto result = static_cast<int>(::syscall(SYS_fdatasync, fd));
  heartbeat::store::Note(path);
  return result;
}

namespace heartbeat::store {
namespace {

class StoreSyncTest : public testing::Test {
 protected:
  void SetUp() override {
    store_ = OpenStore(data_dir_).value();
    Log().paths.clear();
    Log().on = true;
  }
  void TearDown() override { Log().on = false; }

  // The place of the last sync of a path that ends so; -1: there was none.
  static std::ptrdiff_t LastSync(const std::string& end) {
    auto& log = Log();
    const std::lock_guard lock(log.mutex);
    for (auto i = std::ssize(log.paths) - 1; i >= 0; --i) {
      if (log.paths[static_cast<std::size_t>(i)].ends_with(end)) return i;
    }
    return -1;
  }

  TestFolder folder_;
  fs::path data_dir_ = folder_ / "data";
  std::unique_ptr<Store> store_;
};

TEST_F(StoreSyncTest, RecordingThenFolderThenRowAreSyncedBeforeTheAnswer) {
  const auto recording = TestRecording(1);
  const auto prediction = TestPrediction(recording);
  ASSERT_TRUE(store_->AddPrediction(prediction, recording));
  std::vector<std::string> paths;
  {
    const std::lock_guard lock(Log().mutex);
    paths = Log().paths;
  }
  const auto is_file = [](const std::string& path) {
    return path.find("/recordings/incoming/") != std::string::npos;
  };
  const auto file = std::ranges::find_if(paths, is_file) - paths.begin();
  ASSERT_LT(file, std::ssize(paths)) << "the recording was not synced";
  const auto shard = LastSync("/recordings/" + prediction.sha256.substr(0, 2));
  const auto shard_name = LastSync("/recordings");
  const auto row = LastSync("heartbeat.db-wal");
  EXPECT_GT(shard, file) << "its name was not synced after it";
  EXPECT_GT(shard_name, file) << "its new folder was not synced";
  EXPECT_GT(row, std::max(shard, shard_name)) << "the row was not synced after its recording";
}

TEST_F(StoreSyncTest, OneSyncOfTheDatabaseServesMany) {
  constexpr int kAdded = 200;
  std::vector<std::vector<std::byte>> recordings;
  for (int i = 0; i < kAdded; ++i) recordings.push_back(TestRecording(static_cast<unsigned>(i)));
  std::vector<std::promise<void>> done(kAdded);
  for (int i = 0; i < kAdded; ++i) {
    store_->AddPrediction(TestPrediction(recordings[i]), recordings[i],
                          [&done, i](base::Result<void> added) {
                            EXPECT_TRUE(added);
                            done[i].set_value();
                          });
  }
  for (auto& each : done) each.get_future().wait();
  const std::lock_guard lock(Log().mutex);
  const auto syncs = std::ranges::count_if(
      Log().paths, [](const std::string& path) { return path.ends_with("heartbeat.db-wal"); });
  EXPECT_GE(syncs, kAdded / 64);
  EXPECT_LT(syncs, kAdded / 4);
}

}  // namespace
}  // namespace heartbeat::store
