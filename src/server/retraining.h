#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "base/result.h"
#include "server/folder_lock.h"
#include "server/labelled_recordings.h"
#include "server/model_switch.h"
#include "server/problem.h"
#include "store/store.h"

namespace heartbeat::server {

struct RetrainingOptions {
  std::filesystem::path data_dir;
  std::filesystem::path trainer;  // heartbeat-train; empty: not installed
  int epochs = 8;
  int threads = 1;
};

// Fine-tunes the current model on the labelled recordings, in a process of its own (heartbeat-train
// --retrain); what comes out is put on the shelf and never serves unasked. One at a time on a data
// folder, whichever server began it. All that is known of the last one stands in
// DATA_DIR/retrain/, so that every server on the folder, and one that is started later, tells the
// same; the recordings and features that it worked with are gone when it ends. Thread-safe.
class Retraining {
 public:
  // Recordings, and people, that are needed of each class: of eight people five or more are left to
  // learn from where a third is left out, and of five one can be held out to watch.
  static constexpr std::size_t kFewestRecordings = 10;
  static constexpr std::size_t kFewestPeople = 8;

  // Called with Status() when that changes, and about once a second while a training runs; on a
  // thread of this.
  using OnChange = std::function<void(const nlohmann::json&)>;

  // `models` outlives this.
  Retraining(RetrainingOptions options, ModelSwitch& models);
  Retraining(const Retraining&) = delete;
  Retraining& operator=(const Retraining&) = delete;
  // Ends what runs, which is then noted as failed.
  ~Retraining();

  // Before Start.
  void SetOnChange(OnChange on_change) { on_change_ = std::move(on_change); }

  struct Outcome {
    std::optional<RouteRefusal> refusal;  // nothing: it was done
    std::string message;
  };
  // Begins, and returns while it runs. Errors: kNoModel, those of the history and of files.
  [[nodiscard]] base::Result<Outcome> Start();
  [[nodiscard]] Outcome Stop();

  // `TrainingStatus` of the API's document.
  [[nodiscard]] nlohmann::json Status() const;

 private:
  struct Job;
  void Recover();
  void Work(const Job& job);
  [[nodiscard]] base::Result<ShelvedModel> Train(const Job& job);
  [[nodiscard]] base::Result<ShelvedModel> TakeCandidate();
  void Finish(const Job& job, const base::Result<ShelvedModel>& outcome);
  [[nodiscard]] std::string Explain(const base::Error& error) const;
  void Note(const nlohmann::json& state) const;
  void Tell() const;

  [[nodiscard]] std::filesystem::path folder() const { return options_.data_dir / "retrain"; }
  [[nodiscard]] std::filesystem::path work_folder() const { return folder() / "work"; }
  [[nodiscard]] std::filesystem::path lock_file() const { return folder() / "lock"; }

  const RetrainingOptions options_;
  ModelSwitch& models_;
  OnChange on_change_;
  std::mutex mutex_;  // Start and Stop, one at a time
  std::atomic<bool> running_ = false;
  std::atomic<bool> stop_ = false;
  std::atomic<bool> closing_ = false;
  std::thread worker_;  // under mutex_
};

}  // namespace heartbeat::server
