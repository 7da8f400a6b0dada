#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "analysis/analyzer.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/progress.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/describe.h"
#include "cli/model_options.h"
#include "cli/options.h"
#include "cli/trainer.h"
#include "evaluation/deletion.h"
#include "evaluation/model_run.h"
#include "evaluation/murmur_run.h"
#include "evaluation/predictions_csv.h"
#include "evaluation/protocol_run.h"
#include "evaluation/report_page.h"
#include "evaluation/results.h"

namespace heartbeat::cli {
namespace {

namespace fs = std::filesystem;
using base::Result;
using evaluation::EvaluationResults;
using nlohmann::json;

struct EvaluateOptions {
  std::string model;
  std::vector<std::string> data;
  std::string split;
  std::string calibration;
  std::string recipe;
  std::string protocol;
  evaluation::FoldOptions folds;
  unsigned jobs = 1;
  bool quick = false;
  bool restart = false;
  double prevalence = evaluation::MeasureOptions().prevalence;
  std::optional<analysis::OperatingPoint> operating_point;
  std::string out;
  bool as_json = false;
  bool describe = false;
  bool explanations = false;
  unsigned threads = 0;
  bool quiet = false;
};

std::atomic<bool> g_stop = false;

// The first Ctrl-C stops with everything kept; the second kills, as usual.
void HandleSignal(int signal) {
  g_stop = true;
  std::signal(signal, SIG_DFL);
}

std::string ToText(const EvaluationResults& results) {
  return ToJson(results).dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

// The predictions, the figures as JSON under `name`, and the report that shows them.
Result<void> WriteFiles(const EvaluateOptions& options, const fs::path& folder, const char* name,
                        const EvaluationResults& results) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    return base::Fail(base::ErrorCode::kIo,
                      "cannot make the folder " + folder.string() + ": " + error.message());
  }
  const auto csv =
      base::WriteFileAtomically(folder / "predictions.csv", evaluation::ToCsv(results.predictions));
  if (!csv) return csv;
  json document = ToJson(results);
  const auto page = evaluation::CompleteReport(results, document, options.threads);
  if (!page) return base::Fail(page);
  const auto figures = base::WriteFileAtomically(folder / name, document.dump(2) + "\n");
  if (!figures) return figures;
  return base::WriteFileAtomically(folder / "report.html", *page);
}

// Names the first of those that were not heard; gives their number.
std::size_t SayRefused(const EvaluationResults& results) {
  constexpr std::size_t kNamed = 10;
  std::size_t refused = 0;
  for (const auto& item : results.predictions) {
    if (item.IsHeard()) continue;
    if (++refused <= kNamed) Say(item.entry.path.string() + ": " + item.error);
  }
  if (refused > kNamed) Say("and " + std::to_string(refused - kNamed) + " more like these");
  return refused;
}

int Finish(const EvaluateOptions& options, const EvaluationResults& results,
           const std::string& table) {
  const auto written = WriteResult(options.as_json ? ToText(results) : table);
  if (!written) return Report(written.error());
  return SayRefused(results) > 0 ? 1 : 0;
}

int EvaluateModel(const EvaluateOptions& options) {
  evaluation::ModelRunOptions run;
  run.model = options.model;
  run.data = options.data;
  run.split = options.split;
  run.calibration = options.calibration;
  run.operating_point = options.operating_point;
  run.threads = options.threads;
  run.measures.prevalence = options.prevalence;
  Result<EvaluationResults> results;
  {
    base::Progress progress(0, base::Progress::ForStandardError(options.quiet));
    const std::atomic<bool> never = false;
    results = evaluation::RunModel(
        run, never, {[&](std::size_t done, std::size_t total) { progress.Set(done, total); }, Say});
  }
  if (!results) return Report(results.error());
  if (!options.out.empty()) {
    const auto kept = WriteFiles(options, options.out, "metrics.json", *results);
    if (!kept) return Report(kept.error());
  }
  std::string table = evaluation::ToTable(results->groups);
  if (!results->conformal_source.empty()) {
    table += "\n" + evaluation::ToCalibrationTable(results->groups, options.prevalence) + "\n" +
             evaluation::ToVerdictTable(results->groups);
  }
  return Finish(options, *results, table);
}

// Writes the files into --out: the patients, the recordings, the figures and the page.
Result<void> WriteMurmurFiles(const fs::path& folder, const evaluation::MurmurResults& results) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    return base::Fail(base::ErrorCode::kIo,
                      "cannot make the folder " + folder.string() + ": " + error.message());
  }
  json document = ToJson(results);
  document["created_at"] = base::FormatUtc(std::chrono::system_clock::now());
  // Names of files may hold any bytes; written once with replacements and read again, all are text.
  document = json::parse(document.dump(-1, ' ', false, json::error_handler_t::replace));
  const auto page = evaluation::MurmurPage(document);
  if (!page) return base::Fail(page);
  for (const auto& written :
       {base::WriteFileAtomically(folder / "patients.csv",
                                  evaluation::PatientsCsv(results.patients)),
        base::WriteFileAtomically(folder / "recordings.csv",
                                  evaluation::RecordingsCsv(results.recordings)),
        base::WriteFileAtomically(folder / "metrics.json", document.dump(2) + "\n"),
        base::WriteFileAtomically(folder / "report.html", *page)}) {
    if (!written) return written;
  }
  return {};
}

