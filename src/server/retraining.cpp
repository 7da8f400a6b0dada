#include "server/retraining.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/log.h"
#include "evaluation/trainer_process.h"

namespace heartbeat::server {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Fail;
using base::Result;
using nlohmann::json;

constexpr std::uintmax_t kMaxFileBytes = std::uintmax_t{4} << 20;
constexpr std::uintmax_t kMaxModelBytes = std::uintmax_t{64} << 20;
constexpr std::size_t kLogLines = 200;
constexpr double kSecondsBetweenTold = 1;
constexpr int kAllDone = 100;
constexpr const char* kRetrainedMark = "+r";
constexpr const char* kEndedMeanwhile =
    "the server was stopped while it trained; start the training again";

// Of a training that never was.
json Idle() {
  return {{"status", "idle"},
          {"progress", 0},
          {"message", "no training has been started yet"},
          {"started_at", nullptr},
          {"ended_at", nullptr},
          {"seconds_left", nullptr},
          {"log", json::array()},
          {"recordings", nullptr},
          {"candidate", nullptr},
          {"comparison", nullptr}};
}

json ReadJson(const fs::path& file) {
  const auto text = base::ReadTextFile(file, kMaxFileBytes);
  auto read = text ? json::parse(*text, nullptr, false) : json(nullptr);
  return read.is_object() ? read : json(nullptr);
}

json ReadLog(const fs::path& file) {
  json lines = json::array();
  const auto text = base::ReadTextFile(file, kMaxFileBytes);
  if (!text) return lines;
  std::vector<std::string> all;
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = text->find('\n', begin)) != std::string::npos; begin = end + 1) {
    all.push_back(text->substr(begin, end - begin));
  }
  const std::size_t first = all.size() > kLogLines ? all.size() - kLogLines : 0;
  for (std::size_t i = first; i < all.size(); ++i) lines.push_back(std::move(all[i]));
  return lines;
}

std::string Now() { return base::FormatUtc(std::chrono::system_clock::now()); }

// "0.3.0" and "0.3.0+r20260131T120000Z" become "0.3.0+r20261125T223015Z".
std::string NextVersion(const std::string& current) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  std::string text = base::FormatUtc(now);  // 2026-11-25T22:30:15.000Z
  text.erase(text.find('.'));
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return current.substr(0, current.find(kRetrainedMark)) + kRetrainedMark + text + "Z";
}

std::string Enough(std::size_t recordings, std::size_t people, const char* name) {
  return std::to_string(recordings) + " " + name + " of " + std::to_string(people) +
         (people == 1 ? " person" : " people");
}

std::string ReplaceAll(std::string text, const std::string& what, const std::string& by) {
  if (what.empty()) return text;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
  return text;
}

}  // namespace

struct Retraining::Job {
  LabelledRecordings labelled;
  std::shared_ptr<const ModelCard> current;
  json state;  // of status.json
  FolderLock lock;
};

Retraining::Retraining(RetrainingOptions options, ModelSwitch& models)
    : options_(std::move(options)), models_(models) {
  Recover();
}

// A server that was killed left recordings in its work folder.
void Retraining::Recover() {
  std::error_code ignored;
  if (!fs::exists(work_folder(), ignored)) return;
  const auto lock = FolderLock::Take(lock_file());
  if (!lock || !*lock) return;  // another server trains
  json state = ReadJson(folder() / "status.json");
  if (state.is_object() && state.value("status", "") == "running") {
    state["status"] = "failed";
    state["message"] = kEndedMeanwhile;
    Note(state);
  }
  fs::rename(work_folder() / "log.txt", folder() / "log.txt", ignored);
  fs::remove_all(work_folder(), ignored);
}

Retraining::~Retraining() {
  closing_ = true;
  stop_ = true;
  if (worker_.joinable()) worker_.join();
}

