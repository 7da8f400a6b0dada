#include "training/retrain.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "analysis/analyzer.h"
#include "base/clock.h"
#include "base/file.h"
#include "evaluation/copies.h"
#include "evaluation/dataset.h"
#include "evaluation/folds.h"
#include "evaluation/group_measures.h"
#include "evaluation/scoring.h"
#include "training/job.h"
#include "training/retrain_recipe.h"
#include "training/run_progress.h"

namespace heartbeat::training {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Fail;
using base::Result;
using evaluation::DatasetEntry;
using evaluation::Estimate;
using evaluation::GroupMeasures;
using evaluation::Measure;
using evaluation::ScoredEntry;
using nlohmann::json;

constexpr int kNiceness = 15;  // predictions go first
constexpr const char* kModelName = "heartbeat.onnx";
constexpr double kSecondsBetweenProgress = 1;
constexpr std::size_t kManyOfAClass = 100;  // below that the note says how few they are

std::string Round(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", value);
  return text;
}

// What whoever waits is told, in two files.
class Teller {
 public:
  Teller(const fs::path& folder, std::size_t trainings)
      : progress_file_(folder / "progress.json"),
        log_(folder / "log.txt", std::ios::app),
        trainings_(trainings) {}

  void Say(const std::string& line) {
    log_ << base::FormatUtc(std::chrono::system_clock::now()) << " " << line << std::endl;
  }

  void Begin(std::string what) {
    what_ = std::move(what);
    Write(what_, std::nullopt);
  }

  // A step of the training that runs now was done.
  void Step(const Progress& p) {
    const double steps = static_cast<double>(p.epochs) * p.steps;
    const double of_this = ((p.epoch - 1.0) * p.steps + p.step) / steps;
    done_ = (static_cast<double>(finished_) + of_this) / static_cast<double>(trainings_);
    if (since_written_.ElapsedSeconds() < kSecondsBetweenProgress) return;
    since_written_ = {};
    // All trainings have as many steps, and take as long.
    const double seconds_of_one = p.seconds_left / std::max(1.0 - of_this, 1e-9);
    const double left =
        p.seconds_left + seconds_of_one * static_cast<double>(trainings_ - finished_ - 1);
    Write(what_ + ", epoch " + std::to_string(p.epoch) + " of " + std::to_string(p.epochs), left);
  }

  void Finished() { ++finished_; }

 private:
  void Write(const std::string& message, std::optional<double> seconds_left) {
    // Reading and measuring come before and after: 2 and 3 of 100.
    const json progress = {
        {"progress", static_cast<int>(2 + 95 * done_)},
        {"message", message},
        {"seconds_left", seconds_left ? json(std::round(*seconds_left)) : json(nullptr)}};
    // What cannot be written is only not seen.
    [[maybe_unused]] const auto written =
        base::WriteFileAtomically(progress_file_, progress.dump());
  }

  fs::path progress_file_;
  std::ofstream log_;
  std::size_t trainings_;
  std::size_t finished_ = 0;
  double done_ = 0;
  std::string what_;
  base::Stopwatch since_written_;
};

// A model's name is its maker's choice, and the trainer names a file after it.
std::string FileName(const std::string& name) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  };
  return name.size() <= 100 && std::ranges::all_of(name, is_plain) ? name : "heartbeat";
}

Result<void> WriteRows(const fs::path& file, const std::vector<DatasetEntry>& entries,
                       const std::vector<std::size_t>& rows) {
  std::string text = "database,record\n";
  for (const std::size_t i : rows) text += entries[i].database + "," + entries[i].record + "\n";
  return base::WriteFileAtomically(file, text);
}

json ToJson(const Estimate& estimate) {
  const auto number = [](double value) {
    return std::isfinite(value) ? json(value) : json(nullptr);
  };
  return {{"value", number(estimate.value)},
          {"low", number(estimate.low)},
          {"high", number(estimate.high)}};
}

json ToJson(const GroupMeasures& group) {
  return {{"auroc", ToJson(group[Measure::kAuroc])},
          {"macc", ToJson(group[Measure::kMacc])},
          {"sensitivity", ToJson(group[Measure::kSensitivity])},
          {"specificity", ToJson(group[Measure::kSpecificity])}};
}

std::string Sentence(const std::string& who, const GroupMeasures& group) {
  const auto figure = [&](const char* name, Measure measure) {
    const Estimate& e = group[measure];
    return std::string(name) + " " + Round(e.value) + " [" + Round(e.low) + ", " + Round(e.high) +
           "]";
  };
  return who + ": " + figure("AUROC", Measure::kAuroc) + ", " + figure("MAcc", Measure::kMacc) +
         ", " + figure("sensitivity", Measure::kSensitivity) + ", " +
         figure("specificity", Measure::kSpecificity);
}