int EvaluateMurmurs(const EvaluateOptions& options) {
  evaluation::MurmurRunOptions run;
  run.model = options.model;
  run.data = options.data;
  run.split = options.split;
  run.threads = options.threads;
  Result<evaluation::MurmurResults> results;
  {
    base::Progress progress(0, base::Progress::ForStandardError(options.quiet));
    const std::atomic<bool> never = false;
    results = evaluation::RunMurmur(
        run, never, {[&](std::size_t done, std::size_t total) { progress.Set(done, total); }, Say});
  }
  if (!results) return Report(results.error());
  if (!options.out.empty()) {
    if (const auto kept = WriteMurmurFiles(options.out, *results); !kept) {
      return Report(kept.error());
    }
  }
  const auto written = WriteResult(
      options.as_json ? ToJson(*results).dump(2, ' ', false, json::error_handler_t::replace) + "\n"
                      : evaluation::ToTable(results->measures));
  if (!written) return Report(written.error());
  for (const auto& item : results->recordings) {
    if (!item.IsHeard()) Say(item.entry.path.string() + ": " + item.error);
  }
  return results->measures.refused > 0 ? 1 : 0;
}

int EvaluateExplanations(const EvaluateOptions& options) {
  const auto analyzer = analysis::Analyzer::LoadFile(options.model);
  if (!analyzer) return Report(analyzer.error());
  const auto entries = evaluation::ReadEntries(options.data, options.split);
  if (!entries) return Report(entries.error());
  evaluation::DeletionOptions run;
  run.threads = options.threads;
  Result<evaluation::DeletionResults> results;
  {
    base::Progress progress(entries->size(), base::Progress::ForStandardError(options.quiet));
    const std::atomic<bool> never = false;
    results = evaluation::RunDeletion(*analyzer, *entries, run, never, [&](std::size_t done) {
      progress.Set(done, entries->size());
    });
  }
  if (!results) return Report(results.error());
  json document = ToJson(*results, run);
  document["model"] = {{"name", analyzer->identity().name},
                       {"version", analyzer->identity().version},
                       {"sha256", analyzer->identity().sha256}};
  document["data"] = options.data;
  document["split"] = options.split;
  const auto written = WriteResult(options.as_json ? document.dump(2) + "\n" : ToTable(*results));
  if (!written) return Report(written.error());
  if (results->refused == 0) return 0;
  Say(std::to_string(results->refused) + " recordings could not be heard; the first because " +
      results->first_refusal);
  return 1;
}

