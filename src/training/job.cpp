#include "training/job.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "analysis/model_metadata.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/progress.h"
#include "evaluation/dataset.h"
#include "evaluation/group_measures.h"
#include "evaluation/predictions_csv.h"
#include "evaluation/results.h"
#include "nn/session.h"
#include "training/augment.h"
#include "training/feature_cache.h"
#include "training/job_console.h"
#include "training/joined_job.h"
#include "training/onnx_export.h"
#include "training/onnx_import.h"
#include "training/sampler.h"
#include "training/trainer.h"
#include "training/training_rows.h"

namespace heartbeat::training {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Fail;
using base::Result;

// Of the probability, in the model's metadata.
constexpr double kThreshold = 0.5;

analysis::ModelMetadata MetadataOf(const TrainConfig& config, const std::string& data_sha256) {
  analysis::ModelMetadata metadata;
  metadata.name = config.output.name;
  metadata.version = config.output.version;
  metadata.license = config.output.license;
  metadata.features = config.features;
  metadata.window_s = config.window.window_s;
  metadata.window_step_s = config.window.step_s;
  metadata.feature_scale = config.window.feature_scale;
  metadata.threshold = kThreshold;
  metadata.training_data_sha256 = data_sha256;
  return metadata;
}

// The largest difference of a window's logits between the ONNX file and libtorch.
Result<double> ExportParity(const nn::Session& session, const TrainConfig& config,
                            const std::vector<Example>& examples,
                            std::span<const std::size_t> holdout, Network& network) {
  double worst = 0;
  for (std::size_t k = 0; k < std::min<std::size_t>(holdout.size(), 32); ++k) {
    const std::size_t index[] = {holdout[k]};
    Example first = examples[holdout[k]];
    const auto window_samples = static_cast<std::size_t>(
        std::lround(config.window.window_s * config.features.sample_rate_hz));
    first.samples = window_samples;  // its first window alone
    const std::vector<Example> one = {std::move(first)};
    const std::size_t zero[] = {0};
    const MeanOutput expected = MeanOutputs(network, config, one, zero).front();
    std::vector<float> window(session.input().ItemSize());
    CopyWindow(examples[index[0]], 0, config.window.feature_scale,
               static_cast<int>(session.input().shape.back()), window);
    std::vector<std::vector<float>> values;
    std::vector<std::span<float>> outputs;
    for (const nn::TensorInfo& output : session.outputs()) {
      outputs.emplace_back(values.emplace_back(output.ItemSize()));
    }
    if (const auto ran = session.Run(1, window, outputs); !ran) return Fail(ran);
    worst = std::max(worst, std::abs(values[0][0] - expected.logit));
    if (!network->murmur) continue;
    for (std::size_t c = 0; c < kMurmurClasses; ++c) {
      worst = std::max(worst, std::abs(values[1].at(c) - expected.murmur.at(c)));
    }
  }
  return worst;
}

std::vector<evaluation::ScoredEntry> ScoreHoldout(Network& network, const TrainConfig& config,
                                                  const std::vector<Example>& examples,
                                                  const Split& split) {
  const auto logits = MeanLogits(network, config, examples, split.holdout);
  std::vector<evaluation::ScoredEntry> scored;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    evaluation::ScoredEntry& entry = scored.emplace_back();
    entry.entry = examples[split.holdout[i]].entry;
    entry.mean_logit = logits[i];
    entry.probability_abnormal = 1 / (1 + std::exp(-logits[i]));
    entry.threshold = kThreshold;
    entry.verdict = entry.CalledAbnormal() ? "abnormal" : "normal";
  }
  return scored;
}

Result<void> WriteHistory(const fs::path& folder, const std::vector<EpochRecord>& history) {
  if (auto written = base::WriteFileAtomically(folder / "history.json", ToJson(history).dump(1));
      !written) {
    return written;
  }
  return base::WriteFileAtomically(folder / "history.svg", ToSvg(history));
}

