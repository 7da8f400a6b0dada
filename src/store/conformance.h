#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "store/test_history.h"

namespace heartbeat::store {

// A backend that is held to what Store promises: a way to open a history. The same data folder
// gives the same history.
struct BackendCase {
  std::string name;
  base::Result<std::unique_ptr<Store>> (*open)(const StoreOptions& options);

  friend std::ostream& operator<<(std::ostream& stream, const BackendCase& backend) {
    return stream << backend.name;
  }
};

// Each of them. A suite is TEST_P over a class of its own that derives from ConformanceTest, and
// HEARTBEAT_CONFORMANCE(suite).
[[nodiscard]] inline std::vector<BackendCase> Backends() { return {{"sqlite", &Store::Open}}; }

#define HEARTBEAT_CONFORMANCE(suite)                                      \
  INSTANTIATE_TEST_SUITE_P(Backend, suite, testing::ValuesIn(Backends()), \
                           [](const auto& info) { return info.param.name; })

// An empty history.
class ConformanceTest : public testing::TestWithParam<BackendCase> {
 protected:
  void SetUp() override { Reopen(); }

  [[nodiscard]] base::Result<std::unique_ptr<Store>> Open() const {
    StoreOptions options;
    options.data_dir = data_dir_;
    return GetParam().open(options);
  }
  void Reopen() {
    store_.reset();
    auto opened = Open();
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }

  Prediction Add(const Prediction& prediction, const std::vector<std::byte>& recording) {
    const auto added = store_->AddPrediction(prediction, recording);
    EXPECT_TRUE(added) << added.error().message;
    return prediction;
  }
  Prediction Add(std::int64_t time_ms = 1'700'000'000'000) {
    return Add(TestPrediction(recording_, time_ms), recording_);
  }

  TestFolder folder_;
  std::filesystem::path data_dir_ = folder_ / "data";
  std::unique_ptr<Store> store_;
  std::vector<std::byte> recording_ = TestRecording(1);
};

}  // namespace heartbeat::store
