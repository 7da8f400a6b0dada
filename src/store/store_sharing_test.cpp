// What Store promises to several threads and programs, held by every backend.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <new>
#include <random>
#include <thread>

#include "base/digest.h"
#include "store/conformance.h"

namespace heartbeat::store {
namespace {

using base::ErrorCode;

class StoreSharingTest : public ConformanceTest {};

TEST_P(StoreSharingTest, ManyThreadsAddReadAndDeleteTheSameRecordings) {
  std::atomic<int> kept = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937 random(static_cast<unsigned>(t));
      for (int i = 0; i < 40; ++i) {
        const auto recording = TestRecording(random() % 4, 2000);
        const auto prediction = TestPrediction(recording);
        ASSERT_TRUE(store_->AddPrediction(prediction, recording));
        ASSERT_TRUE(store_->Get(prediction.id));
        ASSERT_TRUE(store_->List({}));
        const auto read = store_->ReadRecording(prediction.sha256);
        ASSERT_TRUE(read) << "the recording of a prediction that is there is missing";
        ASSERT_EQ(base::Sha256Hex(read->bytes), prediction.sha256);
        if (random() % 8 != 0) {
          ASSERT_TRUE(store_->Delete(prediction.id, "me"));
        } else {
          ++kept;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(store_->Count()->predictions, kept);
  EXPECT_EQ(store_->Verify({true, 0})->findings_total, 0);
}

// Two stores on one folder are what two programs are.
TEST_P(StoreSharingTest, TwoProgramsMayHaveOneHistory) {
  auto other = Open().value();
  std::vector<std::thread> threads;
  for (Store* store : {store_.get(), other.get()}) {
    threads.emplace_back([store] {
      for (int i = 0; i < 80; ++i) {
        // One recording, which comes and goes under both.
        const auto recording = TestRecording(1, 2000);
        const auto prediction = TestPrediction(recording);
        const auto added = store->AddPrediction(prediction, recording);
        ASSERT_TRUE(added) << added.error().message;
        ASSERT_TRUE(store->ReadRecording(prediction.sha256));
        ASSERT_TRUE(store->Delete(prediction.id, "me"));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(store_->Count()->predictions, 0);
  EXPECT_EQ(CountFiles(data_dir_ / "recordings"), 0U);
  EXPECT_EQ(other->Verify({true, 0})->findings_total, 0);
}

// A process that is killed right after the answer leaves what others see at that moment.
TEST_P(StoreSharingTest, WhatIsAcknowledgedOthersSeeAtOnce) {
  auto other = Open().value();
  for (int i = 0; i < 10; ++i) {
    const auto recording = TestRecording(i, 2000);
    const auto prediction = TestPrediction(recording);
    std::promise<void> seen;
    store_->AddPrediction(prediction, recording, [&](base::Result<void> added) {
      EXPECT_TRUE(added);
      EXPECT_TRUE(other->Get(prediction.id)) << "acknowledged before it was committed";
      EXPECT_EQ(other->ReadRecording(prediction.sha256)->bytes, recording);
      seen.set_value();
    });
    seen.get_future().wait();
    ASSERT_TRUE(store_->Delete(prediction.id, "me"));
    EXPECT_FALSE(other->Get(prediction.id));
    EXPECT_FALSE(other->ReadRecording(prediction.sha256));
  }
}

TEST_P(StoreSharingTest, TooManyThatWaitAreTurnedAway) {
  store_.reset();
  StoreOptions options;
  options.data_dir = data_dir_;
  options.max_waiting = 1;
  auto store = GetParam().open(options).value();
  std::promise<void> blocked;
  std::promise<void> go_on;
  store->AddPrediction(TestPrediction(recording_), recording_, [&](base::Result<void>) {
    blocked.set_value();
    go_on.get_future().wait();
  });
  blocked.get_future().wait();
  std::promise<base::Result<void>> waiting;
  store->AddPrediction(TestPrediction(recording_), recording_,
                       [&](base::Result<void> result) { waiting.set_value(std::move(result)); });
  const auto refused = store->AddPrediction(TestPrediction(recording_), recording_);
  go_on.set_value();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kQueueFull);
  EXPECT_TRUE(waiting.get_future().get());
}

// The server's callbacks make answers, for which there may be no memory.
TEST_P(StoreSharingTest, ACallbackThatThrowsKeepsNobodyElseFromTheirs) {
  std::promise<void> blocked;
  std::promise<void> go_on;
  store_->AddPrediction(TestPrediction(recording_), recording_, [&](base::Result<void>) {
    blocked.set_value();
    go_on.get_future().wait();
  });
  blocked.get_future().wait();
  // These wait together, and are written together.
  const auto thrower = TestPrediction(recording_);
  const auto other = TestPrediction(recording_);
  store_->AddPrediction(thrower, recording_, [](base::Result<void>) { throw std::bad_alloc(); });
  std::promise<bool> told;
  store_->AddPrediction(other, recording_,
                        [&](base::Result<void> added) { told.set_value(added.has_value()); });
  go_on.set_value();
  EXPECT_TRUE(told.get_future().get());
  EXPECT_TRUE(store_->Get(thrower.id));
  EXPECT_TRUE(store_->Get(other.id));
  EXPECT_TRUE(store_->AddPrediction(TestPrediction(recording_), recording_));
}

HEARTBEAT_CONFORMANCE(StoreSharingTest);

}  // namespace
}  // namespace heartbeat::store
