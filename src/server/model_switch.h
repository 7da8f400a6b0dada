#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "base/result.h"
#include "server/current_model.h"
#include "server/model_card.h"
#include "server/model_shelf.h"

namespace heartbeat::server {

// What a server begins with: the model `given`, where one is named; else what was promoted last of
// those whose file is there; else the model that came with the program, which is then promoted, so
// that there is something to go back to. What could not be loaded goes to the log.
[[nodiscard]] std::shared_ptr<const Predictor> ChooseModel(ModelShelf& shelf,
                                                           const std::filesystem::path& given);

// Puts another model into the place of the current one while requests go on. Thread-safe.
class ModelSwitch {
 public:
  // Called when another model serves, on the thread that switched.
  using OnSwitch = std::function<void(const ModelCard&)>;

  // Both outlive this.
  ModelSwitch(ModelShelf& shelf, CurrentModel& current);
  ModelSwitch(const ModelSwitch&) = delete;
  ModelSwitch& operator=(const ModelSwitch&) = delete;
  ~ModelSwitch();

  // Before Follow, and before anything is promoted.
  void SetOnSwitch(OnSwitch on_switch) { on_switch_ = std::move(on_switch); }
  // From then on takes up within `every` what other programs promote on this data folder.
  void Follow(std::chrono::milliseconds every);

  // Loads and tries the model, notes that it serves, then lets it serve. `key`: as ModelShelf::Find
  // has it. Errors: those of ModelShelf; then nothing has changed.
  [[nodiscard]] base::Result<nlohmann::json> Promote(std::string_view key, std::string_view who);

  // `ModelEntry` of the API's document; and all of them, newest first.
  [[nodiscard]] nlohmann::json EntryJson(const ShelvedModel& model) const;
  [[nodiscard]] base::Result<nlohmann::json> ListJson() const;

  [[nodiscard]] ModelShelf& shelf() const { return shelf_; }
  [[nodiscard]] std::shared_ptr<const ModelCard> Card() const { return current_.Card(); }

 private:
  using Promotion = std::pair<store::Time, std::string>;  // when, and the SHA-256
  [[nodiscard]] std::optional<Promotion> Latest() const;
  base::Result<void> NoteCurrent();
  void Serve(std::shared_ptr<const ModelPredictor> predictor);
  void TakeUp();

  ModelShelf& shelf_;
  CurrentModel& current_;
  OnSwitch on_switch_;
  const store::Time started_ = store::Now();
  std::mutex switching_;            // one switch at a time
  std::optional<Promotion> known_;  // under switching_: the latest that was taken up
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;  // under mutex_
  std::thread follower_;
};

}  // namespace heartbeat::server
