#include "evaluation/fold_run.h"

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <system_error>
#include <utility>

#include "analysis/analyzer.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "evaluation/csv.h"
#include "evaluation/predictions_csv.h"
#include "evaluation/run_state.h"
#include "evaluation/scoring.h"
#include "evaluation/trainer_process.h"

namespace heartbeat::evaluation {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Fail;
using base::Result;
using Key = std::pair<std::string, std::string>;  // database, record

constexpr const char* kModel = "model.onnx";
constexpr const char* kPredictions = "predictions.csv";
constexpr const char* kFinished = "fold.json";
// Where heartbeat-train puts the networks of a recipe of two.
constexpr const char* kFirst = "first";
constexpr const char* kSecond = "second";

std::string ToRowsCsv(const std::vector<std::size_t>& rows,
                      const std::vector<DatasetEntry>& entries) {
  std::string csv = "database,record\n";
  for (const std::size_t i : rows) {
    csv += QuoteCsv(entries[i].database) + ',' + QuoteCsv(entries[i].record) + '\n';
  }
  return csv;
}

Result<nlohmann::json> ReadJsonFile(const fs::path& path) {
  const auto text = base::ReadTextFile(path);
  if (!text) return Fail(text);
  auto json = nlohmann::json::parse(*text, nullptr, false);
  if (json.is_discarded()) {
    return Fail(ErrorCode::kInvalidArgument, path.string() + " is damaged; use --restart");
  }
  return json;
}

class FoldRun {
 public:
  FoldRun(const FoldContext& context, const Fold& fold, const std::atomic<bool>& stop,
          const FoldObserver& observer)
      : context_(context),
        fold_(fold),
        stop_(stop),
        observer_(observer),
        folder_(context.folder / fold.name) {}

  Result<FoldOutcome> Run() {
    if (auto honest = CheckFold(fold_, *context_.entries); !honest) return Fail(honest);
    if (auto finished = TakeFinished()) return std::move(*finished);
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error) {
      return Fail(ErrorCode::kIo,
                  "cannot make the folder " + folder_.string() + ": " + error.message());
    }
    const auto rows =
        base::WriteFileAtomically(folder_ / "rows.csv", ToRowsCsv(fold_.train, *context_.entries));
    if (!rows) return Fail(rows);
    if (!fs::exists(folder_ / kModel, error)) {
      if (auto trained = Train(); !trained) return Fail(trained);
    }
    return Score();
  }

 private:
  [[nodiscard]] std::unexpected<base::Error> Foreign(const std::string& what) const {
    return Fail(ErrorCode::kInvalidArgument, folder_.string() + ": " + what +
                                                 "; start afresh with --restart, or name another "
                                                 "--out");
  }

  // Nothing where the fold must be run, or scored again.
  std::optional<FoldOutcome> TakeFinished() {
    const auto text = base::ReadTextFile(folder_ / kFinished);
    const auto predictions = base::ReadTextFile(folder_ / kPredictions);
    if (!text || !predictions) return {};
    const auto finished = ParseFinishedFold(*text);
    const auto model = HashFile(folder_ / kModel);
    if (!finished || !model || finished->results.name != fold_.name ||
        finished->results.model_sha256 != *model ||
        finished->predictions_sha256 != base::Sha256Hex(std::as_bytes(std::span(*predictions)))) {
      return {};
    }
    if (finished->program_sha256 != context_.program_sha256) {
      observer_.say("scored by another build of heartbeat: scoring it anew");
      return {};
    }
    FoldOutcome outcome;
    outcome.results = finished->results;
    outcome.was_done = true;
    auto read = ParsePredictions(*predictions);
    auto holdout = ReadHoldout();
    if (!read || !holdout || !Join(*read, fold_.test)) return {};
    outcome.predictions = std::move(*read);
    outcome.holdout = std::move(*holdout);
    observer_.say("done before");
    return outcome;
  }

  // Gives each prediction the entry that it is of. False where they are not of these rows.
  bool Join(std::vector<ScoredEntry>& predictions, const std::vector<std::size_t>& rows) const {
    std::map<Key, const DatasetEntry*> entry_of;
    for (const std::size_t i : rows) {
      const DatasetEntry& entry = (*context_.entries)[i];
      entry_of[{entry.database, entry.record}] = &entry;
    }
    for (ScoredEntry& scored : predictions) {
      const auto found = entry_of.find({scored.entry.database, scored.entry.record});
      if (found == entry_of.end() || found->second->label != scored.entry.label) return false;
      scored.entry = *found->second;
      entry_of.erase(found);
    }
    return entry_of.empty();
  }

  Result<void> Train() {
    std::error_code error;
    const bool resume =
        fs::exists(folder_ / "checkpoint.pt", error) || fs::exists(folder_ / kFirst, error);
    TrainerCall call{context_.trainer,
                     {"--config", context_.recipe.string(), "--data.folders"},
                     {},
                     folder_ / "trainer.err"};
    auto& arguments = call.arguments;
    std::string folders;
    for (const std::string& folder : context_.data) {
      folders += (folders.empty() ? "" : ",") + folder;
    }
    arguments.insert(
        arguments.end(),
        {folders, "--data.split", "train", "--data.rows", (folder_ / "rows.csv").string(),
         "--data.cache_folder", context_.cache_folder.string(), "--output.folder", folder_.string(),
         "--optimizer.threads", std::to_string(context_.threads)});
    if (resume) arguments.emplace_back("--resume");
    observer_.say(resume ? "going on with its training"
                         : "training on " + std::to_string(fold_.train.size()) + " recordings");
    const base::Stopwatch since_look;
    double next_look_s = 0;
    const auto trained = RunTrainer(call, stop_, [&] {
      if (since_look.ElapsedSeconds() < next_look_s) return;
      next_look_s = since_look.ElapsedSeconds() + 1;
      if (observer_.epochs_done) observer_.epochs_done(EpochsDone());
    });
    if (!trained) return Fail(trained.error().code, fold_.name + ": " + trained.error().message);
    // Last, as it says that the training is done.
    fs::rename(folder_ / (context_.model_name + ".onnx"), folder_ / kModel, error);
    if (error) {
      return Fail(ErrorCode::kIo,
                  "cannot rename the model in " + folder_.string() + ": " + error.message());
    }
    fs::remove(folder_ / "checkpoint.pt", error);  // only to go on from: nobody will
    return {};
  }

