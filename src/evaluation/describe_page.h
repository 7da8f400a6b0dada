#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace heartbeat::evaluation {

// The document of describe_json.h as a page that stands alone (html.h). Errors: kInvalidArgument
// where `document` is not such a document.
[[nodiscard]] base::Result<std::string> DescriptionPage(const nlohmann::json& document);

// Its charts, each a <figure>. They throw what nlohmann::json throws where the document is not one.
// Percentiles of one property by database and class.
[[nodiscard]] std::string BoxFigure(const nlohmann::json& document, const nlohmann::json& property);
// Mean spectra of one database by class.
[[nodiscard]] std::string SpectrumFigure(const nlohmann::json& document,
                                         const std::string& database);
[[nodiscard]] std::string HistogramFigure(const nlohmann::json& document,
                                          const nlohmann::json& histogram);

// Sections of the page; they throw alike. What to look at first; copies; unreadable and odd ones.
[[nodiscard]] std::string FindingsSection(const nlohmann::json& document);
[[nodiscard]] std::string CopiesSection(const nlohmann::json& document);
[[nodiscard]] std::string OddSection(const nlohmann::json& document);

// The row of "properties" with this key.
[[nodiscard]] const nlohmann::json& PropertyNamed(const nlohmann::json& document,
                                                  const std::string& key);
// The databases of the document, in order.
[[nodiscard]] std::vector<std::string> DatabasesOf(const nlohmann::json& document);
// The JSON pointer of a database's and property's row in "separability".
[[nodiscard]] std::string SeparabilityPointer(const nlohmann::json& document,
                                              const std::string& database,
                                              const std::string& property);

}  // namespace heartbeat::evaluation
