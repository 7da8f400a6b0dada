#include "evaluation/protocol_run.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>
#include <stop_token>
#include <system_error>
#include <thread>
#include <tuple>
#include <utility>

#include "base/clock.h"
#include "base/file.h"
#include "base/parallel.h"
#include "evaluation/conformal.h"
#include "evaluation/copies.h"
#include "evaluation/fold_run.h"
#include "evaluation/folds_progress.h"
#include "evaluation/recipe.h"
#include "evaluation/run_state.h"

namespace heartbeat::evaluation {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Fail;
using base::Result;

constexpr const char* kState = "evaluation.json";

Result<std::vector<DatasetEntry>> ReadData(const std::vector<std::string>& folders) {
  std::vector<DatasetEntry> entries;
  for (const std::string& folder : folders) {
    auto read = ReadDataset(folder);
    if (!read) return read;
    std::ranges::move(*read, std::back_inserter(entries));
  }
  return entries;
}

// Those that some fold learns from or tests, and the folds with their places among those.
std::vector<DatasetEntry> KeepUsed(std::vector<DatasetEntry> entries, std::vector<Fold>& folds) {
  std::vector<bool> used(entries.size());
  for (const Fold& fold : folds) {
    for (const auto* rows : {&fold.train, &fold.test}) {
      for (const std::size_t i : *rows) used[i] = true;
    }
  }
  std::vector<std::size_t> place(entries.size());
  std::vector<DatasetEntry> kept;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    place[i] = kept.size();
    if (used[i]) kept.push_back(std::move(entries[i]));
  }
  for (Fold& fold : folds) {
    for (auto* rows : {&fold.train, &fold.test}) {
      for (std::size_t& i : *rows) i = place[i];
    }
  }
  return kept;
}

// heartbeat-train splits its list of folders at commas.
Result<void> CheckFolderNames(const std::vector<std::string>& folders) {
  for (const std::string& folder : folders) {
    if (folder.find(',') != std::string::npos) {
      return Fail(ErrorCode::kInvalidArgument, "heartbeat-train cannot read the folder " + folder +
                                                   ", as there is a comma in its name; rename it");
    }
  }
  return {};
}

class ProtocolRun {
 public:
  ProtocolRun(const ProtocolOptions& options, const std::atomic<bool>& stop,
              const ProtocolObserver& observer)
      : options_(options),
        stop_(stop),
        observer_(observer),
        folder_(ProtocolFolder(options.out, options.protocol, options.quick)) {}

  Result<EvaluationResults> Run() {
    if (auto named = CheckFolderNames(options_.data); !named) return Fail(named);
    if (auto read = ReadFolds(); !read) return Fail(read);
    if (auto taken = TakeFolder(); !taken) return Fail(taken);
    if (auto made = MakeRecipe(); !made) return Fail(made);
    if (auto known = TakeRows(); !known) return Fail(known);
    if (auto agrees = TakeState(); !agrees) return Fail(agrees);
    if (auto ran = RunFolds(); !ran) return Fail(ran);
    return Measure();
  }

 private:
  void Note(const std::string& line) const {
    if (observer_.note) observer_.note(line);
  }
  void Warn(const std::string& line) const {
    if (observer_.warn) observer_.warn(line);
  }

  Result<void> ReadFolds() {
    auto entries = ReadData(options_.data);
    if (!entries) return Fail(entries);
    FoldOptions fold_options = options_.folds;
    auto folds = MakeFolds(options_.protocol, *entries, fold_options);
    if (!folds) return Fail(folds);
    if (options_.protocol == Protocol::kCrossValidation) {
      // Only now: what is wrong with the data was told without hearing all of it first.
      fold_options.together = GroupSameSound(*entries, options_.threads);
      folds = MakeFolds(options_.protocol, *entries, fold_options);
      if (!folds) return Fail(folds);
      if (!fold_options.together.empty()) {
        Note(std::to_string(fold_options.together.size()) +
             " groups of recordings hold the same sound; each stays in one fold");
      }
    }
    all_folds_ = folds->size();
    folds_ = options_.quick ? QuickFolds(options_.protocol, *folds, *entries) : std::move(*folds);
    entries_ = std::move(*entries);
    return {};
  }

  // Known once the recipe is: one that learns murmurs learns from more.
  Result<void> TakeRows() {
    if (recipe_.LearnsMurmurs()) {
      if (auto added = AddMurmurRows(folds_, entries_); !added) return added;
    }
    const std::size_t before = entries_.size();
    entries_ = KeepUsed(std::move(entries_), folds_);
    if (before != entries_.size()) {
      Note(std::to_string(entries_.size()) + " of " + std::to_string(before) +
           " recordings take part: the others have no label, or belong to a split that this "
           "protocol does not use");
    }
    auto hashes = HashRecordings(entries_);
    if (!hashes) return Fail(hashes);
    hashes_ = std::move(*hashes);
    return {};
  }

