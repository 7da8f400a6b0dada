// What Store promises, held by every backend: each gives a way to open an empty history.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <future>
#include <random>
#include <set>
#include <thread>

#include "base/digest.h"
#include "base/id.h"
#include "store/test_history.h"

namespace heartbeat::store {
namespace {

using base::ErrorCode;
using testing::ElementsAre;

struct BackendCase {
  std::string name;
  // The same folder gives the same history.
  base::Result<std::unique_ptr<Store>> (*open)(const std::filesystem::path& data_dir);
};

class StoreConformance : public testing::TestWithParam<BackendCase> {
 protected:
  void SetUp() override { Reopen(); }

  void Reopen() {
    store_.reset();
    auto opened = GetParam().open(data_dir_);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }

  Prediction Add(Prediction prediction, const std::vector<std::byte>& recording) {
    const auto added = store_->AddPrediction(prediction, recording);
    EXPECT_TRUE(added) << added.error().message;
    return prediction;
  }
  Prediction Add(std::int64_t time_ms = 1'700'000'000'000) {
    return Add(TestPrediction(recording_, time_ms), recording_);
  }

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

  TestFolder folder_;
  std::filesystem::path data_dir_ = folder_ / "data";
  std::unique_ptr<Store> store_;
  std::vector<std::byte> recording_ = TestRecording(1);
};

void ExpectSame(const Prediction& a, const Prediction& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.time, b.time);
  EXPECT_EQ(a.file_name, b.file_name);
  EXPECT_EQ(a.sha256, b.sha256);
  EXPECT_EQ(a.predicted_class, b.predicted_class);
  EXPECT_EQ(a.verdict, b.verdict);
  EXPECT_EQ(a.probability_abnormal, b.probability_abnormal);
  EXPECT_EQ(a.confidence, b.confidence);
  EXPECT_EQ(a.threshold, b.threshold);
  EXPECT_EQ(a.duration_s, b.duration_s);
  EXPECT_EQ(a.processing_time_s, b.processing_time_s);
  EXPECT_EQ(a.model, b.model);
  EXPECT_EQ(a.patient_ref, b.patient_ref);
  EXPECT_EQ(a.location, b.location);
  EXPECT_EQ(a.quality, b.quality);
  EXPECT_EQ(a.answer, b.answer);
  EXPECT_EQ(a.label, b.label);
}

TEST_P(StoreConformance, APredictionComesBackAsItWentAlsoAfterReopening) {
  auto full = TestPrediction(recording_);
  full.answer = R"({"a":"heart \u2665 ♥ 'quote' :name","b":[1,2.5e-3]})" + std::string(9000, ' ');
  auto sparse = TestPrediction(recording_);
  sparse.predicted_class = PredictedClass::kNormal;
  sparse.verdict = Verdict::kPoorQuality;
  sparse.patient_ref.reset();
  sparse.location.reset();
  sparse.quality.reset();
  auto good = TestPrediction(recording_);
  good.quality = Quality{true, {}};
  for (const auto& prediction : {full, sparse, good}) Add(prediction, recording_);
  for (int round = 0; round < 2; ++round) {
    for (const auto& prediction : {full, sparse, good}) {
      ExpectSame(store_->Get(prediction.id).value(), prediction);
    }
    const auto read = store_->ReadRecording(full.sha256);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->bytes, recording_);
    EXPECT_EQ(read->size_bytes, recording_.size());
    Reopen();
  }
}

TEST_P(StoreConformance, FolderAndFilesAreTheOwnersAlone) {
  Add();
  struct stat status{};
  ASSERT_EQ(::stat(data_dir_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data_dir_)) {
    ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0077, 0U) << entry.path();
  }
}

TEST_P(StoreConformance, TextThatIsNotUtf8IsKeptReadable) {
  auto prediction = TestPrediction(recording_);
  prediction.file_name = std::string("a\xE4\0z.wav", 8);
  Add(prediction, recording_);
  EXPECT_EQ(store_->Get(prediction.id)->file_name, "a\xEF\xBF\xBD\xEF\xBF\xBDz.wav");
}

