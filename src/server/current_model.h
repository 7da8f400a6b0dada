#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "server/predictor.h"

namespace heartbeat::server {

// The model that serves at the moment. Each call goes to the one that is current when it begins,
// and that one stays until the call ends: swapping drops and mixes nothing.
class CurrentModel final : public Predictor {
 public:
  // `predictor` is never null, here and below.
  explicit CurrentModel(std::shared_ptr<const Predictor> predictor)
      : predictor_(std::move(predictor)) {}

  void Swap(std::shared_ptr<const Predictor> predictor);
  [[nodiscard]] std::shared_ptr<const Predictor> Get() const;

  [[nodiscard]] bool IsLoaded() const override { return Get()->IsLoaded(); }
  [[nodiscard]] std::string ModelLabel() const override { return Get()->ModelLabel(); }
  [[nodiscard]] std::shared_ptr<const ModelCard> Card() const override { return Get()->Card(); }
  [[nodiscard]] base::Result<nlohmann::json> Predict(std::span<const std::byte> bytes,
                                                     std::string_view file_name) const override;
  [[nodiscard]] base::Result<nlohmann::json> Explain(std::span<const std::byte> bytes,
                                                     std::string_view model_sha256) const override;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Predictor> predictor_;
};

}  // namespace heartbeat::server
