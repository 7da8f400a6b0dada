#include "server/model_switch.h"

#include <algorithm>
#include <exception>
#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/clock.h"
#include "base/log.h"

namespace heartbeat::server {
namespace {

using base::Fail;
using nlohmann::json;

constexpr std::string_view kProgram = "heartbeat";  // who promotes without being asked

void Warn(const char* what, const base::Error& error) {
  base::LogWarning(std::string(what) + ": " + error.message);
}

std::vector<ShelvedModel> Promoted(const ModelShelf& shelf) {
  auto models = shelf.List();
  if (!models) {
    Warn("the list of models cannot be read", models.error());
    return {};
  }
  std::erase_if(*models, [](const auto& model) { return !model.version.promoted; });
  std::ranges::sort(*models, std::greater(),
                    [](const auto& model) { return model.version.promoted; });
  return *std::move(models);
}

std::shared_ptr<const Predictor> LoadNamed(ModelShelf& shelf, const std::filesystem::path& path,
                                           ModelSource source) {
  auto predictor =
      std::make_shared<const ModelPredictor>(path, shelf.max_file_bytes(), shelf.asked());
  const auto card = predictor->Card();
  if (card == nullptr) return predictor;
  if (const auto added = shelf.Add(card->identity, source, path); !added) {
    Warn("the model cannot be noted in the history", added.error());
  }
  return predictor;
}

}  // namespace

std::shared_ptr<const Predictor> ChooseModel(ModelShelf& shelf,
                                             const std::filesystem::path& given) {
  const bool is_given = !given.empty();
  auto named = LoadNamed(shelf, is_given ? given : shelf.shipped(),
                         is_given ? ModelSource::kGiven : ModelSource::kShipped);
  const auto promoted = Promoted(shelf);
  const auto card = named->Card();
  if (is_given) {
    if (!promoted.empty() && card != nullptr &&
        promoted.front().version.model.sha256 != card->identity.sha256) {
      base::LogWarning("the model that was named with --model serves, not " +
                       promoted.front().version.model.version + ", which was promoted last");
    }
    return named;
  }
  for (const auto& model : promoted) {
    if (card != nullptr && model.version.model.sha256 == card->identity.sha256) return named;
    if (auto opened = shelf.Open(model)) return *std::move(opened);
    base::LogWarning("the model " + model.version.model.version +
                     " was promoted, and its file is gone or cannot be used");
  }
  if (card != nullptr) {
    const auto noted = shelf.Promote(card->identity.sha256, store::Now(), kProgram);
    if (!noted) Warn("the model cannot be noted in the history", noted.error());
  }
  return named;
}

ModelSwitch::ModelSwitch(ModelShelf& shelf, CurrentModel& current)
    : shelf_(shelf), current_(current), known_(Latest()) {}

ModelSwitch::~ModelSwitch() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (follower_.joinable()) follower_.join();
}

void ModelSwitch::Follow(std::chrono::milliseconds every) {
  follower_ = std::thread([this, every] {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, every, [this] { return stopping_; })) {
      lock.unlock();
      try {
        TakeUp();
      } catch (const std::exception& failure) {
        base::LogError(std::string("looking for a promoted model failed: ") + failure.what());
      }
      lock.lock();
    }
  });
}

std::optional<ModelSwitch::Promotion> ModelSwitch::Latest() const {
  const auto versions = shelf_.history().Models();
  std::optional<Promotion> latest;
  if (!versions) return latest;  // another look comes soon
  for (const auto& version : *versions) {
    if (!version.promoted) continue;
    const Promotion promotion(*version.promoted, version.model.sha256);
    if (!latest || promotion > *latest) latest = promotion;
  }
  return latest;
}

void ModelSwitch::TakeUp() {
  const std::lock_guard lock(switching_);
  const auto latest = Latest();
  if (!latest || latest == known_) return;
  known_ = latest;  // also where it cannot be used: once is enough to say so
  const auto card = current_.Card();
  if (card != nullptr && card->identity.sha256 == latest->second) return;
  const auto model = shelf_.Find(latest->second);
  if (!model) return Warn("a model that was promoted cannot be found", model.error());
  auto opened = shelf_.Open(*model);
  if (!opened) return Warn("a model that was promoted does not serve", opened.error());
  Serve(*std::move(opened));
}

// A model that serves without having been promoted, as one of --model does, must be there to go
// back to.
base::Result<void> ModelSwitch::NoteCurrent() {
  const auto card = current_.Card();
  if (card == nullptr) return {};
  const auto versions = shelf_.history().Models();
  if (!versions) return Fail(versions);
  const auto known = std::ranges::find_if(*versions, [&](const auto& version) {
    return version.model.sha256 == card->identity.sha256;
  });
  if (known == versions->end() || known->promoted) return {};
  return shelf_.Promote(card->identity.sha256, started_, kProgram);
}

base::Result<json> ModelSwitch::Promote(std::string_view key, std::string_view who) {
  const std::lock_guard lock(switching_);
  const auto model = shelf_.Find(key);
  if (!model) return Fail(model);
  auto opened = shelf_.Open(*model);
  if (!opened) return Fail(opened);
  if (auto noted = NoteCurrent(); !noted) return Fail(noted);
  const auto& sha256 = model->version.model.sha256;
  if (auto promoted = shelf_.Promote(sha256, store::Now(), who); !promoted) return Fail(promoted);
  known_ = Latest();
  Serve(*std::move(opened));
  auto again = shelf_.Find(sha256);
  if (!again) return Fail(again);
  return EntryJson(*again);
}

void ModelSwitch::Serve(std::shared_ptr<const ModelPredictor> predictor) {
  const auto card = predictor->Card();
  current_.Swap(std::move(predictor));
  base::LogInfo("the model " + card->identity.name + " " + card->identity.version +
                " serves from now on");
  if (on_switch_) on_switch_(*card);
}

json ModelSwitch::EntryJson(const ShelvedModel& model) const {
  const auto& version = model.version;
  const auto card = current_.Card();
  return {{"name", version.model.name},
          {"version", version.model.version},
          {"sha256", version.model.sha256},
          {"source", Name(model.source)},
          {"added", base::FormatUtc(version.added)},
          {"promoted", version.promoted ? json(base::FormatUtc(*version.promoted)) : json(nullptr)},
          {"serving", card != nullptr && card->identity.sha256 == version.model.sha256},
          {"available", model.is_available},
          {"comparison", model.comparison}};
}

base::Result<json> ModelSwitch::ListJson() const {
  const auto models = shelf_.List();
  if (!models) return Fail(models);
  json entries = json::array();
  for (const auto& model : *models) entries.push_back(EntryJson(model));
  return json{{"models", std::move(entries)}};
}

}  // namespace heartbeat::server