TEST_P(StoreConformance, WhatMakesNoSenseIsRefusedAndLeavesNothing) {
  const auto good = TestPrediction(recording_);
  const auto expect_refused = [&](const Prediction& prediction) {
    const auto added = store_->AddPrediction(prediction, recording_);
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, ErrorCode::kInvalidArgument) << added.error().message;
  };
  const auto with = [&](auto change) {
    auto prediction = good;
    change(prediction);
    expect_refused(prediction);
  };
  with([](Prediction& p) { p.id = "1"; });
  with([](Prediction& p) { p.sha256 = "../../etc/passwd"; });
  with([](Prediction& p) { p.sha256 = std::string(64, '0'); });
  with([](Prediction& p) { p.time = Time(std::chrono::milliseconds(-1)); });
  with([](Prediction& p) { p.probability_abnormal = 1.1; });
  with([](Prediction& p) { p.confidence = -0.1; });
  with([](Prediction& p) { p.threshold = std::nan(""); });
  with([](Prediction& p) { p.duration_s = -1; });
  with([](Prediction& p) { p.processing_time_s = HUGE_VAL; });
  with([](Prediction& p) { p.answer.clear(); });
  with([](Prediction& p) { p.answer = std::string("{}\0", 3); });
  with([](Prediction& p) { p.patient_ref = ""; });
  with([](Prediction& p) { p.quality->reasons = {"two\nlines"}; });
  EXPECT_EQ(store_->Count()->predictions, 0);
  EXPECT_EQ(CountFiles(data_dir_ / "recordings"), 0U);
}

TEST_P(StoreConformance, AnIdComesOnceAndTheFirstStays) {
  const auto first = Add();
  auto again = TestPrediction(TestRecording(2));
  again.id = first.id;
  const auto added = store_->AddPrediction(again, TestRecording(2));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(store_->Get(first.id)->sha256, first.sha256);
  EXPECT_EQ(CountFiles(data_dir_ / "recordings"), 1U) << "the refused one's recording stayed";
}

