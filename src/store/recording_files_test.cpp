#include "store/recording_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include "base/descriptor.h"
#include "base/digest.h"
#include "store/test_history.h"

namespace heartbeat::store {
namespace {

namespace fs = std::filesystem;

class RecordingFilesTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(files_.Prepare()); }

  // Writes one and gives its SHA-256.
  std::string Write(const std::vector<std::byte>& bytes) {
    const std::string sha256 = base::Sha256Hex(bytes);
    IncomingRecording recording{sha256, bytes, {}};
    files_.Write({&recording, 1});
    EXPECT_TRUE(recording.result);
    return sha256;
  }

  TestFolder folder_;
  RecordingFiles files_{folder_ / "recordings"};
};

TEST_F(RecordingFilesTest, KeepsTheSameBytesOnceUnderTheirDigest) {
  const auto a = TestRecording(1);
  const auto b = TestRecording(2);
  const std::string sha256_a = base::Sha256Hex(a);
  const std::string sha256_b = base::Sha256Hex(b);
  std::vector<IncomingRecording> batch = {{sha256_a, a, {}}, {sha256_b, b, {}}, {sha256_a, a, {}}};
  files_.Write(batch);
  for (const auto& recording : batch) EXPECT_TRUE(recording.result);
  EXPECT_EQ(Write(a), sha256_a);
  EXPECT_EQ(CountFiles(folder_.path()), 2U);
  const fs::path path = RecordingPath(folder_.path(), sha256_a);
  ASSERT_TRUE(fs::is_regular_file(path));
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(fs::status(path.parent_path()).permissions(), fs::perms::owner_all);
  std::uint64_t size = 0;
  EXPECT_EQ(files_.Read(sha256_a, 0, UINT64_MAX, size).value(), a);
  EXPECT_EQ(size, a.size());
}

TEST_F(RecordingFilesTest, ReadsRanges) {
  const auto bytes = TestRecording(3, 100);
  const auto sha256 = Write(bytes);
  std::uint64_t size = 0;
  EXPECT_EQ(files_.Read(sha256, 10, 5, size).value(),
            std::vector<std::byte>(bytes.begin() + 10, bytes.begin() + 15));
  EXPECT_EQ(size, 100U);
  EXPECT_EQ(files_.Read(sha256, 98, UINT64_MAX, size).value().size(), 2U);
  EXPECT_TRUE(files_.Read(sha256, 100, 1, size).value().empty());
  EXPECT_EQ(files_.Read(sha256, 101, 1, size).error().code, base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(files_.Read(std::string(64, '0'), 0, 1, size).error().code, base::ErrorCode::kNotFound);
}

TEST_F(RecordingFilesTest, ReplacesAFileOfAnotherSize) {
  const auto bytes = TestRecording(4, 100);
  const auto sha256 = Write(bytes);
  fs::resize_file(RecordingPath(folder_.path(), sha256), 50);
  EXPECT_FALSE(files_.IsPresent(sha256, 100));
  Write(bytes);
  std::uint64_t size = 0;
  EXPECT_EQ(files_.Read(sha256, 0, UINT64_MAX, size).value(), bytes);
}

TEST_F(RecordingFilesTest, RemovesWhatACrashLeftAndNothingThatIsBeingWritten) {
  const fs::path incoming = folder_ / "recordings/incoming";
  std::ofstream(incoming / "dead") << "half a recording";
  const base::Descriptor living(::open((incoming / "living").c_str(), O_CREAT | O_WRONLY, 0600));
  ASSERT_EQ(::flock(living.get(), LOCK_EX), 0);
  ASSERT_TRUE(files_.Prepare());
  EXPECT_FALSE(fs::exists(incoming / "dead"));
  EXPECT_TRUE(fs::exists(incoming / "living"));
}

TEST_F(RecordingFilesTest, GoesThroughRecordingsAlone) {
  const std::set<std::string> written = {Write(TestRecording(5)), Write(TestRecording(6))};
  fs::create_directory(folder_ / "recordings/ab");
  std::ofstream(folder_ / "recordings/ab/notes.txt") << "not ours";
  std::ofstream(folder_ / "recordings/ab/short.bin") << "not ours";
  std::set<std::string> seen;
  ASSERT_TRUE(files_.ForEach([&](std::string_view sha256, std::chrono::seconds age) {
    EXPECT_LT(age.count(), 60);
    seen.emplace(sha256);
    return base::Result<void>();
  }));
  EXPECT_EQ(seen, written);
}

TEST_F(RecordingFilesTest, RemovingTwiceIsNoError) {
  const auto sha256 = Write(TestRecording(7));
  EXPECT_TRUE(files_.Remove(sha256));
  EXPECT_FALSE(files_.IsPresent(sha256, 1000));
  EXPECT_TRUE(files_.Remove(sha256));
}

}  // namespace
}  // namespace heartbeat::store
