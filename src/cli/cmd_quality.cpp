#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "analysis/quality.h"
#include "audio/decode.h"
#include "base/parallel.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/in_order.h"
#include "cli/input.h"
#include "cli/options.h"
#include "cli/paths.h"
#include "cli/text.h"

namespace heartbeat::cli {
namespace {

using nlohmann::json;

// What our models hear: the same numbers as in their predictions.
constexpr int kSampleRateHz = 4000;

struct QualityOptions {
  std::vector<std::string> paths;
  unsigned threads = 0;
  bool jsonl = false;
};

struct Judged {
  audio::SourceInfo source;
  analysis::QualityReport report;
};

base::Result<Judged> JudgeFile(const analysis::QualityGate& gate, const Input& input) {
  if (input.error) return std::unexpected(*input.error);
  try {
    const audio::DecodeLimits limits;
    const auto bytes = ReadInput(input.path, limits.max_file_bytes);
    if (!bytes) return base::Fail(bytes);
    const auto decoded = audio::Decode(*bytes, limits, kSampleRateHz);
    if (!decoded) return base::Fail(decoded);
    auto report = gate.Assess(decoded->recording);
    if (!report) return base::Fail(report);
    return Judged{decoded->source, std::move(*report)};
  } catch (const std::exception& failure) {
    return base::Fail(base::ErrorCode::kInternal, failure.what());
  }
}

json ToJson(const analysis::QualityReport& report) {
  json lost = json::array();
  for (const auto& span : report.lost) {
    lost.push_back({{"start_s", span.start_s}, {"end_s", span.end_s}});
  }
  json parts = json::array();
  for (const auto& part : report.parts) {
    json measures;
    for (const auto& measure : analysis::kQualityMeasures) {
      measures[std::string(measure.name)] = part.measures.*measure.value;
    }
    parts.push_back({{"start_s", part.time.start_s},
                     {"end_s", part.time.end_s},
                     {"score", part.score},
                     {"measures", std::move(measures)}});
  }
  json heart_rate;
  if (report.heart_rate_bpm) heart_rate = *report.heart_rate_bpm;
  return {{"quality",
           {{"ok", report.quality.ok},
            {"score", report.quality.score},
            {"reasons", report.quality.reasons}}},
          {"heart_rate_bpm", std::move(heart_rate)},
          {"level_dbfs", report.level_dbfs},
          {"clipped_share", report.clipped_share},
          {"lost", std::move(lost)},
          {"parts", std::move(parts)}};
}

std::string JsonLine(const std::string& file, const base::Result<Judged>& judged) {
  json object;
  if (judged) {
    object = ToJson(judged->report);
    object["status"] = "success";
    object["duration_s"] = judged->source.duration_s;
  } else {
    object = {{"status", "error"}, {"error", judged.error().message}};
  }
  object["file_name"] = file;
  return object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string TableRow(const std::string& file, const base::Result<Judged>& judged) {
  constexpr std::size_t kOkColumns = 6;
  constexpr std::size_t kFigureColumns = 9;
  std::string ok = "failed";
  std::string score = "-";
  std::string rate = "-";
  std::string note;
  if (judged) {
    const analysis::Quality& quality = judged->report.quality;
    ok = quality.ok ? "good" : "poor";
    score = Fixed(quality.score, 3);
    if (judged->report.heart_rate_bpm) rate = Fixed(*judged->report.heart_rate_bpm, 0);
    for (const auto& reason : quality.reasons) note.append(note.empty() ? "" : "; ").append(reason);
  } else {
    note = Printable(judged.error().message);
  }
  std::string row = PadRight(ok, kOkColumns) + PadLeft(score, kFigureColumns) +
                    PadLeft(rate, kFigureColumns) + "  " + Printable(file);
  if (!note.empty()) row += ": " + note;
  return row + "\n";
}

int Quality(const QualityOptions& options) {
  const analysis::QualityGate gate(kSampleRateHz);
  const std::vector<Input> inputs = ExpandPaths(options.paths);
  struct Row {
    std::string text;
    std::string failure;
  };
  base::Result<void> writing;
  if (!options.jsonl) writing = WriteResult("quality    score beats/min  file\n");
  std::size_t failed = 0;
  std::string first_failure;
  std::atomic<bool> stopped = false;
  const unsigned threads =
      options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  constexpr std::size_t kRowsAheadOfEachThread = 16;
  InOrder<Row> rows(threads * kRowsAheadOfEachThread, [&](const Row& row) {
    if (!writing) return;
    writing = WriteResult(row.text);
    if (!row.failure.empty() && failed++ == 0) first_failure = row.failure;
    if (!writing) stopped = true;
  });
  base::ParallelFor(inputs.size(), threads, [&](std::size_t i) {
    Row row;
    if (!stopped) {
      const auto judged = JudgeFile(gate, inputs[i]);
      const std::string& file = inputs[i].path;
      row.text = options.jsonl ? JsonLine(file, judged) : TableRow(file, judged);
      if (!judged) row.failure = file + ": " + judged.error().message;
    }
    rows.Put(i, std::move(row));
  });
  if (!writing) return Report(writing.error());
  if (failed == 0) return 0;
  Say(std::to_string(failed) + " failed, the first of them: " + Printable(first_failure));
  return 1;
}

}  // namespace

void AddQuality(CLI::App& app, Action& action) {
  CLI::App* verb =
      app.add_subcommand("quality", "Say whether recordings are good enough to be judged");
  auto options = std::make_shared<QualityOptions>();
  verb->add_option("PATH", options->paths,
                   "Recordings (WAV, FLAC, OGG or MP3), folders of them, patterns such as "
                   "'*.wav', or - for standard input")
      ->required();
  verb->add_option("--threads", options->threads, "Files judged at a time; 0: one per core")
      ->check(CLI::Range(0U, 1024U).description(""))
      ->type_name("N")
      ->capture_default_str();
  verb->add_flag("--jsonl", options->jsonl,
                 "Write JSON lines, one object a file, with all measures (docs/quality.md)");
  verb->footer(
      "Needs no model. A file that cannot be read stands among the others with the reason, and\n"
      "the exit code is then 1; a recording of poor quality is no failure.\n"
      "\n"
      "Example: heartbeat quality recordings/");
  NameEnvironment(*verb);
  verb->callback([=, &action] { action = [options] { return Quality(*options); }; });
}

}  // namespace heartbeat::cli
