#include <memory>
#include <string>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/options.h"
#include "evaluation/calibrate.h"
#include "evaluation/group_measures.h"
#include "evaluation/results.h"
#include "nn/session.h"

namespace heartbeat::cli {
namespace {

using base::Result;

struct CalibrateCommand {
  std::string model;
  std::string predictions;
  std::string out;
  std::string version;
  evaluation::CalibrateOptions fit;
};

Result<evaluation::CalibrationReport> Fit(const CalibrateCommand& command,
                                          std::vector<evaluation::ScoredEntry>& predictions) {
  const auto text = base::ReadTextFile(command.predictions);
  if (!text) return base::Fail(text);
  auto read = evaluation::ReadOutOfFold(*text);
  if (!read) {
    return base::Fail(read.error().code, command.predictions + ": " + read.error().message);
  }
  predictions = *std::move(read);
  return evaluation::Calibrate(predictions, command.fit);
}

Result<void> Write(const CalibrateCommand& command, const analysis::Calibration& calibration) {
  const auto onnx = base::ReadFile(command.model, nn::LoadLimits().max_file_bytes);
  if (!onnx) return base::Fail(onnx);
  const auto calibrated = evaluation::WithCalibration(*onnx, calibration, command.version);
  if (!calibrated) return base::Fail(calibrated);
  return base::WriteFileAtomically(command.out, *calibrated);
}

// What the calibration does to predictions that it was not fitted on.
std::string Measured(const evaluation::CalibrationReport& report,
                     const std::vector<evaluation::ScoredEntry>& before) {
  constexpr double kAtOneHalf = 0.5;  // what the probabilities of both are stated at
  const evaluation::MeasureOptions options{.prevalence = kAtOneHalf};
  const auto groups_before = evaluation::MeasureAll(before, options).groups;
  const auto groups_after = evaluation::MeasureAll(report.held_out, options).groups;
  return "Before, " + ToCalibrationTable(groups_before, kAtOneHalf) +
         "\nAfter, each fold by the calibration of the others, " +
         ToCalibrationTable(groups_after, kAtOneHalf) + "\n" + ToVerdictTable(groups_after);
}

int Calibrate(const CalibrateCommand& command) {
  std::vector<evaluation::ScoredEntry> predictions;
  const auto report = Fit(command, predictions);
  if (!report) return Report(report.error());
  if (const auto written = Write(command, report->calibration); !written) {
    return Report(written.error());
  }
  // What protocols that fitted sets of their own wrote is not what is measured here.
  for (evaluation::ScoredEntry& item : predictions) item.prediction_set.reset();
  const auto shown = WriteResult(ToTable(*report) + "\n" + Measured(*report, predictions));
  if (!shown) return Report(shown.error());
  Say("the calibrated model is " + command.out);
  return 0;
}

}  // namespace

void AddCalibrate(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand(
      "calibrate", "Make a model's probabilities true, and let it say where it is uncertain");
  auto command = std::make_shared<CalibrateCommand>();
  verb->add_option("MODEL", command->model, "The model, an ONNX file; it stays as it is")
      ->required();
  verb->add_option("PREDICTIONS", command->predictions,
                   "The predictions.csv of a cross-validation of the same recipe: each recording "
                   "heard by a model that has not learned from it")
      ->required();
  verb->add_option("--out", command->out, "The calibrated model goes there")
      ->type_name("FILE")
      ->required();
  verb->add_option("--model-version", command->version,
                   "The version of the calibrated model, which answers otherwise than MODEL and is "
                   "told apart by it; else it keeps MODEL's")
      ->type_name("VERSION");
  verb->add_option("--error-level", command->fit.error_level,
                   "How often, in each class, a prediction set may miss the truth")
      ->check(CLI::Range(0.01, 0.5).description(""))
      ->type_name("SHARE")
      ->capture_default_str();
  verb->add_option("--prevalence", command->fit.prevalence,
                   "Share of abnormal recordings that probabilities are stated at, unless "
                   "--prevalence of serve or predict says otherwise")
      ->check(CLI::Range(analysis::kLowestPrevalence, analysis::kHighestPrevalence).description(""))
      ->type_name("P")
      ->capture_default_str();
  verb->add_option("--database-cap", command->fit.database_cap,
                   "In each class a database counts by its recordings, but no more than this; 0: "
                   "all of them")
      ->type_name("N")
      ->capture_default_str();
  verb->footer(
      "Fits slope and intercept of the logits, the operating points screening, balanced and\n"
      "specific, and the prediction sets from which the verdict `uncertain` follows, and prints\n"
      "what they do to recordings that they were not fitted on (docs/evaluating.md). Takes\n"
      "nothing of the splits validation and test.\n"
      "\n"
      "Example: heartbeat calibrate runs/new/heartbeat.onnx \\\n"
      "           runs/judged/cross-validation/predictions.csv --out models/heartbeat.onnx");
  NameEnvironment(*verb);
  verb->callback([=, &action] { action = [command] { return Calibrate(*command); }; });
}

}  // namespace heartbeat::cli
