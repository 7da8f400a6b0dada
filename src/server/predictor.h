#pragma once

#include <cstddef>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace heartbeat::server {

struct ModelCard;

// What the API asks of a model. Thread-safe.
class Predictor {
 public:
  virtual ~Predictor() = default;
  [[nodiscard]] virtual bool IsLoaded() const = 0;
  // Name and version, such as "heartbeat 0.1.0"; "" where none is loaded.
  [[nodiscard]] virtual std::string ModelLabel() const = 0;
  // What is known of the model; nullptr where none is loaded, or where its maker tells nothing.
  [[nodiscard]] virtual std::shared_ptr<const ModelCard> Card() const { return nullptr; }
  // `file_name` is data, as the client gave it. Returns the prediction of docs/api.md. Errors:
  // those of analysis::Predict; kNoModel.
  [[nodiscard]] virtual base::Result<nlohmann::json> Predict(std::span<const std::byte> bytes,
                                                             std::string_view file_name) const = 0;
  // What moved the model with this SHA-256 in a recording: the explanation of docs/api.md. Errors:
  // those of analysis::ExplanationJson; kNoModel; kNotFound where another model is loaded than the
  // one asked for, or one that cannot tell.
  [[nodiscard]] virtual base::Result<nlohmann::json> Explain(std::span<const std::byte> bytes,
                                                             std::string_view model_sha256) const;
};

}  // namespace heartbeat::server