// What must be known to read the figures.
std::string Note(const GroupMeasures& group, std::size_t folds, const RetrainJob& job,
                 bool current_hears_murmurs) {
  std::string note =
      "Judged on your " + std::to_string(group.normal) + " normal and " +
      std::to_string(group.abnormal) + " abnormal recordings. Those of the candidate are by " +
      std::to_string(folds) + " models trained as it was, each without the recordings that it " +
      "judges; the candidate itself learned from all.";
  if (std::min(group.normal, group.abnormal) < kManyOfAClass) {
    note += " They are few: where the intervals overlap, the two models cannot be told apart.";
  }
  note +=
      job.current_was_retrained
          ? " The current model was itself retrained here: it has learned from those of these "
            "recordings that were there then, and its figures are too good."
          : " Should some of these recordings be among those that the current model was trained "
            "on, as published datasets are, its figures are too good.";
  if (current_hears_murmurs) {
    note +=
        " The current model also says whether there is a murmur; the candidate does not, as these "
        "recordings do not teach it.";
  }
  note += " Neither says how they do on recordings of another clinic.";
  return note;
}

class Run {
 public:
  Run(fs::path folder, RetrainJob job, std::vector<DatasetEntry> entries,
      const std::atomic<bool>& stop)
      : folder_(std::move(folder)),
        job_(std::move(job)),
        entries_(std::move(entries)),
        stop_(stop),
        normal_(Count(evaluation::Label::kNormal)),
        abnormal_(Count(evaluation::Label::kAbnormal)),
        folds_(RetrainFolds(normal_, abnormal_)),
        teller_(folder_, folds_ + 1) {}

  Result<void> Go() {
    teller_.Say(std::to_string(normal_) + " normal and " + std::to_string(abnormal_) +
                " abnormal recordings");
    FindSameSound();
    teller_.Begin("hearing the recordings with the current model");
    const auto analyzer = analysis::Analyzer::LoadFile(job_.model);
    if (!analyzer) return Fail(analyzer);
    name_ = FileName(analyzer->identity().name);
    license_ = analyzer->metadata().license;
    current_hears_murmurs_ = analyzer->HearsMurmurs();
    const auto current = Score(*analyzer, entries_);
    if (!current) return Fail(current);
    auto candidate = CrossValidate();
    if (!candidate) return Fail(candidate);
    teller_.Begin("training the candidate on all recordings");
    teller_.Say("training the candidate on all recordings");
    if (auto trained = Train(folder_ / "final", nullptr); !trained) return trained;
    return Finish(*candidate, *current);
  }

