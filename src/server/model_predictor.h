#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "analysis/analyzer.h"
#include "base/result.h"
#include "server/model_card.h"
#include "server/predictor.h"

namespace heartbeat::server {

// The model of a file. One that is missing or broken leaves a predictor that answers kNoModel: a
// server without a model still says so on /health.
class ModelPredictor final : public Predictor {
 public:
  // Loads at once, in this thread, with the figures beside the model. The reason of a failure goes
  // to the log: it may name folders.
  ModelPredictor(const std::filesystem::path& model_path, std::size_t max_file_bytes,
                 const analysis::AnalyzerOptions& asked = {});
  // The same for a model that is to take the place of another: one that does not load, or does not
  // hear a made-up recording, is an error, whose message may name folders. Errors: those of
  // analysis::Analyzer.
  [[nodiscard]] static base::Result<std::shared_ptr<const ModelPredictor>> Load(
      const std::filesystem::path& model_path, std::size_t max_file_bytes,
      const analysis::AnalyzerOptions& asked = {});

  [[nodiscard]] bool IsLoaded() const override;
  [[nodiscard]] std::string ModelLabel() const override;
  [[nodiscard]] std::shared_ptr<const ModelCard> Card() const override { return card_; }
  [[nodiscard]] base::Result<nlohmann::json> Predict(std::span<const std::byte> bytes,
                                                     std::string_view file_name) const override;
  [[nodiscard]] base::Result<nlohmann::json> Explain(std::span<const std::byte> bytes,
                                                     std::string_view model_sha256) const override;

 private:
  explicit ModelPredictor(std::size_t max_file_bytes) : max_file_bytes_(max_file_bytes) {}
  base::Result<void> Take(const std::filesystem::path& model_path,
                          const analysis::AnalyzerOptions& asked);

  std::optional<analysis::Analyzer> analyzer_;
  std::shared_ptr<const ModelCard> card_;
  std::size_t max_file_bytes_;
};

}  // namespace heartbeat::server
