#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "analysis/analyzer.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/describe.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "evaluation/dataset.h"
#include "evaluation/scoring.h"

namespace heartbeat::cli {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using nlohmann::json;

struct EvaluateOptions {
  std::string model;
  std::vector<std::string> data;
  std::string split;
  std::string out;
  bool as_json = false;
  bool describe = false;
  unsigned threads = 0;
  bool quiet = false;
};

using Entries = std::vector<evaluation::DatasetEntry>;

base::Result<Entries> ReadData(const EvaluateOptions& options) {
  Entries entries;
  for (const std::string& folder : options.data) {
    auto read = evaluation::ReadDataset(folder);
    if (!read) return base::Fail(read);
    std::ranges::move(*read, std::back_inserter(entries));
  }
  if (options.split.empty()) return entries;

  std::set<std::string> splits;
  for (const auto& entry : entries) splits.insert(entry.split);
  std::erase_if(entries, [&](const auto& entry) { return entry.split != options.split; });
  if (!entries.empty()) return entries;
  splits.erase("");
  std::string known;
  for (const std::string& split : splits) known += (known.empty() ? "" : ", ") + split;
  return base::Fail(ErrorCode::kInvalidArgument,
                    "no recording has the split \"" + options.split + "\"; " +
                        (known.empty() ? "the data have no splits" : "there are: " + known));
}

json Report(const EvaluateOptions& options, const analysis::Analyzer& analyzer,
            std::span<const evaluation::GroupMeasures> groups) {
  const analysis::ModelIdentity& model = analyzer.identity();
  return {{"model", {{"name", model.name}, {"version", model.version}, {"sha256", model.sha256}}},
          {"threshold", analyzer.metadata().threshold},
          {"data", options.data},
          {"split", options.split.empty() ? json(nullptr) : json(options.split)},
          {"groups", evaluation::ToJson(groups)}};
}

base::Result<void> WriteFiles(const fs::path& folder, const json& report,
                              std::span<const evaluation::ScoredEntry> scored) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    return base::Fail(ErrorCode::kIo,
                      "cannot make the folder " + folder.string() + ": " + error.message());
  }
  const auto csv = base::WriteFileAtomically(folder / "predictions.csv", evaluation::ToCsv(scored));
  if (!csv) return csv;
  return base::WriteFileAtomically(
      folder / "metrics.json", report.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

// Names the first of those that were not heard; gives their number.
std::size_t SayRefused(std::span<const evaluation::ScoredEntry> scored) {
  constexpr std::size_t kNamed = 10;
  std::size_t refused = 0;
  for (const auto& item : scored) {
    if (item.error.empty()) continue;
    if (++refused <= kNamed) Say(item.entry.path.string() + ": " + item.error);
  }
  if (refused > kNamed) Say("and " + std::to_string(refused - kNamed) + " more like these");
  return refused;
}

int Evaluate(const EvaluateOptions& options) {
  const auto analyzer = analysis::Analyzer::LoadFile(options.model);
  if (!analyzer) return cli::Report(analyzer.error());
  const auto entries = ReadData(options);
  if (!entries) return cli::Report(entries.error());

  std::vector<evaluation::ScoredEntry> scored;
  {
    Progress progress(entries->size(), Progress::ForStandardError(options.quiet));
    scored = evaluation::ScoreDataset(*analyzer, *entries, options.threads,
                                      [&](std::size_t done) { progress.Set(done); });
  }
  const auto groups = evaluation::Measure(scored, analyzer->metadata().threshold);
  const json report = Report(options, *analyzer, groups);
  const auto written = WriteResult(
      options.as_json ? report.dump(2, ' ', false, json::error_handler_t::replace) + "\n"
                      : evaluation::ToTable(groups));
  if (!written) return cli::Report(written.error());
  if (!options.out.empty()) {
    const auto kept = WriteFiles(options.out, report, scored);
    if (!kept) return cli::Report(kept.error());
  }
  return SayRefused(scored) > 0 ? 1 : 0;
}

}  // namespace

void AddEvaluate(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand("evaluate", "Score a model on labelled recordings");
  auto options = std::make_shared<EvaluateOptions>();
  verb->add_option("MODEL", options->model, "The model, an ONNX file")->required();
  verb->add_option("DATA", options->data,
                   "Folders with manifest.csv, REFERENCE.csv, or normal/ and abnormal/");
  verb->add_flag("--describe", options->describe,
                 "Score nothing: report on the data (no MODEL is given)");
  verb->add_option("--split", options->split, "Only recordings of this split, such as validation")
      ->type_name("NAME");
  verb->add_option("--out", options->out, "Also write predictions.csv and metrics.json there")
      ->type_name("DIR");
  verb->add_flag("--json", options->as_json, "Write JSON, not a table");
  verb->add_option("--threads", options->threads, "Files heard at a time; 0: one per core")
      ->check(CLI::Range(0U, 1024U).description(""))
      ->type_name("N")
      ->capture_default_str();
  verb->add_flag("--quiet", options->quiet, "No progress on standard error");
  verb->footer(
      "Every recording goes the way that `heartbeat predict` and the server go. Figures have 95 %\n"
      "bootstrap intervals, pooled and for each database. A recording that cannot be heard is in\n"
      "no figure; it is named, and the exit code is then 1.\n"
      "\n"
      "Example: heartbeat evaluate models/heartbeat.onnx physionet2016 --split validation");
  NameEnvironment(*verb);
  verb->callback([=, &action] {
    if (!options->describe && options->data.empty()) throw CLI::RequiredError("DATA");
    action = [options] {
      if (!options->describe) return Evaluate(*options);
      std::vector<std::string> data = {options->model};
      data.insert(data.end(), options->data.begin(), options->data.end());
      return Describe({.data = data,
                       .split = options->split,
                       .out = options->out,
                       .as_json = options->as_json,
                       .threads = options->threads,
                       .quiet = options->quiet});
    };
  });
}

}  // namespace heartbeat::cli
