#include "analysis/analyzer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>

#include "audio/resample.h"
#include "base/digest.h"
#include "base/file.h"
#include "nn/session.h"

namespace heartbeat::analysis {
namespace {

using base::ErrorCode;
using base::Fail;
using base::Result;

constexpr const char* kLogitOutput = "logit";
constexpr const char* kMurmurOutput = "murmur";
constexpr const char* kEvidenceOutput = "evidence";
constexpr std::size_t kMurmurClasses = 3;  // present, unknown, absent

std::string ShapeText(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(shape[i]);
  }
  return text + "]";
}

Verdict VerdictOf(const Analysis& analysis) {
  if (!analysis.quality.ok) return Verdict::kPoorQuality;
  const bool is_abnormal = analysis.CalledAbnormal();
  if (analysis.calibrated && !analysis.calibrated->prediction_set.IsOnly(is_abnormal)) {
    return Verdict::kUncertain;
  }
  return is_abnormal ? Verdict::kAbnormal : Verdict::kNormal;
}

// Where the model's outputs stand.
struct Outputs {
  std::size_t logit = 0;
  std::optional<std::size_t> murmur;
};

Result<Outputs> CheckFit(const nn::Session& session, const ModelMetadata& metadata) {
  const std::vector<std::int64_t> expected = {1, metadata.features.Rows(), metadata.WindowFrames()};
  if (session.input().shape != expected) {
    return Fail(ErrorCode::kInvalidModel, "the network takes " + ShapeText(session.input().shape) +
                                              ", the front end of its metadata gives " +
                                              ShapeText(expected) + " (channel, mel, frame)");
  }
  const auto& outputs = session.outputs();
  const auto logit = std::ranges::find(outputs, kLogitOutput, &nn::TensorInfo::name);
  if (logit == outputs.end() || logit->ItemSize() != 1) {
    return Fail(ErrorCode::kInvalidModel,
                std::string("the network has no output \"") + kLogitOutput +
                    "\" with one value per window (see docs/model-format.md)");
  }
  Outputs found{static_cast<std::size_t>(logit - outputs.begin()), std::nullopt};
  const auto murmur = std::ranges::find(outputs, kMurmurOutput, &nn::TensorInfo::name);
  if (murmur == outputs.end()) return found;
  if (murmur->ItemSize() != kMurmurClasses) {
    return Fail(ErrorCode::kInvalidModel,
                std::string("the network's output \"") + kMurmurOutput +
                    "\" must have three values per window (see docs/model-format.md)");
  }
  found.murmur = static_cast<std::size_t>(murmur - outputs.begin());
  return found;
}

// `logits`: [window, class].
MurmurProbabilities ToMurmur(std::span<const float> logits) {
  std::array<double, kMurmurClasses> means{};
  for (std::size_t i = 0; i < logits.size(); ++i) means.at(i % kMurmurClasses) += logits[i];
  const std::size_t windows = logits.size() / kMurmurClasses;
  for (double& mean : means) mean /= static_cast<double>(windows);
  const double largest = *std::ranges::max_element(means);
  double sum = 0;
  for (double& mean : means) sum += mean = std::exp(mean - largest);
  return {means[0] / sum, means[1] / sum, means[2] / sum};
}

// The output "evidence", which need not be there.
struct EvidenceOutput {
  std::size_t index = 0;
  EvidenceShape shape;
};

Result<EvidenceOutput> FindEvidence(const nn::Session& session, const ModelMetadata& metadata) {
  const auto& outputs = session.outputs();
  const auto found =
      std::ranges::find(outputs, std::string(kEvidenceOutput), &nn::TensorInfo::name);
  if (found == outputs.end()) return EvidenceOutput{};
  const auto& shape = found->shape;
  const auto fits = [](std::int64_t cells, int length) {
    return cells <= length && CellStep(length, static_cast<int>(cells)) > 0;
  };
  if (shape.size() != 2 || !fits(shape[0], metadata.features.mel_bands) ||
      !fits(shape[1], metadata.WindowFrames())) {
    return Fail(ErrorCode::kInvalidModel,
                std::string("the network's output \"") + kEvidenceOutput + "\" " +
                    ShapeText(shape) +
                    " is no grid [row, column] over its windows (see docs/model-format.md)");
  }
  return EvidenceOutput{
      .index = static_cast<std::size_t>(found - outputs.begin()),
      .shape = {.rows = static_cast<int>(shape[0]), .columns = static_cast<int>(shape[1])}};
}

}  // namespace

std::string_view Name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kNormal:
      return "normal";
    case Verdict::kAbnormal:
      return "abnormal";
    case Verdict::kUncertain:
      return "uncertain";
    case Verdict::kPoorQuality:
      break;
  }
  return "poor_quality";
}

struct Analyzer::Impl {
  nn::Session session;
  features::LogMel log_mel;
  QualityGate quality_gate;
  ModelMetadata metadata;
  ModelIdentity identity;
  DecisionRule rule;
  Outputs outputs;
  EvidenceOutput evidence_output;
};

Result<NetworkOutput> Analyzer::Run(std::size_t windows, std::span<const float> values) const {
  std::vector<std::vector<float>> results;
  std::vector<std::span<float>> outputs;
  for (const nn::TensorInfo& output : impl_->session.outputs()) {
    outputs.emplace_back(results.emplace_back(windows * output.ItemSize()));
  }
  if (const auto ran = impl_->session.Run(windows, values, outputs); !ran) return Fail(ran);
  NetworkOutput output;
  output.logits = std::move(results[impl_->outputs.logit]);
  if (const auto murmur = impl_->outputs.murmur) output.murmur = std::move(results[*murmur]);
  if (evidence_shape().rows > 0) {
    output.evidence = std::move(results[impl_->evidence_output.index]);
  }
  return output;
}

