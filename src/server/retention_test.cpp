#include "server/retention.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/id.h"

namespace heartbeat::server {
namespace {

namespace fs = std::filesystem;
using std::chrono::days;
using std::chrono::milliseconds;

constexpr milliseconds kPatience{60'000};  // only a failing test waits for it
constexpr double kGib = 1 << 30;

class RetentionTest : public testing::Test {
 protected:
  RetentionTest() {
    std::string name = (fs::temp_directory_path() / "heartbeat-retention-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for a test");
    folder_ = name;
    store::StoreOptions options;
    options.data_dir = folder_;
    history_ = store::Store::Open(options).value();
  }
  ~RetentionTest() override {
    history_.reset();
    std::error_code error;
    fs::remove_all(folder_, error);
  }

  // A prediction of a recording of its own.
  std::string Add(store::Time time, std::size_t bytes = 100) {
    std::vector<std::byte> recording(bytes, static_cast<std::byte>(++added_));
    store::Prediction prediction;
    prediction.id = base::NewId();
    prediction.time = time;
    prediction.file_name = "a.wav";
    prediction.sha256 = base::Sha256Hex(recording);
    prediction.model = {.name = "m", .version = "1", .sha256 = std::string(64, 'a')};
    prediction.answer = "{}";
    const auto kept = history_->AddPrediction(prediction, recording);
    EXPECT_TRUE(kept);
    return prediction.id;
  }

  // Waits until so many predictions are left.
  ::testing::AssertionResult Leaves(std::int64_t predictions) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (history_->Count()->predictions != predictions) {
      if (std::chrono::steady_clock::now() > deadline) {
        return ::testing::AssertionFailure() << history_->Count()->predictions << " are left";
      }
      std::this_thread::sleep_for(milliseconds(2));
    }
    return ::testing::AssertionSuccess();
  }

  fs::path folder_;
  std::unique_ptr<store::Store> history_;
  int added_ = 0;
};

TEST_F(RetentionTest, DeletesWhatHasBecomeTooOldAgainAndAgain) {
  const store::Time begin{milliseconds(1'770'000'000'000)};
  std::atomic<std::int64_t> days_later = 0;
  const auto old = Add(begin - days(31));
  const auto young = Add(begin - days(29));
  const Retention retention(*history_, {.keep_days = 30, .interval = milliseconds(5), .now = [&] {
                                          return begin + days(days_later);
                                        }});
  ASSERT_TRUE(Leaves(1));
  EXPECT_FALSE(history_->Get(old));
  EXPECT_TRUE(history_->Get(young));
  const auto trail = history_->AuditTrail().value();
  ASSERT_EQ(trail.size(), 1U);
  EXPECT_EQ(trail[0].who, "retention");
  EXPECT_EQ(trail[0].action, "delete");
  EXPECT_EQ(trail[0].subject, old);
  days_later = 2;
  ASSERT_TRUE(Leaves(0)) << "one look is not the last";
}

TEST_F(RetentionTest, DeletesTheOldestOfWhatIsTooLarge) {
  constexpr std::size_t kBytes = 1'000'000;
  std::vector<std::string> ids;
  const auto now = store::Now();
  for (int i = 0; i < 5; ++i) ids.push_back(Add(now - days(5 - i), kBytes));
  const auto counts = history_->Count().value();
  // Room for two and a half.
  const double bytes = static_cast<double>(counts.database_bytes) + 2.5 * kBytes;
  const Retention retention(*history_, {.keep_gib = bytes / kGib});
  ASSERT_TRUE(Leaves(2));
  EXPECT_FALSE(history_->Get(ids[2]));
  EXPECT_TRUE(history_->Get(ids[3]));
}

TEST_F(RetentionTest, WithoutABoundOnlyRecordingsOfNobodyGo) {
  const auto ancient = Add(store::Time(milliseconds(1000)));
  const auto orphan = folder_ / "recordings/ab" / (std::string(62, 'c') + ".bin");
  fs::create_directories(orphan.parent_path());
  std::ofstream(orphan) << "left by a crash";
  {
    const Retention retention(*history_, {.interval = milliseconds(1)});
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (fs::exists(orphan) && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(milliseconds(2));
    }
    std::this_thread::sleep_for(milliseconds(20));
  }
  EXPECT_FALSE(fs::exists(orphan));
  EXPECT_TRUE(history_->Get(ancient));
  EXPECT_EQ(history_->Verify({.read_recordings = true, .in_flight_s = 0})->findings_total, 0);
}

TEST_F(RetentionTest, EndsAtOnceWhileItSleeps) {
  const auto begin = std::chrono::steady_clock::now();
  {
    const Retention retention(*history_, {.keep_days = 1});
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kPatience);
}

}  // namespace
}  // namespace heartbeat::server
