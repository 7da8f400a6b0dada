#include "analysis/analyzer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>

#include "analysis/windows.h"
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
  const std::vector<std::int64_t> expected = {1, metadata.features.mel_bands,
                                              metadata.WindowFrames()};
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

  // The values of every output, [window, …]. `windows`: [window, 1, mel, frame].
  Result<std::vector<std::vector<float>>> RunWindows(std::size_t count,
                                                     std::span<const float> windows) const;
};

Result<std::vector<std::vector<float>>> Analyzer::Impl::RunWindows(
    std::size_t count, std::span<const float> windows) const {
  std::vector<std::vector<float>> values;
  std::vector<std::span<float>> into;
  for (const nn::TensorInfo& output : session.outputs()) {
    into.emplace_back(values.emplace_back(count * output.ItemSize()));
  }
  if (const auto ran = session.Run(count, windows, into); !ran) return Fail(ran);
  return values;
}

Analyzer::Analyzer(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Analyzer::Analyzer(Analyzer&&) noexcept = default;
Analyzer& Analyzer::operator=(Analyzer&&) noexcept = default;
Analyzer::~Analyzer() = default;

const ModelMetadata& Analyzer::metadata() const { return impl_->metadata; }
const ModelIdentity& Analyzer::identity() const { return impl_->identity; }
const DecisionRule& Analyzer::rule() const { return impl_->rule; }
bool Analyzer::HearsMurmurs() const { return impl_->outputs.murmur.has_value(); }

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
  const int rate = metadata->features.sample_rate_hz;
  ModelIdentity identity{metadata->name, metadata->version, base::Sha256Hex(*bytes)};
  return Analyzer(std::make_unique<const Impl>(
      Impl{std::move(*session), std::move(*log_mel), QualityGate(rate), std::move(*metadata),
           std::move(identity), *std::move(rule), *outputs}));
}

Result<Analysis> Analyzer::Analyze(audio::Recording recording) const {
  const ModelMetadata& metadata = impl_->metadata;
  const int rate = metadata.features.sample_rate_hz;
  const double duration_s = recording.DurationSeconds();
  auto resampled = audio::Resample(std::move(recording), rate);
  if (!resampled) return Fail(resampled);
  auto quality = impl_->quality_gate.Assess(*resampled);
  if (!quality) return Fail(quality);
  const auto window_samples = static_cast<std::size_t>(metadata.WindowSamples());
  const audio::Recording heard = RepeatToLength(std::move(*resampled), window_samples);
  const auto spectrogram = impl_->log_mel.Compute(heard);
  if (!spectrogram) return Fail(spectrogram);

  const auto hop = static_cast<std::size_t>(metadata.features.hop_samples);
  const auto starts =
      WindowStarts(heard.samples.size(), window_samples,
                   static_cast<std::size_t>(std::lround(metadata.window_step_s * rate)), hop);
  const auto frames = static_cast<std::size_t>(metadata.WindowFrames());
  const auto scale = static_cast<float>(metadata.feature_scale);
  std::vector<float> windows;
  windows.reserve(starts.size() * static_cast<std::size_t>(spectrogram->mel_bands) * frames);
  for (const std::size_t start : starts) {
    const std::size_t first_frame = FirstFrame(start, hop);
    for (int mel = 0; mel < spectrogram->mel_bands; ++mel) {
      for (const float decibels : spectrogram->Band(mel).subspan(first_frame, frames)) {
        windows.push_back(decibels * scale);
      }
    }
  }
  const auto values = impl_->RunWindows(starts.size(), windows);
  if (!values) return Fail(values);
  const std::vector<float>& logits = (*values)[impl_->outputs.logit];

  Analysis analysis;
  const DecisionRule& rule = impl_->rule;
  analysis.threshold = rule.threshold();
  double logit_sum = 0;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const double logit = logits[i];
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
  if (const auto murmur = impl_->outputs.murmur) {
    analysis.murmur = ToMurmur((*values)[*murmur]);
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
  return analysis;
}

}  // namespace heartbeat::analysis