Result<EvaluationResults> RunProtocol(const EvaluateOptions& options,
                                      evaluation::Protocol protocol) {
  const auto trainer = FindTrainer();
  if (!trainer) return base::Fail(trainer);
  const auto program = base::ExecutablePath();
  if (!program) return base::Fail(program);
  evaluation::ProtocolOptions run;
  run.protocol = protocol;
  run.recipe = options.recipe;
  run.data = options.data;
  run.out = options.out;
  run.trainer = *trainer;
  run.program = *program;
  run.folds = options.folds;
  run.jobs = options.jobs;
  run.threads = options.threads;
  run.quick = options.quick;
  run.restart = options.restart;
  run.measures.prevalence = options.prevalence;

  base::Progress progress(0, base::Progress::ForStandardError(options.quiet));
  const auto say = [&](const std::string& line) { progress.WithoutLine([&] { Say(line); }); };
  evaluation::ProtocolObserver observer;
  observer.progress = [&](std::size_t done, std::size_t total) { progress.Set(done, total); };
  observer.warn = say;
  if (!options.quiet) observer.note = say;
  std::signal(SIGINT, HandleSignal);
  std::signal(SIGTERM, HandleSignal);
  return evaluation::RunProtocol(run, g_stop, observer);
}

int EvaluateRecipe(const EvaluateOptions& options) {
  const auto protocol = evaluation::ParseProtocol(options.protocol);
  if (!protocol) return Report(protocol.error());
  const auto results = RunProtocol(options, *protocol);
  if (!results) {
    if (results.error().code != base::ErrorCode::kCancelled) return Report(results.error());
    Say("stopped; the same command goes on from here");
    constexpr int kInterrupted = 130;  // as a shell reports Ctrl-C
    return kInterrupted;
  }
  const fs::path folder = evaluation::ProtocolFolder(options.out, *protocol, options.quick);
  const auto kept = WriteFiles(options, folder, "report.json", *results);
  if (!kept) return Report(kept.error());
  const bool by_database = *protocol == evaluation::Protocol::kLeaveOneDatabaseOut;
  std::string table;
  for (const std::string& reduction : results->reductions) {
    table += "reduced by --quick: " + reduction + "\n";
  }
  table += evaluation::ToTable(results->groups, by_database ? &results->mean : nullptr) + "\n" +
           evaluation::ToCalibrationTable(results->groups, options.prevalence);
  return Finish(options, *results, table);
}

int DescribeData(const EvaluateOptions& options) {
  return Describe({.data = options.data,
                   .split = options.split,
                   .out = options.out,
                   .as_json = options.as_json,
                   .threads = options.threads,
                   .quiet = options.quiet});
}

bool IsMurmurProtocol(const EvaluateOptions& options) {
  return options.protocol == evaluation::Name(evaluation::Protocol::kCircorMurmur);
}

// What CLI11 cannot say by itself: which of the two the command is decides what its words mean.
void CheckUsage(EvaluateOptions& options) {
  if (!options.recipe.empty() || options.describe) {
    // Everything named is data then.
    if (!options.model.empty()) options.data.insert(options.data.begin(), options.model);
    options.model.clear();
  }
  if (options.describe) {
    if (options.data.empty()) throw CLI::ValidationError("say which DATA to describe");
    return;
  }
  if (!options.recipe.empty()) {
    if (options.protocol.empty()) throw CLI::ValidationError("--recipe needs --protocol NAME");
    if (options.out.empty()) throw CLI::ValidationError("--recipe needs --out DIR");
    if (options.data.empty()) throw CLI::ValidationError("say which DATA to learn from and test");
    return;
  }
  if (!options.protocol.empty() && !IsMurmurProtocol(options)) {
    throw CLI::ValidationError("--protocol needs --recipe FILE, but for circor-murmur");
  }
  if (options.model.empty()) {
    throw CLI::ValidationError("say which MODEL to score, or which --recipe to judge");
  }
  if (options.data.empty()) throw CLI::ValidationError("say which DATA to score it on");
}

}  // namespace