Result<void> Finish(const TrainConfig& config, const ExampleSet& set, const Split& split,
                    TrainOutcome& outcome, double seconds, Console& console) {
  const fs::path folder = config.output.folder;
  const auto onnx = ToOnnx(outcome.network, MetadataOf(config, set.sha256));
  const auto session = nn::Session::Load(onnx);
  if (!session) return Fail(session);
  const auto parity = ExportParity(*session, config, set.examples, split.holdout, outcome.network);
  if (!parity) return Fail(parity);
  if (!(*parity <= kExportTolerance)) {
    return Fail(ErrorCode::kInternal,
                Format("the exported model differs from libtorch by %g in a logit", *parity));
  }
  const auto scored = ScoreHoldout(outcome.network, config, set.examples, split);
  std::vector<evaluation::ScoredEntry> labelled;
  std::ranges::copy_if(scored, std::back_inserter(labelled),
                       [](const auto& s) { return s.entry.label.has_value(); });
  const auto groups = evaluation::MeasureAll(labelled, {}).groups;
  nlohmann::json metrics = {
      {"model", config.output.name},
      {"version", config.output.version},
      {"protocol", "hold-out fold of the training rows; also used for early stopping"},
      {"threshold", kThreshold},
      {"groups", evaluation::ToJson(std::span(groups))},
      {"training_recordings", split.learn.size()},
      {"holdout_recordings", split.holdout.size()},
      {"refused", set.refused},
      {"training_data_sha256", set.sha256},
      {"best_epoch", outcome.best_epoch},
      {"stopped_early", outcome.stopped_early},
      {"parameters", session->ParameterCount()},
      {"multiply_accumulates_per_window", session->MultiplyAccumulates()},
      {"onnx_sha256", base::Sha256Hex(onnx)},
      {"onnx_against_libtorch_max_difference", *parity},
      {"seconds", seconds}};
  if (config.LearnsMurmurs()) {
    const auto& kept = outcome.history[static_cast<std::size_t>(outcome.best_epoch) - 1];
    metrics["holdout_murmur_auroc"] = kept.holdout_murmur_auroc.value_or(NAN);
  }
  const fs::path model = folder / (config.output.name + ".onnx");
  for (const auto& written :
       {base::WriteFileAtomically(model, onnx),
        base::WriteFileAtomically(folder / "metrics.json", metrics.dump(1)),
        base::WriteFileAtomically(folder / "holdout.csv", evaluation::ToCsv(scored))}) {
    if (!written) return written;
  }
  console.Line("hold-out fold (also used for early stopping), epoch " +
               std::to_string(outcome.best_epoch) + ":\n" + evaluation::ToTable(groups));
  console.Line(Format("wrote %s: %zu parameters, %.1f MMAC a window, ONNX against libtorch %.1e",
                      model.c_str(), session->ParameterCount(),
                      static_cast<double>(session->MultiplyAccumulates()) / 1e6, *parity));
  return {};
}

}  // namespace

