#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/result.h"

namespace heartbeat::server {

// Whom and where a recording was made of: what groups the recordings of one examination.
struct Subject {
  static constexpr std::size_t kMaxPatientRefCharacters = 128;

  std::optional<std::string> patient_ref;  // a pseudonym of the client's, UTF-8
  std::optional<std::string> location;     // "AV", "PV", "TV", "MV" or "other"

  // From a form's fields; empty ones count as missing. Errors: kInvalidArgument, naming the field
  // and what it may be, never repeating it.
  [[nodiscard]] static base::Result<Subject> Parse(
      const std::map<std::string, std::string>& fields);
  // Writes what is there into the JSON of a prediction.
  void AddTo(nlohmann::json& prediction) const;
};

}  // namespace heartbeat::server