Analyzer::Analyzer(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Analyzer::Analyzer(Analyzer&&) noexcept = default;
Analyzer& Analyzer::operator=(Analyzer&&) noexcept = default;
Analyzer::~Analyzer() = default;

const ModelMetadata& Analyzer::metadata() const { return impl_->metadata; }
const ModelIdentity& Analyzer::identity() const { return impl_->identity; }
const DecisionRule& Analyzer::rule() const { return impl_->rule; }
bool Analyzer::HearsMurmurs() const { return impl_->outputs.murmur.has_value(); }
EvidenceShape Analyzer::evidence_shape() const { return impl_->evidence_output.shape; }

Result<Analyzer> Analyzer::LoadFile(const std::filesystem::path& path,
                                    const AnalyzerOptions& options) {
  const auto bytes = base::ReadFile(path, nn::LoadLimits().max_file_bytes);
  if (!bytes) return Fail(bytes);
  auto session = nn::Session::Load(*bytes);
  if (!session) return Fail(session);
  auto metadata = ModelMetadata::Parse(session->metadata());
  if (!metadata) return Fail(metadata);
  auto rule = DecisionRule::Create(metadata->calibration, metadata->threshold, options);
  if (!rule) return Fail(rule);
  auto log_mel = features::LogMel::Create(metadata->features);
  if (!log_mel) return Fail(log_mel);
  const auto outputs = CheckFit(*session, *metadata);
  if (!outputs) return Fail(outputs);
  const auto evidence_output = FindEvidence(*session, *metadata);
  if (!evidence_output) return Fail(evidence_output);
  const int rate = metadata->features.sample_rate_hz;
  ModelIdentity identity{metadata->name, metadata->version, base::Sha256Hex(*bytes)};
  return Analyzer(std::make_unique<const Impl>(
      Impl{std::move(*session), std::move(*log_mel), QualityGate(rate), std::move(*metadata),
           std::move(identity), *std::move(rule), *outputs, *evidence_output}));
}

Result<NetworkInput> Analyzer::Prepare(audio::Recording recording) const {
  auto resampled = audio::Resample(std::move(recording), impl_->metadata.features.sample_rate_hz);
  if (!resampled) return Fail(resampled);
  return PrepareInput(impl_->log_mel, impl_->metadata, *std::move(resampled));
}

struct Analyzer::Heard {
  Analysis analysis;
  std::optional<EvidenceGrid> grid;
};

Result<Analyzer::Heard> Analyzer::Hear(audio::Recording recording) const {
  const ModelMetadata& metadata = impl_->metadata;
  const int rate = metadata.features.sample_rate_hz;
  const double duration_s = recording.DurationSeconds();
  auto resampled = audio::Resample(std::move(recording), rate);
  if (!resampled) return Fail(resampled);
  auto quality = impl_->quality_gate.Assess(*resampled);
  if (!quality) return Fail(quality);
  auto input = PrepareInput(impl_->log_mel, metadata, *std::move(resampled));
  if (!input) return Fail(input);
  const auto& starts = input->starts;
  auto output = Run(starts.size(), input->values);
  if (!output) return Fail(output);

  Heard heard;
  Analysis& analysis = heard.analysis;
  const DecisionRule& rule = impl_->rule;
  analysis.threshold = rule.threshold();
  double logit_sum = 0;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const double logit = output->logits[i];
    logit_sum += logit;
    const double start_s = static_cast<double>(starts[i]) / rate;
    analysis.windows.push_back(
        {start_s, std::min(start_s + metadata.window_s, duration_s), rule.Probability(logit)});
  }
  analysis.mean_logit = logit_sum / static_cast<double>(starts.size());
  analysis.probability_abnormal = rule.Probability(analysis.mean_logit);
  if (!std::isfinite(analysis.probability_abnormal)) {
    return Fail(ErrorCode::kInternal, "the model gave a result that is not finite");
  }
  if (HearsMurmurs()) {
    analysis.murmur = ToMurmur(output->murmur);
    if (!std::isfinite(analysis.murmur->present)) {
      return Fail(ErrorCode::kInternal, "the model gave a result that is not finite");
    }
  }
  analysis.quality = std::move(quality->quality);
  analysis.heart_rate_bpm = quality->heart_rate_bpm;
  if (rule.calibration()) {
    analysis.calibrated = {rule.operating_point(), rule.prevalence(),
                           rule.SetOf(analysis.mean_logit)};
  }
  analysis.verdict = VerdictOf(analysis);
  if (evidence_shape().rows > 0) {
    const WindowEvidence evidence{.shape = evidence_shape(),
                                  .starts = std::move(input->starts),
                                  .values = std::move(output->evidence)};
    heard.grid = LayOverRecording(evidence, metadata, duration_s,
                                  rule.StatedLogit(analysis.mean_logit), rule.slope());
    if (!std::isfinite(heard.grid->remainder)) {
      return Fail(ErrorCode::kInternal, "the model gave evidence that is not finite");
    }
    analysis.regions = TopRegions(*heard.grid);
  }
  return heard;
}

Result<Analysis> Analyzer::Analyze(audio::Recording recording) const {
  auto heard = Hear(std::move(recording));
  if (!heard) return Fail(heard);
  return std::move(heard->analysis);
}

Result<Explained> Analyzer::Explain(audio::Recording recording) const {
  if (evidence_shape().rows == 0) {
    return Fail(ErrorCode::kNotFound,
                "the model gives no evidence, so that nothing can be explained; a model that "
                "heartbeat train of this version writes does");
  }
  auto heard = Hear(std::move(recording));
  if (!heard) return Fail(heard);
  return Explained{.analysis = std::move(heard->analysis), .grid = *std::move(heard->grid)};
}

}  // namespace heartbeat::analysis