Result<void> RunJob(const TrainConfig& wanted, bool resume, const std::atomic<bool>& stop,
                    bool terminal, const JobObserver& job_observer) {
  if (wanted.init.model.empty() && wanted.second.limit > 0) {
    return RunJoinedJob(wanted, resume, stop, terminal, job_observer);
  }
  TrainConfig config = wanted;
  Network start{nullptr};
  if (!config.init.model.empty()) {
    auto taken = TakeInitialModel(config);
    if (!taken) return Fail(taken);
    start = *std::move(taken);
  }
  if (auto valid = config.Validate(); !valid) return valid;
  const base::Stopwatch stopwatch;
  const auto found = ReadTrainingRows(config.data, config.murmur);
  if (!found) return Fail(found);
  const std::vector<evaluation::DatasetEntry>& rows = found->rows;

  const fs::path folder = config.output.folder;
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    return Fail(ErrorCode::kIo,
                "cannot make the folder " + folder.string() + ": " + error.message());
  }
  const fs::path checkpoint = folder / "checkpoint.pt";
  if (!resume && fs::exists(checkpoint, error)) {
    return Fail(ErrorCode::kInvalidArgument,
                folder.string() +
                    " holds a run already: go on with --resume, or name another "
                    "--output.folder");
  }
  if (auto written = base::WriteFileAtomically(folder / "config.toml", ToToml(config)); !written) {
    return written;
  }

  Console console(folder / "train.log", terminal, job_observer);
  const auto min_samples = static_cast<std::size_t>(
      std::lround(config.window.window_s * config.features.sample_rate_hz));
  const fs::path cache =
      config.data.cache_folder.empty() ? folder / "cache" : fs::path(config.data.cache_folder);
  const auto set = LoadExamples(rows, config.features, min_samples, cache, [&](std::size_t done) {
    console.progress().Set({.done = done, .total = rows.size(), .note = "features"});
  });
  if (!set) return Fail(set);
  if (found->without_label > 0) {
    console.Line(Format(config.LearnsMurmurs()
                            ? "left out: %zu recordings with neither a label nor a murmur label"
                            : "left out: %zu recordings without a label, normal or abnormal",
                        found->without_label));
  }
  if (found->with_murmur > 0) {
    console.Line(
        Format("%zu of %zu recordings have a murmur label", found->with_murmur, rows.size()));
  }
  for (const std::string& refused : set->refused) console.Line("left out: " + refused);
  const Split split = HoldOut(set->examples, config.data.holdout_fraction,
                              static_cast<std::uint64_t>(config.optimizer.seed));
  console.Line(Format("%zu recordings to learn from, %zu held out; features %s in %.1f s",
                      split.learn.size(), split.holdout.size(),
                      set->computed == 0 ? "read from the cache" : "computed",
                      stopwatch.ElapsedSeconds()));

  std::vector<EpochRecord> history;
  Result<void> history_written;
  TrainObserver observer;
  observer.on_step = [&](const Progress& p) {
    if (job_observer.progress) job_observer.progress(p);
    console.progress().Set({.done = static_cast<std::size_t>((p.epoch - 1) * p.steps + p.step),
                            .total = static_cast<std::size_t>(p.epochs * p.steps),
                            .left_s = p.seconds_left,
                            .note = Format("epoch %d/%d, loss %.4f", p.epoch, p.epochs, p.loss)});
  };
  observer.on_epoch = [&](const EpochRecord& r, bool best) {
    const std::string murmur =
        r.holdout_murmur_auroc ? Format("murmur AUROC %.4f, ", *r.holdout_murmur_auroc) : "";
    console.Line(Format("epoch %2d: loss %.4f, hold-out loss %.4f, AUROC %.4f, MAcc %.4f, %s%s%s",
                        r.epoch, r.loss, r.holdout_loss, r.holdout_auroc, r.holdout_macc,
                        murmur.c_str(), base::FormatDuration(r.seconds).c_str(),
                        best ? ", best so far" : ""));
    history.push_back(r);
    history_written = WriteHistory(folder, history);
  };
  if (resume) {
    // Keeps the epochs before the stop in the plot.
    if (const auto text = base::ReadTextFile(folder / "history.json")) {
      if (auto before = HistoryFromJson(*text)) history = std::move(*before);
    }
  }
  if (start) console.Line("going on from the weights of the model that --init.model names");
  auto outcome = Train(config, set->examples, split, checkpoint, resume, stop, observer, start);
  if (!outcome) return Fail(outcome);
  if (!history_written) return history_written;
  if (outcome->stopped_early) console.Line("stopped early: no better AUROC on the hold-out fold");
  return Finish(config, *set, split, *outcome, stopwatch.ElapsedSeconds(), console);
}

}  // namespace heartbeat::training
