#include "training/joined_job.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "analysis/analyzer.h"
#include "base/digest.h"
#include "base/file.h"
#include "evaluation/group_measures.h"
#include "evaluation/predictions_csv.h"
#include "evaluation/results.h"
#include "evaluation/scoring.h"
#include "nn/session.h"
#include "training/job_console.h"
#include "training/join.h"
#include "training/onnx_export.h"
#include "training/onnx_import.h"
#include "training/random.h"
#include "training/training_rows.h"

namespace heartbeat::training {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Fail;
using base::Result;

constexpr int kParityWindows = 8;

struct Part {
  const char* name;
  TrainConfig config;

  [[nodiscard]] fs::path Folder() const { return config.output.folder; }
  [[nodiscard]] fs::path Model() const { return Folder() / (std::string(name) + ".onnx"); }
};

std::array<Part, 2> PartsOf(const TrainConfig& config) {
  std::array<Part, 2> parts = {Part{"first", config.FirstAlone()},
                               Part{"second", config.SecondAlone()}};
  for (Part& part : parts) {
    part.config.output.name = part.name;
    part.config.output.folder = (fs::path(config.output.folder) / part.name).string();
    if (config.data.cache_folder.empty()) {
      part.config.data.cache_folder = (fs::path(config.output.folder) / "cache").string();
    }
  }
  return parts;
}

Result<ImportedModel> LoadPart(const Part& part) {
  const auto bytes = base::ReadFile(part.Model());
  if (!bytes) return Fail(bytes);
  auto imported = FromOnnx(*bytes, part.config.network.dropout);
  if (!imported) {
    return Fail(imported.error().code, part.Model().string() + ": " + imported.error().message);
  }
  return imported;
}

// The largest difference of a window's logits between the ONNX file and libtorch.
Result<double> Parity(const nn::Session& session, Network network) {
  const torch::NoGradGuard no_grad;
  const auto& shape = session.input().shape;
  double worst = 0;
  for (int i = 0; i < kParityWindows; ++i) {
    Random random(1, 0, static_cast<std::uint64_t>(i));
    torch::Tensor window = torch::empty({1, shape[0], shape[1], shape[2]});
    const std::span values(window.data_ptr<float>(), session.input().ItemSize());
    for (float& value : values) value = static_cast<float>(random.Normal());
    std::vector<std::vector<float>> results;
    std::vector<std::span<float>> outputs;
    for (const nn::TensorInfo& output : session.outputs()) {
      outputs.emplace_back(results.emplace_back(output.ItemSize()));
    }
    if (const auto ran = session.Run(1, values, outputs); !ran) return Fail(ran);
    std::vector<float> got = results[0];
    if (network->murmur) got.insert(got.end(), results[1].begin(), results[1].end());
    const torch::Tensor expected = network(window).contiguous();
    for (std::size_t k = 0; k < got.size(); ++k) {
      worst = std::max<double>(worst, std::abs(got[k] - expected.data_ptr<float>()[k]));
    }
  }
  return worst;
}

Result<nlohmann::json> ReadMetrics(const Part& part) {
  const auto text = base::ReadTextFile(part.Folder() / "metrics.json");
  if (!text) return Fail(text);
  auto metrics = nlohmann::json::parse(*text, nullptr, false);
  if (!metrics.is_object()) {
    return Fail(ErrorCode::kInvalidArgument,
                part.Folder().string() + ": metrics.json is not what heartbeat-train writes");
  }
  return metrics;
}

Result<void> Copy(const fs::path& from, const fs::path& to) {
  const auto bytes = base::ReadFile(from);
  if (!bytes) return Fail(bytes);
  return base::WriteFileAtomically(to, *bytes);
}

// What the joined model says of the recordings that the second network held out.
Result<std::vector<evaluation::ScoredEntry>> ScoreHoldout(const fs::path& model, const Part& second,
                                                          const std::atomic<bool>& stop) {
  const auto text = base::ReadTextFile(second.Folder() / "holdout.csv");
  if (!text) return Fail(text);
  const auto held_out = evaluation::ParsePredictions(*text);
  if (!held_out) return Fail(held_out);
  std::set<std::pair<std::string, std::string>> wanted;
  for (const auto& scored : *held_out) {
    wanted.emplace(scored.entry.database, scored.entry.record);
  }
  auto found = ReadTrainingRows(second.config.data, second.config.murmur);
  if (!found) return Fail(found);
  std::erase_if(found->rows, [&](const evaluation::DatasetEntry& entry) {
    return !wanted.contains({entry.database, entry.record});
  });
  const auto analyzer = analysis::Analyzer::LoadFile(model);
  if (!analyzer) return Fail(analyzer);
  return evaluation::ScoreDataset(*analyzer, found->rows,
                                  static_cast<unsigned>(second.config.optimizer.threads), stop, {});
}

Result<void> TrainPart(const Part& part, bool resume, const std::atomic<bool>& stop, bool terminal,
                       const JobObserver& observer, Console& console) {
  std::error_code error;
  if (resume && fs::exists(part.Model(), error)) {
    console.Line(std::string("the ") + part.name + " network is trained already");
    return {};
  }
  console.Line(std::string("the ") + part.name + " network:");
  const bool begun = fs::exists(part.Folder() / "checkpoint.pt", error);
  return RunJob(part.config, resume && begun, stop, terminal, observer);
}

}  // namespace

