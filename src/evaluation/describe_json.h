#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "evaluation/describe.h"

namespace heartbeat::evaluation {

// What the report says of itself.
struct DescriptionFacts {
  std::string program_version;
  std::string created_at;             // RFC 3339
  std::vector<std::string> datasets;  // as the reader knows them, without their folders
  double seconds = 0;                 // it took
};

// The description as one document, whose schema is docs/describing.md. It holds no path; every text
// in it is UTF-8, whatever the names of files and patients hold. What is not defined is null.
[[nodiscard]] nlohmann::json ToJson(const Description& description, const DescriptionFacts& facts);

}  // namespace heartbeat::evaluation