TEST_P(StoreConformance, UnknownIdsAreNotFound) {
  const auto id = base::NewId();
  EXPECT_EQ(store_->Get(id).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->Get("'; DROP TABLE predictions; --").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->Delete(id, "me").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->Labels(id).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->AddLabel({id, LabelValue::kNormal, "", "me", Now()}).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(store_->PromoteModel(std::string(64, 'b'), Now(), "me").error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(store_->ReadRecording(std::string(64, 'b')).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->ReadRecording("../heartbeat.db").error().code, ErrorCode::kNotFound);
}

TEST_P(StoreConformance, EveryFilterGivesWhatASearchByHandGives) {
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
TEST_P(StoreConformance, ARareNameIsFoundAmongThousands) {
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

TEST_P(StoreConformance, PagesStayStableWhileRowsComeAndGo) {
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

TEST_P(StoreConformance, APageIsChecked) {
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

TEST_P(StoreConformance, LabelsAreAllKeptAndTheNewestCounts) {
  const auto prediction = Add();
  const Time time(std::chrono::milliseconds(5));
  const Label wrong{prediction.id, LabelValue::kNormal, "Kommentar ♥", "Dr. A", time};
  const Label right{prediction.id, LabelValue::kAbnormal, "", "Dr. B", time};
  ASSERT_TRUE(store_->AddLabel(wrong));
  ASSERT_TRUE(store_->AddLabel(right));
  EXPECT_EQ(store_->AddLabel({prediction.id, LabelValue::kNormal, "", "", time}).error().code,
            ErrorCode::kInvalidArgument);
  const auto labels = store_->Labels(prediction.id).value();
  ASSERT_EQ(labels.size(), 2U);
  EXPECT_EQ(labels[0].value, LabelValue::kNormal);
  EXPECT_EQ(labels[0].comment, "Kommentar ♥");
  EXPECT_EQ(labels[0].who, "Dr. A");
  EXPECT_EQ(labels[0].time, time);
  EXPECT_EQ(store_->Get(prediction.id)->label, LabelValue::kAbnormal);
  const auto trail = store_->AuditTrail().value();
  ASSERT_EQ(trail.size(), 2U);
  EXPECT_EQ(trail[0].who, "Dr. B");
  EXPECT_EQ(trail[0].action, "label");
  EXPECT_EQ(trail[0].subject, prediction.id);
  EXPECT_EQ(trail[0].detail, "abnormal");
}

TEST_P(StoreConformance, ARecordingGoesWithItsLastPrediction) {
  const auto a = Add();
  const auto b = Add();
  ASSERT_TRUE(store_->AddLabel({a.id, LabelValue::kUnsure, "", "me", Now()}));
  EXPECT_EQ(store_->Delete(a.id, "").error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(store_->Delete(a.id, "Dr. A"));
  EXPECT_EQ(store_->Get(a.id).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(store_->ReadRecording(a.sha256)) << "b has it still";
  ASSERT_TRUE(store_->Delete(b.id, "Dr. A"));
  EXPECT_EQ(store_->ReadRecording(a.sha256).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->Count()->recordings, 0);
  const auto trail = store_->AuditTrail(1).value();
  ASSERT_EQ(trail.size(), 1U);
  EXPECT_EQ(trail[0].action, "delete");
  EXPECT_EQ(trail[0].subject, b.id);
  EXPECT_EQ(store_->AuditTrail(10, trail[0].sequence)->size(), 2U);
  // The same bytes may come again.
  Add();
  EXPECT_TRUE(store_->ReadRecording(a.sha256));
}

TEST_P(StoreConformance, CountsByClassVerdictAndLabel) {
  Add();
  auto normal = TestPrediction(TestRecording(2, 300));
  normal.predicted_class = PredictedClass::kNormal;
  normal.verdict = Verdict::kNormal;
  Add(normal, TestRecording(2, 300));
  ASSERT_TRUE(store_->AddLabel({normal.id, LabelValue::kUnsure, "", "me", Now()}));
  const auto counts = store_->Count().value();
  EXPECT_EQ(counts.predictions, 2);
  EXPECT_THAT(counts.by_class, ElementsAre(1, 1));
  EXPECT_THAT(counts.by_verdict, ElementsAre(1, 0, 1, 0));
  EXPECT_THAT(counts.by_label, ElementsAre(0, 0, 1));
  EXPECT_EQ(counts.recordings, 2);
  EXPECT_EQ(counts.recordings_bytes, 1300);
  EXPECT_GT(counts.database_bytes, 0);
}

TEST_P(StoreConformance, ForEachGoesThroughAllAndStopsWhenTold) {
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

TEST_P(StoreConformance, RetentionDeletesTheOldest) {
  std::vector<std::string> ids;
  for (int i = 0; i < 250; ++i) {
    const auto recording = TestRecording(1000 + i, 50);
    ids.push_back(Add(TestPrediction(recording, 1000 + i), recording).id);
  }
  EXPECT_EQ(store_->DeleteOlderThan(Time(std::chrono::milliseconds(1000)), "retention").value(), 0);
  EXPECT_EQ(store_->DeleteOlderThan(Time(std::chrono::milliseconds(1220)), "retention").value(),
            220);
  EXPECT_FALSE(store_->Get(ids[219]));
  EXPECT_TRUE(store_->Get(ids[220]));
  EXPECT_EQ(CountFiles(data_dir_ / "recordings"), 30U);
  EXPECT_EQ(store_->AuditTrail(1)->front().who, "retention");
}

TEST_P(StoreConformance, ShrinksToASizeFromTheOldEnd) {
  std::vector<std::string> ids;
  for (int i = 0; i < 30; ++i) {
    const auto recording = TestRecording(2000 + i, 100'000);
    ids.push_back(Add(TestPrediction(recording, 1000 + i), recording).id);
  }
  const auto before = store_->Count().value();
  const std::int64_t goal = before.database_bytes + 1'000'000;
  const auto deleted = store_->ShrinkTo(goal, "retention").value();
  const auto after = store_->Count().value();
  EXPECT_LE(after.recordings_bytes + after.database_bytes, goal);
  EXPECT_EQ(deleted, 20) << "no more than it takes";
  EXPECT_FALSE(store_->Get(ids[19]));
  EXPECT_TRUE(store_->Get(ids[20]));
  EXPECT_EQ(store_->ShrinkTo(goal, "retention").value(), 0);
  EXPECT_EQ(store_->ShrinkTo(0, "retention").value(), 10) << "ends when there is nothing left";
}

TEST_P(StoreConformance, ModelsArePromotedAndGoneBackTo) {
  const auto version = [](char digit, std::int64_t added_ms) {
    return ModelVersion{{"heartbeat", std::string(1, digit), std::string(64, digit)},
                        "models/heartbeat.onnx",
                        Time(std::chrono::milliseconds(added_ms)),
                        {}};
  };
  ASSERT_TRUE(store_->AddModel(version('1', 10), "me"));
  ASSERT_TRUE(store_->AddModel(version('2', 20), "me"));
  ASSERT_TRUE(store_->AddModel(version('2', 30), "me")) << "known already";
  const Time time(std::chrono::milliseconds(40));
  ASSERT_TRUE(store_->PromoteModel(std::string(64, '1'), time, "me"));
  const auto models = store_->Models().value();
  ASSERT_EQ(models.size(), 2U);
  EXPECT_EQ(models[0].model, version('2', 20).model);
  EXPECT_EQ(models[0].added, version('2', 20).added);
  EXPECT_EQ(models[0].promoted, std::nullopt);
  EXPECT_EQ(models[1].promoted, time);
  EXPECT_EQ(models[1].source, "models/heartbeat.onnx");
  EXPECT_EQ(store_->AddModel({{"x", "y", "z"}, "", time, {}}, "me").error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(store_->AuditTrail()->size(), 3U);
}

TEST_P(StoreConformance, TheTrailCountsUp) {
  for (const auto* action : {"login", "logout"}) {
    ASSERT_TRUE(store_->AddAuditEntry({0, Now(), "me", action, "", "detail"}));
  }
  EXPECT_FALSE(store_->AddAuditEntry({0, Now(), "", "login", "", ""}));
  EXPECT_FALSE(store_->AddAuditEntry({0, Now(), "me", "", "", ""}));
  const auto trail = store_->AuditTrail().value();
  ASSERT_EQ(trail.size(), 2U);
  EXPECT_EQ(trail[0].sequence, 2);
  EXPECT_EQ(trail[0].action, "logout");
  EXPECT_EQ(trail[1].detail, "detail");
  EXPECT_EQ(store_->AuditTrail(0).error().code, ErrorCode::kInvalidArgument);
}

TEST_P(StoreConformance, ManyThreadsAddReadAndDeleteTheSameRecordings) {
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
TEST_P(StoreConformance, TwoProgramsMayHaveOneHistory) {
  auto other = GetParam().open(data_dir_).value();
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
TEST_P(StoreConformance, WhatIsAcknowledgedOthersSeeAtOnce) {
  auto other = GetParam().open(data_dir_).value();
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

TEST_P(StoreConformance, TooManyThatWaitAreTurnedAway) {
  store_.reset();
  StoreOptions options;
  options.data_dir = data_dir_;
  options.max_waiting = 1;
  auto store = Store::Open(options).value();
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

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance,
                         testing::Values(BackendCase{"sqlite", &OpenStore}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace heartbeat::store