Result<void> RunJoinedJob(const TrainConfig& config, bool resume, const std::atomic<bool>& stop,
                          bool terminal, const JobObserver& observer) {
  if (auto valid = config.Validate(); !valid) return valid;
  if (auto view = ViewOf(config.features, config.second.features); !view) return Fail(view);
  const fs::path folder = config.output.folder;
  const auto parts = PartsOf(config);
  std::error_code error;
  if (!resume && fs::exists(parts[0].Folder(), error)) {
    return Fail(ErrorCode::kInvalidArgument,
                folder.string() +
                    " holds a run already: go on with --resume, or name another "
                    "--output.folder");
  }
  fs::create_directories(folder, error);
  if (error) {
    return Fail(ErrorCode::kIo,
                "cannot make the folder " + folder.string() + ": " + error.message());
  }
  if (auto written = base::WriteFileAtomically(folder / "config.toml", ToToml(config)); !written) {
    return written;
  }
  Console console(folder / "train.log", terminal, observer);
  std::vector<ImportedModel> networks;
  std::vector<nlohmann::json> metrics;
  for (const Part& part : parts) {
    if (auto done = TrainPart(part, resume, stop, terminal, observer, console); !done) return done;
    auto network = LoadPart(part);
    if (!network) return Fail(network);
    networks.push_back(*std::move(network));
    auto measured = ReadMetrics(part);
    if (!measured) return Fail(measured);
    metrics.push_back(*std::move(measured));
  }

  auto joined = Join(networks[0], networks[1], config.second.limit);
  if (!joined) return Fail(joined);
  joined->metadata.name = config.output.name;
  const auto onnx = ToOnnx(joined->network, joined->metadata);
  const auto session = nn::Session::Load(onnx);
  if (!session) return Fail(session);
  const auto parity = Parity(*session, joined->network);
  if (!parity) return Fail(parity);
  if (!(*parity <= kExportTolerance)) {
    return Fail(ErrorCode::kInternal,
                Format("the exported model differs from libtorch by %g in a logit", *parity));
  }
  const fs::path model = folder / (config.output.name + ".onnx");
  if (auto written = base::WriteFileAtomically(model, onnx); !written) return written;
  const auto scored = ScoreHoldout(model, parts[1], stop);
  if (!scored) return Fail(scored);
  std::vector<evaluation::ScoredEntry> labelled;
  std::ranges::copy_if(*scored, std::back_inserter(labelled),
                       [](const auto& s) { return s.entry.label.has_value(); });
  const auto groups = evaluation::MeasureAll(labelled, {}).groups;
  nlohmann::json all = metrics[1];
  all["model"] = config.output.name;
  all["protocol"] =
      "hold-out fold of the second network; the first has learned from most of it, so that these "
      "figures are too good";
  all["groups"] = evaluation::ToJson(std::span(groups));
  all["parameters"] = session->ParameterCount();
  all["multiply_accumulates_per_window"] = session->MultiplyAccumulates();
  all["onnx_sha256"] = base::Sha256Hex(onnx);
  all["onnx_against_libtorch_max_difference"] = *parity;
  all["training_data_sha256"] = joined->metadata.training_data_sha256;
  all["first"] = metrics[0];
  all["second"] = metrics[1];
  for (const auto& written :
       {Copy(parts[0].Folder() / "history.json", folder / "history.json"),
        Copy(parts[0].Folder() / "history.svg", folder / "history.svg"),
        base::WriteFileAtomically(folder / "holdout.csv", evaluation::ToCsv(*scored)),
        base::WriteFileAtomically(folder / "metrics.json", all.dump(1))}) {
    if (!written) return written;
  }
  for (const Part& part : parts) fs::remove(part.Folder() / "checkpoint.pt", error);
  console.Line(Format("wrote %s: %zu parameters, %.1f MMAC a window, ONNX against libtorch %.1e",
                      model.c_str(), session->ParameterCount(),
                      static_cast<double>(session->MultiplyAccumulates()) / 1e6, *parity));
  return {};
}

}  // namespace heartbeat::training