void AddEvaluate(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand(
      "evaluate", "Score a model, or train and score by a protocol, with 95 % intervals");
  auto options = std::make_shared<EvaluateOptions>();
  verb->add_option("MODEL", options->model,
                   "The model, an ONNX file; none with --recipe or --describe");
  verb->add_option("DATA", options->data,
                   "Folders with manifest.csv, REFERENCE.csv, or normal/ and abnormal/");
  auto* recipe =
      verb->add_option("--recipe", options->recipe,
                       "Train models by this file (as `heartbeat train --config`) and score those")
          ->type_name("FILE");
  verb->add_option("--protocol", options->protocol,
                   "With --recipe: validation, cross-validation or leave-one-database-out; of a "
                   "MODEL: circor-murmur, which scores its murmurs by patient")
      ->type_name("NAME");
  verb->add_flag("--describe", options->describe,
                 "Score nothing: report on the data, in describe.html and describe.json, which go "
                 "into --out or, without it, here")
      ->excludes(recipe);
  auto* explanations = verb->add_flag("--explanations", options->explanations,
                                      "Score nothing: judge the model's explanations, by deleting "
                                      "what they name (no labels needed)");
  explanations->excludes(recipe)->excludes("--describe");
  verb->add_option("--split", options->split, "Only recordings of this split, such as validation")
      ->type_name("NAME")
      ->excludes(recipe);
  verb->add_option(
          "--calibration", options->calibration,
          "Predictions (CSV) of other recordings, to fit conformal prediction sets on; not "
          "of a calibrated model, which has its own")
      ->type_name("FILE")
      ->excludes(recipe);
  AddOperatingPoint(*verb, options->operating_point);
  verb->get_option("--operating-point")->excludes(recipe);
  verb->add_option("--out", options->out,
                   "Also write the figures (JSON), report.html and predictions.csv there; with "
                   "--recipe all that is trained, which an interrupted evaluation goes on from")
      ->type_name("DIR");
  verb->add_flag("--quick", options->quick,
                 "With --recipe: a look within minutes; fewer folds, epochs and windows")
      ->needs(recipe);
  verb->add_option("--folds", options->folds.folds, "Of cross-validation")
      ->check(CLI::Range(2U, 1000U).description(""))
      ->type_name("N")
      ->capture_default_str()
      ->needs(recipe);
  verb->add_option("--seed", options->folds.seed, "Of the dealing of cross-validation's folds")
      ->type_name("N")
      ->capture_default_str()
      ->needs(recipe);
  verb->add_option("--jobs", options->jobs, "Folds trained at a time")
      ->check(CLI::Range(1U, 64U).description(""))
      ->type_name("N")
      ->capture_default_str()
      ->needs(recipe);
  verb->add_flag("--restart", options->restart,
                 "With --recipe: delete what an earlier evaluation by this protocol left in --out")
      ->needs(recipe);
  verb->add_option("--prevalence", options->prevalence,
                   "Share of abnormal recordings for the figures that depend on it, and for the "
                   "probabilities of a calibrated model")
      ->check(CLI::Range(analysis::kLowestPrevalence, analysis::kHighestPrevalence).description(""))
      ->type_name("P")
      ->capture_default_str();
  verb->add_flag("--json", options->as_json, "Write JSON, not a table");
  verb->add_option("--threads", options->threads,
                   "Files heard at a time, or threads of all jobs; 0: one per core")
      ->check(CLI::Range(0U, 1024U).description(""))
      ->type_name("N")
      ->capture_default_str();
  verb->add_flag("--quiet", options->quiet, "No progress on standard error");
  verb->footer(
      "Every recording goes the way that `heartbeat predict` and the server go. Figures have 95 %\n"
      "bootstrap intervals, pooled and for each database. A recording that cannot be heard is in\n"
      "no figure; it is named, and the exit code is then 1. Of the protocols and the files\n"
      "docs/evaluating.md tells more, and docs/describing.md of --describe.\n"
      "\n"
      "Example: heartbeat evaluate models/heartbeat.onnx physionet2016 --split validation\n"
      "         heartbeat evaluate --recipe models/heartbeat.toml --protocol cross-validation \\\n"
      "           physionet2016 --out runs/judged");
  NameEnvironment(*verb);
  verb->callback([=, &action] {
    CheckUsage(*options);
    action = [options] {
      if (options->describe) return DescribeData(*options);
      if (options->explanations) return EvaluateExplanations(*options);
      if (!options->recipe.empty()) return EvaluateRecipe(*options);
      return IsMurmurProtocol(*options) ? EvaluateMurmurs(*options) : EvaluateModel(*options);
    };
  });
}

}  // namespace heartbeat::cli
