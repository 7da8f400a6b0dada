// Pages of a long history by each filter, and how many additions a second one sync serves.
// HEARTBEAT_BENCH_ROWS says how long the history is (100 000 by default); it lies below the
// system's temporary folder, about 2 GB for a million.

#include <benchmark/benchmark.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <system_error>

#include "base/digest.h"
#include "base/id.h"
#include "store/store.h"

namespace heartbeat::store {
namespace {

namespace fs = std::filesystem;

long long Rows() {
  const char* rows = std::getenv("HEARTBEAT_BENCH_ROWS");
  return rows == nullptr ? 100'000 : std::atoll(rows);
}

std::unique_ptr<Store> Open(const fs::path& folder) {
  StoreOptions options;
  options.data_dir = folder;
  auto store = Store::Open(options);
  if (!store) {
    std::fprintf(stderr, "%s\n", store.error().message.c_str());
    std::exit(1);
  }
  return std::move(*store);
}

// A folder that goes with the program.
class Folder {
 public:
  explicit Folder(const std::string& name)
      : path_(fs::temp_directory_path() / (name + "-" + base::NewId())) {}
  ~Folder() {
    std::error_code error;
    fs::remove_all(path_, error);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// Three years of predictions, evenly. Through AddPrediction a million would take hours of syncs:
// they are written by one statement, without their recordings' files.
void Fill(const fs::path& folder, long long rows) {
  Open(folder).reset();
  soci::session session(soci::sqlite3, "dbname=\"" + (folder / "heartbeat.db").string() + "\"");
  std::string mode;
  session << "PRAGMA journal_mode = OFF", soci::into(mode);
  session << "PRAGMA synchronous = OFF";
  session << "PRAGMA cache_size = -400000";
  const long long step_ms = 3 * 365 * 86'400'000LL / rows;
  const long long quarter = std::max(rows / 4, 1LL);
  session
      << "INSERT INTO recordings WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n "
         "WHERE i + 1 < :rows) SELECT printf('%08x', i) || lower(hex(randomblob(28))), 80000, 0 "
         "FROM n",
      soci::use(rows, "rows");
  // Names: those of the oldest quarter share a beginning, most share another, a few are rare.
  session
      << "INSERT INTO predictions (id, time_ms, day, file_name, name_key, sha256, "
         "predicted_class, verdict, label, probability_abnormal, confidence, threshold, "
         "duration_s, processing_time_s, model_name, model_version, model_sha256, patient_ref, "
         "location, quality_ok, quality_reasons, answer) "
         "WITH row AS (SELECT rowid - 1 AS i, sha256, abs(random()) AS r, 1.6e12 AS start FROM "
         "recordings ORDER BY rowid), named AS (SELECT *, CAST(start AS INTEGER) + i * :step_ms "
         "AS t, CASE WHEN r % 9973 = 0 THEN 'rare-' WHEN i < :quarter THEN 'clinic-a-' ELSE "
         "'clinic-b-' END || printf('%08x', r % 1000003) || '.wav' AS name FROM row) "
         "SELECT printf('01890c00-0000-7000-8000-%012x', i), t, t / 86400000, name, name, sha256, "
         "CASE WHEN r % 3 = 0 THEN 'abnormal' ELSE 'normal' END, "
         "CASE WHEN r % 1009 = 0 THEN 'poor_quality' WHEN r % 11 = 0 THEN 'uncertain' "
         "WHEN r % 3 = 0 THEN 'abnormal' ELSE 'normal' END, "
         "CASE WHEN r % 1013 = 0 THEN 'unsure' WHEN r % 17 = 0 THEN 'normal' "
         "WHEN r % 19 = 0 THEN 'abnormal' ELSE '' END, "
         "0.5, 0.5, 0.5, 20.8, 0.003, 'heartbeat', '2', 'sha', 'patient-' || (r % 50000), 'MV', "
         "1, '', printf('%.1200c', '.') FROM named",
      soci::use(step_ms, "step_ms"), soci::use(quarter, "quarter");
}

const Store& History() {
  static const Folder folder("heartbeat-store-bench");
  static const std::unique_ptr<Store> store = [] {
    Fill(folder.path(), Rows());
    return Open(folder.path());
  }();
  return *store;
}

Filter None() { return {}; }
Filter ByClass() {
  Filter filter;
  filter.predicted_class = PredictedClass::kAbnormal;
  return filter;
}
Filter ByVerdict() {
  Filter filter;
  filter.verdict = Verdict::kPoorQuality;
  return filter;
}
Filter ByLabel() {
  Filter filter;
  filter.label = LabelFilter::kUnsure;
  return filter;
}
Filter Unlabelled() {
  Filter filter;
  filter.label = LabelFilter::kUnlabelled;
  return filter;
}
Filter ByAllThree() {
  Filter filter = ByVerdict();
  filter.predicted_class = PredictedClass::kAbnormal;
  filter.label = LabelFilter::kUnsure;
  return filter;
}
Filter ByTime() {
  Filter filter = ByVerdict();
  filter.from = Time(std::chrono::milliseconds(1'610'000'000'000));
  filter.until = Time(std::chrono::milliseconds(1'640'000'000'000));
  return filter;
}
Filter ByPatient() {
  Filter filter;
  filter.patient_ref = "patient-4242";
  return filter;
}
Filter ByName(const char* prefix) {
  Filter filter;
  filter.file_name_prefix = prefix;
  return filter;
}
Filter CommonName() { return ByName("clinic-b"); }
Filter OldName() { return ByName("clinic-a"); }
Filter RareName() { return ByName("rare-"); }
Filter NoName() { return ByName("nobody"); }

// The first page and the ones behind it, ten in all, over and over; worst_ms is the slowest.
void BM_Page(benchmark::State& state, Filter (*make)()) {
  const Store& history = History();
  const Filter filter = make();
  PageRequest request;
  double worst_ms = 0;
  std::size_t shown = 0;
  int pages = 0;
  for (auto _ : state) {
    const auto begin = std::chrono::steady_clock::now();
    const auto page = history.List(filter, request);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    if (!page) {
      state.SkipWithError(page.error().message.c_str());
      return;
    }
    worst_ms = std::max(worst_ms, took.count());
    shown = std::max(shown, page->predictions.size());
    request.cursor = ++pages % 10 == 0 ? "" : page->next_cursor;
  }
  state.counters["worst_ms"] = worst_ms;
  state.counters["shown"] = static_cast<double>(shown);
}

#define HEARTBEAT_PAGE(name) \
  BENCHMARK_CAPTURE(BM_Page, name, name)->Unit(benchmark::kMillisecond)->Iterations(40)
HEARTBEAT_PAGE(None);
HEARTBEAT_PAGE(ByClass);
HEARTBEAT_PAGE(ByVerdict);
HEARTBEAT_PAGE(ByLabel);
HEARTBEAT_PAGE(Unlabelled);
HEARTBEAT_PAGE(ByAllThree);
HEARTBEAT_PAGE(ByTime);
HEARTBEAT_PAGE(ByPatient);
HEARTBEAT_PAGE(CommonName);
HEARTBEAT_PAGE(OldName);
HEARTBEAT_PAGE(RareName);
HEARTBEAT_PAGE(NoName);

// Callers that each wait until theirs is on disk, recordings of 80 kB included.
void BM_Add(benchmark::State& state) {
  static const Folder folder("heartbeat-store-add");
  static const std::unique_ptr<Store> store = Open(folder.path());
  static std::atomic<std::uint64_t> seed = 0;
  std::vector<std::byte> recording(80'000);
  for (auto _ : state) {
    std::mt19937_64 random(++seed);
    for (std::size_t i = 0; i < 64; ++i) recording[i] = static_cast<std::byte>(random());
    Prediction prediction;
    prediction.id = base::NewId();
    prediction.time = Now();
    prediction.file_name = "a0001.wav";
    prediction.sha256 = base::Sha256Hex(recording);
    prediction.answer = std::string(1200, '.');
    if (const auto added = store->AddPrediction(prediction, recording); !added) {
      state.SkipWithError(added.error().message.c_str());
      return;
    }
  }
  state.counters["added"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(BM_Add)->Threads(1)->Threads(4)->Threads(16)->Threads(64)->UseRealTime()->MinTime(2);

}  // namespace
}  // namespace heartbeat::store
