// What Store promises of pages and filters, held by every backend.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <future>
#include <random>
#include <set>

#include "store/conformance.h"

namespace heartbeat::store {
namespace {

using base::ErrorCode;
using testing::ElementsAre;

class StorePagesTest : public ConformanceTest {
 protected:
  // All pages of `limit`, as ids.
  std::vector<std::string> ListAll(const Filter& filter, int limit = 3) const {
    std::vector<std::string> ids;
    PageRequest request{"", limit, false};
    do {
      const auto page = store_->List(filter, request);
      EXPECT_TRUE(page) << page.error().message;
      if (!page) break;
      EXPECT_LE(page->predictions.size(), static_cast<std::size_t>(limit));
      for (const auto& prediction : page->predictions) ids.push_back(prediction.id);
      request.cursor = page->next_cursor;
    } while (!request.cursor.empty());
    return ids;
  }
};

TEST_P(StorePagesTest, EveryFilterGivesWhatASearchByHandGives) {
  std::mt19937 random(7);
  const std::array names = {"a0001.wav", "A0002.wav", "b%_1.wav", "Ä.wav", "a.flac"};
  std::vector<Prediction> all;
  for (int i = 0; i < 120; ++i) {
    // Few different times, so that ids must decide; more than one day.
    auto p = TestPrediction(recording_, 1'700'000'000'000 + random() % 9 * 30'000'000LL);
    p.file_name = names[random() % names.size()];
    p.predicted_class = static_cast<PredictedClass>(random() % 2);
    p.verdict = static_cast<Verdict>(random() % 4);
    p.patient_ref.reset();
    if (random() % 2 == 0) p.patient_ref = "patient-" + std::to_string(random() % 3);
    Add(p, recording_);
    if (random() % 2 == 0) {
      p.label = static_cast<LabelValue>(random() % 3);
      ASSERT_TRUE(store_->AddLabel({p.id, *p.label, "", "me", Now()}));
    }
    all.push_back(p);
  }
  std::ranges::sort(all, [](const Prediction& a, const Prediction& b) {
    return std::pair(a.time, a.id) > std::pair(b.time, b.id);
  });
  const auto lower_begins = [](const Prediction& p, const std::string& prefix) {
    std::string name = p.file_name;
    std::ranges::transform(name, name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    return name.starts_with(prefix);
  };
  const auto label_passes = [](const Prediction& p, LabelFilter filter) {
    switch (filter) {
      case LabelFilter::kUnlabelled:
        return !p.label.has_value();
      case LabelFilter::kLabelled:
        return p.label.has_value();
      default:
        return p.label == static_cast<LabelValue>(static_cast<int>(filter) - 2);
    }
  };
  int not_empty = 0;
  for (int i = 0; i < 400; ++i) {
    Filter filter;
    if (random() % 3 == 0) filter.predicted_class = static_cast<PredictedClass>(random() % 2);
    if (random() % 3 == 0) filter.verdict = static_cast<Verdict>(random() % 4);
    if (random() % 3 == 0) filter.label = static_cast<LabelFilter>(random() % 5);
    if (random() % 4 == 0) filter.from = all[random() % all.size()].time;
    if (random() % 4 == 0) filter.until = all[random() % all.size()].time;
    if (random() % 3 == 0) filter.patient_ref = "patient-" + std::to_string(random() % 4);
    if (random() % 2 == 0) {
      filter.file_name_prefix =
          std::array{"a", "A0", "b%", "_", "Ä", "a0001.wav", "zz"}[random() % 7];
    }
    std::vector<std::string> expected;
    std::string prefix = filter.file_name_prefix;
    if (prefix == "A0") prefix = "a0";
    for (const auto& p : all) {
      if ((!filter.predicted_class || p.predicted_class == *filter.predicted_class) &&
          (!filter.verdict || p.verdict == *filter.verdict) &&
          (!filter.label || label_passes(p, *filter.label)) &&
          (!filter.from || p.time >= *filter.from) && (!filter.until || p.time < *filter.until) &&
          (filter.patient_ref.empty() || p.patient_ref == filter.patient_ref) &&
          lower_begins(p, prefix)) {
        expected.push_back(p.id);
      }
    }
    if (!expected.empty()) ++not_empty;
    ASSERT_EQ(ListAll(filter, 1 + static_cast<int>(random() % 9)), expected);
  }
  EXPECT_GT(not_empty, 100);
}

// The name search goes through days where the newest 2000 do not hold a page.
TEST_P(StorePagesTest, ARareNameIsFoundAmongThousands) {
  std::vector<std::future<void>> waiting;
  std::vector<std::string> rare;
  for (int i = 0; i < 2300; ++i) {
    auto prediction = TestPrediction(recording_, 1'700'000'000'000 + i * 3'600'000LL);
    if (i % 150 == 0) {
      prediction.file_name = "rare-" + std::to_string(i);
      rare.insert(rare.begin(), prediction.id);
    }
    auto promise = std::make_shared<std::promise<void>>();
    waiting.push_back(promise->get_future());
    store_->AddPrediction(prediction, recording_, [promise](base::Result<void> added) {
      EXPECT_TRUE(added);
      promise->set_value();
    });
  }
  for (auto& added : waiting) added.wait();
  Filter filter;
  filter.file_name_prefix = "RARE";
  EXPECT_EQ(ListAll(filter, 4), rare);
  filter.until = Time(std::chrono::milliseconds(1'700'000'000'000 + 3'600'000LL));
  EXPECT_THAT(ListAll(filter), ElementsAre(rare.back()));
}

TEST_P(StorePagesTest, PagesStayStableWhileRowsComeAndGo) {
  std::vector<std::string> ids;
  for (int i = 0; i < 10; ++i) ids.insert(ids.begin(), Add(1'700'000'000'000 + i).id);
  const auto first = store_->List({}, {"", 4, false});
  ASSERT_TRUE(first);
  Add(1'800'000'000'000);
  ASSERT_TRUE(store_->Delete(first->predictions.back().id, "me"));
  const auto second = store_->List({}, {first->next_cursor, 100, false});
  ASSERT_TRUE(second);
  std::vector<std::string> seen;
  for (const auto& p : second->predictions) seen.push_back(p.id);
  EXPECT_EQ(seen, std::vector<std::string>(ids.begin() + 4, ids.end()));
  EXPECT_TRUE(second->next_cursor.empty());
}

TEST_P(StorePagesTest, APageIsChecked) {
  Add();
  for (const auto& request : {PageRequest{"nonsense", 10, false}, PageRequest{"", 0, false},
                              PageRequest{"", PageRequest::kMaxLimit + 1, false}}) {
    const auto page = store_->List({}, request);
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_TRUE(store_->List({})->predictions.front().answer.empty());
  EXPECT_FALSE(store_->List({}, {"", 1, true})->predictions.front().answer.empty());
}

TEST_P(StorePagesTest, ForEachGoesThroughAllAndStopsWhenTold) {
  for (int i = 0; i < 450; ++i) Add(1'700'000'000'000 + i / 2);
  std::set<std::string> seen;
  ASSERT_TRUE(store_->ForEach({}, [&](const Prediction& prediction) {
    EXPECT_FALSE(prediction.answer.empty());
    EXPECT_TRUE(seen.insert(prediction.id).second);
    return base::Result<void>();
  }));
  EXPECT_EQ(seen.size(), 450U);
  int visited = 0;
  const auto stopped = store_->ForEach({}, [&](const Prediction&) -> base::Result<void> {
    if (++visited < 3) return {};
    return base::Fail(ErrorCode::kCancelled, "enough");
  });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(visited, 3);
}

HEARTBEAT_CONFORMANCE(StorePagesTest);

}  // namespace
}  // namespace heartbeat::store
