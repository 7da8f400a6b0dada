#pragma once

#include <nlohmann/json_fwd.hpp>

#include "evaluation/describe.h"

namespace heartbeat::evaluation {

// Parts of the document of describe_json.h that count and sum up recordings; docs/describing.md
// has the fields of each.

// Recordings, patients and hours by database, split and class.
[[nodiscard]] nlohmann::json CountsJson(const Description& description);
// CirCor's kind of data: recordings by database, location and murmur. Empty where none is known.
[[nodiscard]] nlohmann::json LocationsJson(const Description& description);
// By database, format, sample rate and channels.
[[nodiscard]] nlohmann::json FormatsJson(const Description& description);
// Percentiles of every property by database and class.
[[nodiscard]] nlohmann::json GroupsJson(const Description& description);
// Mean and standard deviation of the spectra by database and class.
[[nodiscard]] nlohmann::json SpectraJson(const Description& description);
// AUROC of every property for the two classes, by database.
[[nodiscard]] nlohmann::json SeparabilityJson(const Description& description);
// Of the properties that tell the classes of a database apart best.
[[nodiscard]] nlohmann::json HistogramsJson(const Description& description);
// Recordings that cannot be heard, and those that one would want to listen to.
[[nodiscard]] nlohmann::json UnreadableJson(const Description& description);
[[nodiscard]] nlohmann::json OddJson(const Description& description);
// Equal files, equal samples, and pairs that hold the same sound.
[[nodiscard]] nlohmann::json CopiesJson(const Description& description);

// What is not finite has no place in JSON: null.
[[nodiscard]] nlohmann::json FiniteOrNull(double value);

}  // namespace heartbeat::evaluation
