#pragma once

#include <chrono>
#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

#include "analysis/analyzer.h"
#include "audio/decode.h"
#include "audio/recording.h"
#include "base/result.h"

namespace heartbeat::analysis {

// One answered request: what the API calls a prediction.
struct Prediction {
  std::string id;         // base::NewId
  std::string file_name;  // as the caller gave it: data, never a path
  std::chrono::system_clock::time_point timestamp;
  Analysis analysis;
  audio::SourceInfo source;
  double duration_s = 0;  // of what was heard
  std::string sha256;     // of the file's bytes
  ModelIdentity model;
  double processing_time_s = 0;
};

// The serving path: bytes of a file in, prediction out. Every program uses this and no other way.
// Errors: those of audio::Decode and Analyzer::Analyze.
[[nodiscard]] base::Result<Prediction> Predict(const Analyzer& analyzer,
                                               std::span<const std::byte> bytes,
                                               std::string_view file_name,
                                               const audio::DecodeLimits& limits = {});

// The JSON of the API contract (docs/api.md), the same for the server and `heartbeat predict
// --json`. Invalid UTF-8 in file_name is replaced when the caller dumps it with
// error_handler_t::replace.
[[nodiscard]] nlohmann::json ToJson(const Prediction& prediction);

// The evidence of a recording over time and frequency, as JSON: of at most kMaxExplainedColumns
// columns, which are joined where there are more. Errors: those of audio::Decode and
// Analyzer::Explain.
inline constexpr int kMaxExplainedColumns = 2048;
[[nodiscard]] base::Result<nlohmann::json> ExplanationJson(const Analyzer& analyzer,
                                                           std::span<const std::byte> bytes,
                                                           const audio::DecodeLimits& limits = {});

}  // namespace heartbeat::analysis
