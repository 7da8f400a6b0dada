#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/calibration.h"
#include "analysis/evidence_cells.h"
#include "analysis/explanation.h"
#include "analysis/model_metadata.h"
#include "analysis/network_input.h"
#include "analysis/quality.h"
#include "audio/recording.h"
#include "base/result.h"

namespace heartbeat::analysis {

// What to go by. kUncertain: the recording is good, and the model cannot tell; of calibrated models
// only. kPoorQuality: the recording is not good enough to say either.
enum class Verdict { kNormal, kAbnormal, kUncertain, kPoorQuality };
// "normal", "abnormal", "uncertain", "poor_quality".
[[nodiscard]] std::string_view Name(Verdict verdict);

// One window as the model heard it. Times in seconds from the start of the recording.
struct WindowResult {
  double start_s = 0;
  double end_s = 0;
  double probability_abnormal = 0;  // 0..1
};

// How a calibrated model was asked, and what it does not exclude.
struct CalibratedAnswer {
  OperatingPoint operating_point = OperatingPoint::kBalanced;
  double prevalence = 0.5;  // that probabilities and threshold are stated at
  PredictionSet prediction_set;
};

// What the recording says of a murmur, by the model's murmur output: the softmax of its logits'
// means over the windows. They add up to 1.
struct MurmurProbabilities {
  double present = 0;
  double unknown = 0;  // the recording does not tell
  double absent = 0;
};

struct Analysis {
  Verdict verdict = Verdict::kNormal;
  double probability_abnormal = 0;             // 0..1: DecisionRule::Probability of the mean logit
  double mean_logit = 0;                       // over the windows, as the network gives it
  double threshold = 0.5;                      // abnormal at and above it
  std::optional<CalibratedAnswer> calibrated;  // absent where the model is not calibrated
  std::vector<WindowResult> windows;
  Quality quality;                            // of what the windows heard
  std::optional<double> heart_rate_bpm;       // beats/min; absent where none was found
  std::optional<MurmurProbabilities> murmur;  // absent where the model has no such output
  // What moved the logit most; absent where the model has no evidence.
  std::optional<std::vector<EvidenceRegion>> regions;

  // The predicted class: abnormal or normal, whatever the verdict.
  [[nodiscard]] bool CalledAbnormal() const { return probability_abnormal >= threshold; }
};

struct ModelIdentity {
  std::string name;
  std::string version;
  std::string sha256;  // of the ONNX file
};

// An analysis with all of its evidence.
struct Explained {
  Analysis analysis;
  EvidenceGrid grid;
};

// What the network gives for each window.
struct NetworkOutput {
  std::vector<float> logits;    // [window]
  std::vector<float> murmur;    // [window, 3]: present, unknown, absent; empty likewise
  std::vector<float> evidence;  // [window, row, column]; empty where the model has none
};

// A model with the front end that its metadata asks for. Thread-safe; never changes once loaded.
class Analyzer {
 public:
  // Errors: those of nn::Session::LoadFile and ModelMetadata::Parse; kInvalidModel where the
  // network does not fit the front end of its own metadata; those of DecisionRule::Create.
  [[nodiscard]] static base::Result<Analyzer> LoadFile(const std::filesystem::path& path,
                                                       const AnalyzerOptions& options = {});
  Analyzer(Analyzer&&) noexcept;
  Analyzer& operator=(Analyzer&&) noexcept;
  ~Analyzer();

  [[nodiscard]] const ModelMetadata& metadata() const;
  [[nodiscard]] const ModelIdentity& identity() const;
  [[nodiscard]] const DecisionRule& rule() const;

  // Whether an Analysis says of a murmur.
  [[nodiscard]] bool HearsMurmurs() const;

  // Resamples, judges the quality, computes the features of the whole recording, runs every window.
  // `recording`: mono at any sample rate, as audio::Decode returns it. Errors: those of
  // audio::Resample, LogMel::Compute and nn::Session::Run; kInternal where the model's output is
  // not finite.
  [[nodiscard]] base::Result<Analysis> Analyze(audio::Recording recording) const;

  // How the model's evidence lies over a window; no rows where it has none.
  [[nodiscard]] EvidenceShape evidence_shape() const;
  // Analyze with the evidence of the whole recording. Errors: those of Analyze; kNotFound where the
  // model has no evidence.
  [[nodiscard]] base::Result<Explained> Explain(audio::Recording recording) const;

  // The parts of Analyze, for whoever changes what the network hears. Errors: as of Analyze.
  [[nodiscard]] base::Result<NetworkInput> Prepare(audio::Recording recording) const;
  // `values`: as of NetworkInput.
  [[nodiscard]] base::Result<NetworkOutput> Run(std::size_t windows,
                                                std::span<const float> values) const;

 private:
  struct Impl;
  struct Heard;
  [[nodiscard]] base::Result<Heard> Hear(audio::Recording recording) const;
  explicit Analyzer(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace heartbeat::analysis
