// What the store says of disks and files that are not as they should be.
#include <gtest/gtest.h>
#include <signal.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "store/sqlite_backend.h"
#include "store/test_history.h"

namespace heartbeat::store {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;

class StoreFailureTest : public testing::Test {
 protected:
  void ExpectRefused(ErrorCode code, std::string_view words) const {
    const auto store = OpenStore(data_dir_);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, code);
    EXPECT_NE(store.error().message.find(words), std::string::npos) << store.error().message;
  }

  TestFolder folder_;
  fs::path data_dir_ = folder_ / "data";
  std::vector<std::byte> recording_ = TestRecording(1, 200'000);
};

// A reader that stays, as a long export or a backup is one, would hold up a checkpoint that waits
// for it, and with that everybody who writes.
TEST_F(StoreFailureTest, RetentionWaitsForNoReader) {
  const auto store = OpenStore(data_dir_).value();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(store->AddPrediction(TestPrediction(recording_, 1000 + i), recording_));
  }
  constexpr int kBusyTimeoutS = 60;
  const auto reader = SqliteBackend(data_dir_ / "heartbeat.db", kBusyTimeoutS).Connect();
  *reader << "BEGIN";
  long long count = 0;
  *reader << "SELECT COUNT(*) FROM predictions", soci::into(count);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(store->DeleteOlderThan(Now(), "retention").value(), 5);
  EXPECT_TRUE(store->AddPrediction(TestPrediction(recording_), recording_));
  // Waiting for the reader takes as long as the busy timeout, 10 s.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(8));
  *reader << "COMMIT";
}

TEST_F(StoreFailureTest, AFileThatIsNoDatabase) {
  fs::create_directory(data_dir_);
  std::ofstream(data_dir_ / "heartbeat.db") << std::string(20'000, 'x');
  ExpectRefused(ErrorCode::kIo, "damaged");
}

TEST_F(StoreFailureTest, ADatabaseThatIsDamagedInTheMiddle) {
  {
    const auto store = OpenStore(data_dir_).value();
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(store->AddPrediction(TestPrediction(recording_), recording_));
    }
  }
  const auto size = fs::file_size(data_dir_ / "heartbeat.db");
  {
    // From the third page on: the schema still reads, the tables do not.
    std::fstream file(data_dir_ / "heartbeat.db", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(2 * 4096);
    const std::string garbage(size - 2 * 4096, '\x5A');
    file.write(garbage.data(), static_cast<std::streamsize>(garbage.size()));
  }
  const auto store = OpenStore(data_dir_);
  if (!store) {
    EXPECT_EQ(store.error().code, ErrorCode::kIo);
    EXPECT_NE(store.error().message.find("damaged"), std::string::npos);
    return;
  }
  const auto page = (*store)->List({});
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, ErrorCode::kIo);
  EXPECT_NE(page.error().message.find("damaged"), std::string::npos) << page.error().message;
  const auto report = (*store)->Verify();
  ASSERT_TRUE(report);
  ASSERT_GE(report->findings_total, 1);
  EXPECT_EQ(report->findings.front().damage, Damage::kDatabase);
}

TEST_F(StoreFailureTest, ASchemaFromTheFuture) {
  OpenStore(data_dir_).value().reset();
  {
    const SqliteBackend backend(data_dir_ / "heartbeat.db", 10);
    const auto session = backend.Connect();
    *session << "INSERT INTO schema_migrations VALUES (9999, 'future.sql', 0)";
  }
  ExpectRefused(ErrorCode::kIo, "newer HeartBeat AI");
}

TEST_F(StoreFailureTest, AFolderThatCannotBeWritten) {
  fs::create_directory(data_dir_);
  // Permissions do not hold root back.
  const bool is_root = ::geteuid() == 0;
  constexpr uid_t kNobody = 65534;
  if (is_root) {
    fs::permissions(folder_.path(),
                    fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
    ASSERT_EQ(::chown(data_dir_.c_str(), kNobody, kNobody), 0);
    ASSERT_EQ(::seteuid(kNobody), 0);
  }
  fs::permissions(data_dir_, fs::perms::owner_read | fs::perms::owner_exec);
  ExpectRefused(ErrorCode::kIo, "cannot be written");
  fs::permissions(data_dir_, fs::perms::owner_all);
  EXPECT_TRUE(OpenStore(data_dir_));
  if (is_root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
}

TEST_F(StoreFailureTest, AFileWhereTheFolderShouldBe) {
  std::ofstream(data_dir_) << "a file";
  ExpectRefused(ErrorCode::kIo, "is a file");
}

TEST_F(StoreFailureTest, ADiskThatIsFull) {
  const auto store = OpenStore(data_dir_).value();
  ASSERT_TRUE(store->AddPrediction(TestPrediction(TestRecording(2)), TestRecording(2)));
  const auto files = CountFiles(data_dir_);

  // The limit of a file's size fails writes as a full disk does, for this process alone.
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  auto* const handler = ::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 100'000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto prediction = TestPrediction(recording_);
  const auto failed = store->AddPrediction(prediction, recording_);
  // Small enough for a file, but the database's log cannot grow.
  small.rlim_cur = 10;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::vector<std::byte> tiny = TestRecording(3, 5);
  const auto row_failed = store->AddPrediction(TestPrediction(tiny), tiny);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ::signal(SIGXFSZ, handler);

  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kIo);
  EXPECT_NE(failed.error().message.find("disk"), std::string::npos);
  ASSERT_FALSE(row_failed);
  EXPECT_EQ(row_failed.error().code, ErrorCode::kIo) << row_failed.error().message;
  EXPECT_EQ(store->Get(prediction.id).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(CountFiles(data_dir_ / "recordings/incoming"), 0U);

  EXPECT_TRUE(store->AddPrediction(prediction, recording_)) << "it must go on once there is space";
  ASSERT_TRUE(store->RemoveOrphans());
  EXPECT_EQ(CountFiles(data_dir_), files + 1);
}

TEST_F(StoreFailureTest, AnotherProgramThatKeepsTheDatabase) {
  StoreOptions options;
  options.data_dir = data_dir_;
  options.busy_timeout_s = 1;
  const auto store = Store::Open(options).value();
  const SqliteBackend backend(data_dir_ / "heartbeat.db", 10);
  const auto session = backend.Connect();
  backend.BeginWrite(*session);
  const auto prediction = TestPrediction(recording_);
  const auto failed = store->AddPrediction(prediction, recording_);
  EXPECT_TRUE(store->List({})) << "reading does not wait";
  *session << "ROLLBACK";
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kIo);
  EXPECT_NE(failed.error().message.find("Another program"), std::string::npos);
  EXPECT_TRUE(store->AddPrediction(prediction, recording_));
}

TEST_F(StoreFailureTest, OptionsThatMakeNoSense) {
  for (const auto change :
       {+[](StoreOptions& o) { o.data_dir.clear(); },
        +[](StoreOptions& o) { o.busy_timeout_s = 0; },
        +[](StoreOptions& o) { o.max_readers = 65; }, +[](StoreOptions& o) { o.max_waiting = 0; },
        +[](StoreOptions& o) { o.data_dir = "a\"b"; }}) {
    StoreOptions options;
    options.data_dir = data_dir_;
    change(options);
    if (options.data_dir == "a\"b") options.data_dir = folder_ / "a\"b";
    const auto store = Store::Open(options);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace heartbeat::store