  // What was trained here: one network, or the two that were joined.
  [[nodiscard]] std::vector<fs::path> Trainings() const {
    std::error_code error;
    if (!fs::exists(folder_ / kFirst, error)) return {folder_};
    return {folder_ / kFirst, folder_ / kSecond};
  }

  [[nodiscard]] int EpochsDone() const {
    std::size_t epochs = 0;
    for (const fs::path& training : Trainings()) {
      const auto history = ReadJsonFile(training / "history.json");
      if (history && history->is_array()) epochs += history->size();
    }
    return static_cast<int>(epochs);
  }

  Result<std::vector<ScoredEntry>> ReadHoldout() const {
    const auto text = base::ReadTextFile(folder_ / "holdout.csv");
    if (!text) return Fail(text);
    return ParsePredictions(*text);
  }

  // Fills in what heartbeat-train says of the model, and refuses one that learned from other rows.
  Result<void> CheckTraining(FoldOutcome& outcome) {
    const auto metrics = ReadJsonFile(folder_ / "metrics.json");
    if (!metrics) return Fail(metrics);
    std::size_t refused = 0;
    std::string onnx_sha256;
    FoldResults& results = outcome.results;
    try {
      metrics->at("training_recordings").get_to(results.training_recordings);
      metrics->at("holdout_recordings").get_to(results.holdout_recordings);
      metrics->at("best_epoch").get_to(results.best_epoch);
      metrics->at("onnx_sha256").get_to(onnx_sha256);
      refused = metrics->at("refused").size();
      for (const fs::path& training : Trainings()) {
        const auto history = ReadJsonFile(training / "history.json");
        if (!history) continue;
        for (const auto& epoch : *history) results.training_s += epoch.at("seconds").get<double>();
      }
    } catch (const nlohmann::json::exception&) {
      return Foreign("metrics.json or history.json is not what heartbeat-train writes");
    }
    if (onnx_sha256 != results.model_sha256) {
      return Foreign("model.onnx is not the model that was trained here");
    }
    auto holdout = ReadHoldout();
    if (!holdout) return Fail(holdout);
    outcome.holdout = std::move(*holdout);
    std::set<Key> train;
    for (const std::size_t i : fold_.train) {
      train.emplace((*context_.entries)[i].database, (*context_.entries)[i].record);
    }
    bool fits =
        results.training_recordings + results.holdout_recordings + refused == train.size() &&
        outcome.holdout.size() == results.holdout_recordings;
    for (const ScoredEntry& scored : outcome.holdout) {
      fits = fits && train.contains({scored.entry.database, scored.entry.record});
    }
    if (!fits) return Foreign("the model was trained on other recordings than those of rows.csv");
    return {};
  }

  [[nodiscard]] std::size_t TestedInTraining() const {
    std::set<std::string> learned;
    for (const std::size_t i : fold_.train) learned.insert((*context_.hashes)[i]);
    std::size_t count = 0;
    for (const std::size_t i : fold_.test) count += learned.contains((*context_.hashes)[i]) ? 1 : 0;
    return count;
  }

  Result<FoldOutcome> Score() {
    const auto analyzer = analysis::Analyzer::LoadFile(folder_ / kModel);
    if (!analyzer) return Fail(analyzer);
    FoldOutcome outcome;
    FoldResults& results = outcome.results;
    results.name = fold_.name;
    results.model_sha256 = analyzer->identity().sha256;
    results.threshold = analyzer->metadata().threshold;
    results.test_recordings = fold_.test.size();
    results.test_recordings_in_training = TestedInTraining();
    if (auto checked = CheckTraining(outcome); !checked) return Fail(checked);

    std::vector<DatasetEntry> rows;
    for (const std::size_t i : fold_.test) rows.push_back((*context_.entries)[i]);
    auto scored = ScoreDataset(*analyzer, rows, context_.threads, stop_, {});
    if (!scored) return Fail(scored);
    for (ScoredEntry& entry : *scored) entry.fold = fold_.name;
    outcome.predictions = std::move(*scored);

    const std::string csv = ToCsv(outcome.predictions);
    const FinishedFold finished{results, base::Sha256Hex(std::as_bytes(std::span(csv))),
                                context_.program_sha256};
    for (const auto& [name, text] :
         {std::pair(kPredictions, csv), std::pair(kFinished, ToJsonText(finished))}) {
      if (auto written = base::WriteFileAtomically(folder_ / name, text); !written) {
        return Fail(written);
      }
    }
    observer_.say("done: trained in " + base::FormatDuration(results.training_s) + ", " +
                  std::to_string(results.test_recordings) + " recordings tested");
    return outcome;
  }

  const FoldContext& context_;
  const Fold& fold_;
  const std::atomic<bool>& stop_;
  const FoldObserver& observer_;
  const fs::path folder_;
};

}  // namespace

Result<FoldOutcome> RunFold(const FoldContext& context, const Fold& fold,
                            const std::atomic<bool>& stop, const FoldObserver& observer) {
  return FoldRun(context, fold, stop, observer).Run();
}

}  // namespace heartbeat::evaluation
