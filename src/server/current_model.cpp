#include "server/current_model.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace heartbeat::server {

void CurrentModel::Swap(std::shared_ptr<const Predictor> predictor) {
  // The old one may go with its last call; not here, under the lock.
  {
    const std::lock_guard lock(mutex_);
    predictor_.swap(predictor);
  }
}

std::shared_ptr<const Predictor> CurrentModel::Get() const {
  const std::lock_guard lock(mutex_);
  return predictor_;
}

base::Result<nlohmann::json> CurrentModel::Predict(std::span<const std::byte> bytes,
                                                   std::string_view file_name) const {
  return Get()->Predict(bytes, file_name);
}

base::Result<nlohmann::json> CurrentModel::Explain(std::span<const std::byte> bytes,
                                                   std::string_view model_sha256) const {
  return Get()->Explain(bytes, model_sha256);
}

}  // namespace heartbeat::server