  // Called only once the folds are made: nothing is thrown away for an evaluation that cannot be.
  Result<void> TakeFolder() {
    auto lock = FolderLock::Take(folder_);
    if (!lock) return Fail(lock);
    lock_.emplace(std::move(*lock));
    return {};
  }

  Result<void> MakeRecipe() {
    std::string folders;
    for (const std::string& folder : options_.data)
      folders += (folders.empty() ? "" : ",") + folder;
    std::vector<std::string> arguments = {"--data.folders", folders};
    auto recipe = ReadRecipe(options_.trainer, options_.recipe, arguments, folder_, stop_);
    if (recipe && options_.quick) {
      const auto quick = MakeQuick(*recipe);
      if (!quick) return Fail(quick);
      reductions_ = quick->reductions;
      arguments.insert(arguments.end(), quick->options.begin(), quick->options.end());
      recipe = ReadRecipe(options_.trainer, options_.recipe, arguments, folder_, stop_);
      if (folds_.size() < all_folds_) {
        std::string names;
        for (const Fold& fold : folds_) names += (names.empty() ? "" : ", ") + fold.name;
        reductions_.push_back(std::to_string(folds_.size()) + " folds instead of " +
                              std::to_string(all_folds_) + ": " + names);
      }
    }
    if (!recipe) return Fail(recipe);
    recipe_ = std::move(*recipe);
    for (const std::string& reduction : reductions_) Note("--quick: " + reduction);
    const auto epochs = recipe_.Integer("optimizer.epochs");
    if (!epochs) return Fail(epochs);
    long all_epochs = *epochs;
    if (recipe_.HasSecondNetwork()) {
      all_epochs += recipe_.Integer("second.optimizer.epochs").value_or(0);
    }
    epochs_ = static_cast<std::size_t>(std::max(all_epochs, 1L));
    return {};
  }

  // Refuses what an evaluation of something else left, or throws it away where asked to.
  Result<void> TakeState() {
    const auto trainer = HashFile(options_.trainer);
    if (!trainer) return Fail(trainer);
    const auto program = HashFile(options_.program);
    if (!program) return Fail(program);
    program_sha256_ = *program;
    const bool deals = options_.protocol == Protocol::kCrossValidation;
    const RunIdentity identity{
        std::string(Name(options_.protocol)), deals ? options_.folds.folds : 0,
        deals ? options_.folds.seed : 0,      recipe_.WhatIsLearned(),
        HashRows(entries_, hashes_),          *trainer};
    const fs::path file = folder_ / kState;
    std::error_code error;
    if (fs::exists(file, error) && !options_.restart) {
      const auto text = base::ReadTextFile(file);
      if (!text) return Fail(text);
      const auto before = ParseRunIdentity(*text);
      std::string differences;
      if (before) {
        for (const std::string& difference : Differences(*before, identity)) {
          differences += (differences.empty() ? "" : "; ") + difference;
        }
      } else {
        differences = file.filename().string() + " cannot be used: " + before.error().message;
      }
      if (!differences.empty()) {
        return Fail(ErrorCode::kInvalidArgument,
                    folder_.string() + " holds an evaluation of something else: " + differences +
                        ". Go on with what it was begun with, name another --out, or start afresh "
                        "with --restart, which deletes what is there");
      }
      return WriteRecipe();
    }
    if (auto cleared = Clear(); !cleared) return cleared;
    if (auto written = base::WriteFileAtomically(file, ToJsonText(identity)); !written) {
      return written;
    }
    return WriteRecipe();
  }

  Result<void> WriteRecipe() {
    return base::WriteFileAtomically(folder_ / "recipe.toml", recipe_.toml);
  }

  // Deletes what an evaluation left, and nothing that could be anyone else's.
  Result<void> Clear() {
    std::error_code error;
    if (fs::is_empty(folder_, error)) return {};
    if (!fs::exists(folder_ / kState, error)) {
      return Fail(ErrorCode::kInvalidArgument,
                  folder_.string() +
                      " holds files that are not of an evaluation; name another "
                      "--out");
    }
    for (fs::directory_iterator it(folder_, error), end; !error && it != end; it.increment(error)) {
      fs::remove_all(it->path(), error);
      if (error) break;
    }
    if (error) {
      return Fail(ErrorCode::kIo, "cannot clear " + folder_.string() + ": " + error.message());
    }
    return {};
  }