Result<Retraining::Outcome> Retraining::Start() {
  const std::lock_guard guard(mutex_);
  if (options_.trainer.empty()) {
    return Outcome{RouteRefusal::kNotInstalled,
                   "training needs heartbeat-train, which is neither beside heartbeat nor in PATH; "
                   "build it with `script/server --with-training`, or with cmake and "
                   "-DHEARTBEAT_BUILD_TRAINING=ON, then start the server again"};
  }
  Outcome busy{RouteRefusal::kConflict,
               "a training runs already; wait for it, or stop it with POST /retrain/stop"};
  if (running_) return busy;
  if (worker_.joinable()) worker_.join();  // it has ended, and may still hold the lock
  std::error_code error;
  fs::create_directories(folder(), error);
  auto lock = FolderLock::Take(lock_file());
  if (!lock) return Fail(lock);
  if (!*lock) return busy;
  const auto current = models_.Card();
  if (current == nullptr) return Fail(ErrorCode::kNoModel, "no model is loaded");
  const auto bytes = base::ReadFile(current->file, kMaxModelBytes);
  if (!bytes || base::Sha256Hex(*bytes) != current->identity.sha256) {
    return Outcome{RouteRefusal::kConflict,
                   "the file of the model that serves is gone, or is another one now: there is "
                   "nothing to go on from; promote a model, or start the server again"};
  }
  auto labelled = CollectLabelled(models_.shelf().history(), options_.data_dir);
  if (!labelled) return Fail(labelled);
  const auto& found = *labelled;
  if (std::min(found.normal, found.abnormal) < kFewestRecordings ||
      std::min(found.normal_people, found.abnormal_people) < kFewestPeople) {
    return Outcome{RouteRefusal::kTooFewRecordings,
                   "there are " + Enough(found.normal, found.normal_people, "normal recordings") +
                       " and " + Enough(found.abnormal, found.abnormal_people, "abnormal ones") +
                       "; " + std::to_string(kFewestRecordings) + " of each are needed, of " +
                       std::to_string(kFewestPeople) +
                       " people: upload more, or label predictions of the history"};
  }
  json state = Idle();
  state["status"] = "running";
  state["message"] = "gathering the recordings";
  state["started_at"] = Now();
  state["recordings"] = {{"normal", found.normal},
                         {"abnormal", found.abnormal},
                         {"from_history", found.from_history},
                         {"from_folder", found.from_folder}};
  // What an earlier one left when it was killed.
  fs::remove_all(work_folder(), error);
  fs::remove(folder() / "log.txt", error);
  if (auto written = base::WriteFileAtomically(folder() / "status.json", state.dump()); !written) {
    return Fail(written);
  }
  stop_ = false;
  running_ = true;
  worker_ = std::thread([this, job = std::make_shared<Job>(Job{*std::move(labelled), current, state,
                                                               **std::move(lock)})]() mutable {
    Work(*job);
    job.reset();  // the lock goes when all is noted
    Tell();
  });
  return Outcome{{},
                 "training on " + std::to_string(found.normal) + " normal and " +
                     std::to_string(found.abnormal) + " abnormal recordings"};
}

Retraining::Outcome Retraining::Stop() {
  const std::lock_guard guard(mutex_);
  if (running_) {
    stop_ = true;
    return {{}, "the training is being ended; nothing of it is kept"};
  }
  if (worker_.joinable()) worker_.join();
  if (FolderLock::IsHeld(lock_file())) {
    return {RouteRefusal::kConflict,
            "another server on the same data folder trains; stop it there"};
  }
  return {RouteRefusal::kConflict, "no training runs"};
}

void Retraining::Work(const Job& job) {
  base::LogInfo("a training has begun");
  Result<ShelvedModel> outcome;
  try {
    Tell();
    outcome = Train(job);
  } catch (const std::exception& failure) {
    outcome = Fail(ErrorCode::kInternal, failure.what());
  }
  try {
    Finish(job, outcome);
  } catch (const std::exception& failure) {
    base::LogError(std::string("the end of a training could not be noted: ") + failure.what());
  }
  running_ = false;
}

Result<ShelvedModel> Retraining::Train(const Job& job) {
  const fs::path work = work_folder();
  if (auto laid = LayOut(job.labelled, options_.data_dir, work / "data"); !laid) return Fail(laid);
  const auto& identity = job.current->identity;
  const json order = {
      {"model", fs::absolute(job.current->file).string()},
      {"version", NextVersion(identity.version)},
      {"epochs", options_.epochs},
      {"threads", options_.threads},
      {"current_was_retrained", identity.version.find(kRetrainedMark) != std::string::npos}};
  if (auto written = base::WriteFileAtomically(work / "job.json", order.dump()); !written) {
    return Fail(written);
  }
  double told_s = 0;
  const base::Stopwatch stopwatch;
  const auto trained = evaluation::RunTrainer(
      {options_.trainer, {"--retrain", work.string()}, {}, work / "trainer.err"}, stop_, [&] {
        if (stopwatch.ElapsedSeconds() - told_s < kSecondsBetweenTold) return;
        told_s = stopwatch.ElapsedSeconds();
        Tell();
      });
  if (!trained) return Fail(trained);
  return TakeCandidate();
}

