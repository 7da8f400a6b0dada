#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "analysis/analyzer.h"
#include "analysis/guidance.h"
#include "analysis/prediction.h"
#include "base/clock.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "base/terminal.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/default_model.h"
#include "cli/in_order.h"
#include "cli/input.h"
#include "cli/model_options.h"
#include "cli/options.h"
#include "cli/paths.h"
#include "cli/prediction_output.h"

namespace heartbeat::cli {
namespace {

using base::ErrorCode;

struct PredictOptions {
  std::vector<std::string> paths;
  std::string model;
  analysis::AnalyzerOptions asked;
  unsigned threads = 0;
  bool quiet = false;
  bool json = false;
  bool jsonl = false;
  bool csv = false;
  Format format = Format::kTable;
};

// One file through the serving path. Nothing that a file does may stop the others.
Outcome PredictFile(const analysis::Analyzer& analyzer, const Input& input) {
  if (input.error) return {input.path, std::unexpected(*input.error)};
  try {
    const audio::DecodeLimits limits;
    const auto bytes = ReadInput(input.path, limits.max_file_bytes);
    if (!bytes) return {input.path, base::Fail(bytes)};
    return {input.path, analysis::Predict(analyzer, *bytes, input.path, limits)};
  } catch (const std::bad_alloc&) {
    return {input.path, base::Fail(ErrorCode::kInternal,
                                   "there is not enough memory for this "
                                   "file; try again with --threads 1")};
  } catch (const std::exception& failure) {
    return {input.path, base::Fail(ErrorCode::kInternal, failure.what())};
  }
}

OutputOptions TableLayout(const PredictOptions& options, const std::vector<Input>& inputs,
                          bool murmur) {
  std::vector<std::string> names;
  names.reserve(inputs.size());
  for (const Input& input : inputs) names.push_back(input.path);
  // What goes into a file is not cut to the width of a terminal.
  constexpr std::size_t kUnlimited = 1 << 20;
  const std::size_t columns =
      base::IsTerminal(STDOUT_FILENO) ? base::TerminalColumns(STDOUT_FILENO) : kUnlimited;
  const std::size_t taken = murmur ? std::min(columns, kMurmurColumns) : 0;
  return {.format = options.format,
          .murmur = murmur,
          .file_columns = FileColumns(names, columns - taken),
          .color = base::WantsColor(STDOUT_FILENO)};
}

// Hears all of them and writes the results. Errors: kIo where they cannot be written.
base::Result<Tally> PredictAll(const PredictOptions& options, const analysis::Analyzer& analyzer,
                               const std::vector<Input>& inputs) {
  struct Row {
    std::string text;
    Tally tally;
  };
  const PredictionOutput output(TableLayout(options, inputs, analyzer.HearsMurmurs()));
  base::Progress progress(inputs.size(), base::Progress::ForStandardError(options.quiet));
  Tally tally;
  std::size_t written = 0;
  std::atomic<bool> stopped = false;
  base::Result<void> writing = WriteResult(output.Head());
  const unsigned threads =
      options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  constexpr std::size_t kRowsAheadOfEachThread = 16;
  InOrder<Row> rows(threads * kRowsAheadOfEachThread, [&](const Row& row) {
    if (!writing) return;
    progress.WithoutLine(
        [&] { writing = WriteResult((written == 0 ? "" : output.Between()) + row.text); });
    tally.Add(row.tally);
    progress.Set(++written);
    if (!writing) stopped = true;
  });
  base::ParallelFor(inputs.size(), threads, [&](std::size_t i) {
    Row row;
    if (!stopped) {
      const Outcome outcome = PredictFile(analyzer, inputs[i]);
      row.text = output.Row(outcome);
      row.tally.Add(outcome);
    }
    rows.Put(i, std::move(row));
  });
  if (writing) writing = WriteResult(output.Tail());
  if (!writing) return base::Fail(writing);
  return tally;
}

int Predict(const PredictOptions& options) {
  if (std::ranges::count(options.paths, kStandardInput) > 1) {
    return Report({ErrorCode::kInvalidArgument, "standard input (-) can be read only once"});
  }
  const auto model = ModelPath(options.model);
  if (!model) return Report(model.error());
  const auto analyzer = analysis::Analyzer::LoadFile(*model, options.asked);
  if (!analyzer) return Report(analyzer.error());

  const base::Stopwatch clock;
  const auto tally = PredictAll(options, *analyzer, ExpandPaths(options.paths));
  if (!tally) return Report(tally.error());
  if (!options.quiet) {
    Say(tally->ToText(clock.ElapsedSeconds()));
    Say(analysis::kDisclaimer);
  }
  return tally->failed > 0 ? 1 : 0;
}

}  // namespace

void AddPredict(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand("predict", "Say how recordings sound: normal or abnormal");
  auto options = std::make_shared<PredictOptions>();
  verb->add_option("PATH", options->paths,
                   "Recordings (WAV, FLAC, OGG or MP3), folders of them, patterns such as "
                   "'*.wav', or - for standard input")
      ->required();
  verb->add_option("--model", options->model,
                   "The model (default: the one that came with heartbeat)")
      ->type_name("FILE");
  AddOperatingPoint(*verb, options->asked.operating_point);
  AddPrevalence(*verb, options->asked.prevalence);
  verb->add_option("--threads", options->threads, "Files heard at a time; 0: one per core")
      ->check(CLI::Range(0U, 1024U).description(""))
      ->type_name("N")
      ->capture_default_str();
  const CLI::Option* json =
      verb->add_flag("--json", options->json, "Write one JSON array, an object a file");
  const CLI::Option* jsonl =
      verb->add_flag("--jsonl", options->jsonl, "Write JSON lines, one object a line");
  const CLI::Option* csv = verb->add_flag("--csv", options->csv, "Write CSV, one row a file");
  verb->add_flag("--quiet", options->quiet, "No progress and no summary on standard error");
  verb->footer(
      "Without --json, --jsonl or --csv, a table. Results come in the order of the paths, each as\n"
      "soon as it is there. A file that cannot be heard stands among them with the reason, and\n"
      "the exit code is then 1.\n"
      "\n"
      "Example: heartbeat predict --csv recordings/ > results.csv");
  NameEnvironment(*verb);
  verb->callback([=, &action] {
    const CLI::Option* chosen = OneOf(*verb, {json, jsonl, csv});
    options->format = chosen == json    ? Format::kJson
                      : chosen == jsonl ? Format::kJsonl
                      : chosen == csv   ? Format::kCsv
                                        : Format::kTable;
    action = [options] { return Predict(*options); };
  });
}

}  // namespace heartbeat::cli