  Result<void> RunFolds() {
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    const unsigned threads = options_.threads > 0 ? options_.threads : cores;
    const auto jobs = std::min<std::size_t>(std::max(options_.jobs, 1U), folds_.size());
    FoldContext context;
    context.trainer = options_.trainer;
    context.recipe = folder_ / "recipe.toml";
    context.data = options_.data;
    context.folder = folder_;
    context.cache_folder = options_.out / "cache";
    context.model_name = recipe_.values["output.name"];
    context.program_sha256 = program_sha256_;
    context.threads = std::max(1U, threads / static_cast<unsigned>(jobs));
    context.entries = &entries_;
    context.hashes = &hashes_;

    outcomes_.resize(folds_.size());
    FoldsProgress progress(folds_.size(), epochs_);
    std::mutex mutex;
    Result<void> result;
    std::atomic<bool> give_up = false;
    // The person's stop and the first failure stop the others alike.
    const std::jthread watcher([&](const std::stop_token& done) {
      while (!done.stop_requested() && !stop_) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      }
      if (stop_) give_up = true;
    });
    base::ParallelFor(folds_.size(), static_cast<unsigned>(jobs), [&](std::size_t i) {
      FoldObserver observer;
      observer.say = [&, i](const std::string& line) {
        const std::lock_guard lock(mutex);
        Note("fold " + std::to_string(i + 1) + " of " + std::to_string(folds_.size()) + ", " +
             folds_[i].name + ": " + line);
      };
      observer.epochs_done = [&, i](int done) {
        const std::lock_guard lock(mutex);
        progress.Set(i, static_cast<std::size_t>(done));
        if (observer_.progress) observer_.progress(progress.done(), progress.total());
      };
      auto outcome = RunFold(context, folds_[i], give_up, observer);
      const std::lock_guard lock(mutex);
      if (outcome) {
        progress.Finish(i, outcome->was_done);
        outcomes_[i] = std::move(*outcome);
        if (observer_.progress) observer_.progress(progress.done(), progress.total());
        if (!outcomes_[i].was_done && progress.done() < progress.total()) {
          Note("about " + base::FormatDuration(progress.SecondsLeft()) + " left");
        }
        return;
      }
      // What failed first is the reason; the others were only stopped by it.
      if (result) result = Fail(outcome);
      give_up = true;
    });
    return result;
  }

  // The recordings that the quantiles of fold i are fitted on.
  [[nodiscard]] std::vector<Scored> CalibrationOf(std::size_t i) const {
    if (options_.protocol != Protocol::kCrossValidation)
      return LabelledScores(outcomes_[i].holdout);
    std::vector<Scored> scores;
    for (std::size_t other = 0; other < outcomes_.size(); ++other) {
      if (other == i) continue;
      std::ranges::move(LabelledScores(outcomes_[other].predictions), std::back_inserter(scores));
    }
    return scores;
  }

  Result<EvaluationResults> Measure() {
    EvaluationResults results;
    results.protocol = Name(options_.protocol);
    results.program_version = HEARTBEAT_VERSION;
    results.data = options_.data;
    results.reductions = reductions_;
    results.options = options_.measures;
    results.conformal_error_level = options_.conformal_error_level;
    results.conformal_source =
        options_.protocol == Protocol::kCrossValidation
            ? "the predictions of the other folds"
            : "the recordings that were held out of each fold's training rows, which early "
              "stopping has seen";
    for (std::size_t i = 0; i < outcomes_.size(); ++i) {
      const auto quantiles = FitQuantiles(CalibrationOf(i), options_.conformal_error_level);
      for (ScoredEntry& scored : outcomes_[i].predictions) {
        if (scored.IsHeard()) scored.prediction_set = quantiles.SetOf(scored.probability_abnormal);
        results.predictions.push_back(std::move(scored));
      }
      results.folds.push_back(outcomes_[i].results);
      if (outcomes_[i].results.test_recordings_in_training > 0) {
        Warn(folds_[i].name + ": " +
             std::to_string(outcomes_[i].results.test_recordings_in_training) +
             " test recordings have the very bytes of a training recording: the figures are too "
             "good");
      }
    }
    std::ranges::sort(results.predictions, {}, [](const ScoredEntry& scored) {
      return std::tie(scored.entry.database, scored.entry.record);
    });
    auto measured = MeasureAll(results.predictions, results.options);
    results.groups = std::move(measured.groups);
    results.mean = std::move(measured.mean);
    return results;
  }

  const ProtocolOptions& options_;
  const std::atomic<bool>& stop_;
  const ProtocolObserver& observer_;
  const fs::path folder_;
  std::optional<FolderLock> lock_;
  std::vector<DatasetEntry> entries_;
  std::vector<std::string> hashes_;
  std::vector<Fold> folds_;
  std::size_t all_folds_ = 0;
  Recipe recipe_;
  std::size_t epochs_ = 1;
  std::vector<std::string> reductions_;
  std::string program_sha256_;
  std::vector<FoldOutcome> outcomes_;
};

}  // namespace

fs::path ProtocolFolder(const fs::path& out, Protocol protocol, bool quick) {
  return out / (std::string(Name(protocol)) + (quick ? "-quick" : ""));
}

Result<EvaluationResults> RunProtocol(const ProtocolOptions& options, const std::atomic<bool>& stop,
                                      const ProtocolObserver& observer) {
  return ProtocolRun(options, stop, observer).Run();
}

}  // namespace heartbeat::evaluation
