#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "analysis/analyzer.h"
#include "base/result.h"
#include "server/model_figures.h"

namespace heartbeat::server {

// Everything that is known of a loaded model.
struct ModelCard {
  analysis::ModelIdentity identity;
  analysis::ModelMetadata metadata;
  analysis::DecisionRule rule;         // as it is asked here
  bool hears_murmurs = false;          // its predictions have `murmur`
  base::Result<ModelFigures> figures;  // an error says why there are none
  std::filesystem::path file;          // never shown: it names folders
};

// The answer of GET /model.
[[nodiscard]] nlohmann::json ToJson(const ModelCard& card);

}  // namespace heartbeat::server