// From the trainer's hands to the shelf: whole and known, or not at all.
Result<ShelvedModel> Retraining::TakeCandidate() {
  auto& shelf = models_.shelf();
  const fs::path made = work_folder() / "candidate";
  const auto loaded = ModelPredictor::Load(made / "heartbeat.onnx", shelf.max_file_bytes());
  if (!loaded) return Fail(loaded);
  const auto& identity = (*loaded)->Card()->identity;
  std::error_code error;
  fs::create_directories(shelf.folder(), error);
  const fs::path place = shelf.folder() / identity.sha256;
  if (!error && fs::exists(place, error)) fs::remove_all(place, error);  // of the same bytes
  if (!error) fs::rename(made, place, error);
  if (error) {
    return Fail(ErrorCode::kIo, "cannot keep the candidate: " + error.message());
  }
  if (auto added = shelf.Add(identity, ModelSource::kRetrained, place); !added) return Fail(added);
  return shelf.Find(identity.sha256);
}

// What the trainer says of files is of no use to whoever asks over HTTP.
std::string Retraining::Explain(const base::Error& error) const {
  std::string message = ReplaceAll(error.message, options_.data_dir.string(), "the data folder");
  if (const auto card = models_.Card()) {
    message = ReplaceAll(message, fs::absolute(card->file).string(), "the current model");
  }
  return message;
}

void Retraining::Finish(const Job& job, const Result<ShelvedModel>& outcome) {
  json state = job.state;
  state["ended_at"] = Now();
  const json progress = ReadJson(work_folder() / "progress.json");
  if (progress.is_object()) state["progress"] = progress.value("progress", 0);
  if (outcome) {
    const auto& model = outcome->version.model;
    state["status"] = "succeeded";
    state["progress"] = kAllDone;
    state["message"] = "the candidate " + model.version +
                       " is ready; compare it with the current model, and promote it if it is "
                       "better";
    state["candidate"] = {
        {"name", model.name}, {"version", model.version}, {"sha256", model.sha256}};
    state["comparison"] = outcome->comparison;
    base::LogInfo("a training has made the model " + model.version);
  } else if (outcome.error().code == ErrorCode::kCancelled && !closing_) {
    state["status"] = "stopped";
    state["message"] = "stopped as asked; nothing was kept";
    base::LogInfo("a training was stopped");
  } else {
    state["status"] = "failed";
    state["message"] =
        closing_ ? kEndedMeanwhile : "the training failed: " + Explain(outcome.error());
    base::LogError("a training failed: " + outcome.error().message);
  }
  std::error_code ignored;  // there is none where it failed early
  fs::rename(work_folder() / "log.txt", folder() / "log.txt", ignored);
  fs::remove_all(work_folder(), ignored);
  // Whoever reads that it has ended may begin the next one at once.
  running_ = false;
  Note(state);
}

void Retraining::Note(const json& state) const {
  const auto written = base::WriteFileAtomically(folder() / "status.json", state.dump());
  if (!written) base::LogError("how the training stands is not kept: " + written.error().message);
}

void Retraining::Tell() const {
  if (!on_change_) return;
  try {
    on_change_(Status());
  } catch (const std::exception& failure) {
    base::LogError(std::string("how a training stands could not be told: ") + failure.what());
  }
}

json Retraining::Status() const {
  json status = Idle();
  for (int look = 0; look < 2; ++look) {
    if (const json noted = ReadJson(folder() / "status.json"); noted.is_object()) {
      status.update(noted);
    }
    // It may have ended since: whoever ends one notes it before the lock goes, so the second look
    // sees it.
    if (status["status"] != "running" || FolderLock::IsHeld(lock_file())) break;
    if (look == 0) continue;
    status["status"] = "failed";
    status["message"] = kEndedMeanwhile;
  }
  const fs::path live_log = work_folder() / "log.txt";
  std::error_code error;
  status["log"] = ReadLog(fs::exists(live_log, error) ? live_log : folder() / "log.txt");
  if (status["status"] != "running") return status;
  const json progress = ReadJson(work_folder() / "progress.json");
  if (!progress.is_object()) return status;
  status["progress"] = progress.value("progress", 0);
  status["message"] = progress.value("message", "");
  status["seconds_left"] = progress.value("seconds_left", json(nullptr));
  return status;
}

}  // namespace heartbeat::server