 private:
  [[nodiscard]] std::size_t Count(evaluation::Label label) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(entries_, [&](const auto& e) { return e.label == label; }));
  }

  // Recordings of one moment tell nothing of a model that learned from another of them, and the
  // intervals must not count them as several people.
  void FindSameSound() {
    teller_.Begin("looking for recordings of the same sound");
    same_sound_ = evaluation::GroupSameSound(entries_, static_cast<unsigned>(job_.threads));
    for (std::size_t k = 0; k < same_sound_.size(); ++k) {
      std::string person = "same-sound-" + std::to_string(k + 1);
      for (const std::size_t i : same_sound_[k]) {
        if (!entries_[i].patient.empty()) person = entries_[i].patient;
      }
      for (const std::size_t i : same_sound_[k]) {
        if (entries_[i].patient.empty()) entries_[i].patient = person;
      }
    }
    if (!same_sound_.empty()) {
      teller_.Say(std::to_string(same_sound_.size()) +
                  " groups of recordings hold the same sound; each stays in one part");
    }
  }

  Result<std::vector<ScoredEntry>> Score(const analysis::Analyzer& analyzer,
                                         const std::vector<DatasetEntry>& entries) {
    return evaluation::ScoreDataset(analyzer, entries, static_cast<unsigned>(job_.threads), stop_,
                                    {});
  }

  // `rows`: what may be learned from; nullptr: all.
  Result<void> Train(const fs::path& output, const std::vector<std::size_t>* rows) {
    auto config = RetrainRecipe(job_, entries_.size());
    config.data.folders = {(folder_ / "data").string()};
    config.data.cache_folder = (folder_ / "cache").string();
    config.output.folder = output.string();
    config.output.name = name_;
    config.output.license = license_;
    if (rows != nullptr) {
      std::error_code error;
      fs::create_directories(output, error);
      config.data.rows = (output / "rows.csv").string();
      if (auto written = WriteRows(config.data.rows, entries_, *rows); !written) return written;
    }
    JobObserver observer;
    observer.progress = [this](const Progress& p) { teller_.Step(p); };
    // Of what a training says, its epochs: the rest names files, or is said here.
    observer.line = [this](const std::string& line) {
      if (line.starts_with("epoch")) teller_.Say(line.substr(0, line.find(", best so far")));
    };
    auto done = RunJob(config, false, stop_, false, observer);
    if (done) teller_.Finished();
    return done;
  }

  // Every recording as heard by a model that has not seen it, in the order of the folds.
  Result<std::vector<ScoredEntry>> CrossValidate() {
    evaluation::FoldOptions options;
    options.folds = folds_;
    options.together = same_sound_;
    const auto folds =
        evaluation::MakeFolds(evaluation::Protocol::kCrossValidation, entries_, options);
    if (!folds) return Fail(folds);
    std::vector<ScoredEntry> all;
    for (std::size_t k = 0; k < folds->size(); ++k) {
      const auto& fold = (*folds)[k];
      const std::string part =
          "part " + std::to_string(k + 1) + " of " + std::to_string(folds->size());
      teller_.Begin("training without " + part);
      teller_.Say("training without " + part + ", on " + std::to_string(fold.train.size()) +
                  " recordings");
      const fs::path output = folder_ / fold.name;
      if (auto trained = Train(output, &fold.train); !trained) return Fail(trained);
      std::vector<DatasetEntry> test;
      for (const std::size_t i : fold.test) test.push_back(entries_[i]);
      const auto analyzer = analysis::Analyzer::LoadFile(output / (name_ + ".onnx"));
      if (!analyzer) return Fail(analyzer);
      auto scored = Score(*analyzer, test);
      if (!scored) return Fail(scored);
      std::ranges::move(*scored, std::back_inserter(all));
    }
    return all;
  }

  Result<void> Finish(const std::vector<ScoredEntry>& candidate,
                      const std::vector<ScoredEntry>& current) {
    const auto of_candidate = evaluation::MeasureAll(candidate, {}).groups.front();
    const auto of_current = evaluation::MeasureAll(current, {}).groups.front();
    const json comparison = {
        {"recordings", of_candidate.normal + of_candidate.abnormal},
        {"candidate", ToJson(of_candidate)},
        {"current", ToJson(of_current)},
        {"note", Note(of_candidate, folds_, job_, current_hears_murmurs_)},
    };
    teller_.Say(Sentence("candidate", of_candidate));
    teller_.Say(Sentence("current model", of_current));
    if (of_candidate.refused > 0) {
      teller_.Say("left out, as they cannot be heard: " + std::to_string(of_candidate.refused));
    }
    const fs::path making = folder_ / "making";
    std::error_code error;
    fs::create_directories(making, error);
    const fs::path final_run = folder_ / "final";
    if (!error) fs::rename(final_run / (name_ + ".onnx"), making / kModelName, error);
    for (const char* name : {"history.json", "history.svg", "config.toml"}) {
      if (!error) fs::rename(final_run / name, making / name, error);
    }
    if (error) {
      return Fail(ErrorCode::kIo, "cannot put the candidate together: " + error.message());
    }
    if (auto written = base::WriteFileAtomically(making / "comparison.json", comparison.dump(1));
        !written) {
      return written;
    }
    fs::rename(making, folder_ / "candidate", error);
    if (error) {
      return Fail(ErrorCode::kIo, "cannot put the candidate together: " + error.message());
    }
    return {};
  }

  const fs::path folder_;
  const RetrainJob job_;
  std::vector<DatasetEntry> entries_;
  const std::atomic<bool>& stop_;
  const std::size_t normal_;
  const std::size_t abnormal_;
  const std::size_t folds_;
  std::vector<std::vector<std::size_t>> same_sound_;
  std::string name_;     // of both models
  std::string license_;  // likewise
  bool current_hears_murmurs_ = false;
  Teller teller_;
};

}  // namespace

Result<void> Retrain(const fs::path& folder, const std::atomic<bool>& stop) {
  ::setpriority(PRIO_PROCESS, 0, kNiceness);
  auto job = RetrainJob::Read(folder / "job.json");
  if (!job) return Fail(job);
  auto entries = evaluation::ReadDataset(folder / "data");
  if (!entries) return Fail(entries);
  return Run(folder, *std::move(job), *std::move(entries), stop).Go();
}

}  // namespace heartbeat::training
