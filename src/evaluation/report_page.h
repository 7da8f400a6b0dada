#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "evaluation/results.h"
#include "evaluation/sound_exhibit.h"

namespace heartbeat::evaluation {

// Completes `document`, which is ToJson(results), by what only the page shows: "created_at",
// "machine" and "largest_errors" (largest_errors.h), and renders it all as a page that stands alone
// (html.h). The largest errors' recordings are read again, on all cores (threads 0) or `threads`;
// one that cannot be read is shown without its sound. Under 4 MiB. Errors: those of ReportPage.
[[nodiscard]] base::Result<std::string> CompleteReport(const EvaluationResults& results,
                                                       nlohmann::json& document, unsigned threads);

// The page of a completed document. `exhibits`: one for each of its largest errors, in that order.
// Errors: kInvalidArgument where `document` is not such a document.
[[nodiscard]] base::Result<std::string> ReportPage(
    const nlohmann::json& document, std::span<const std::optional<SoundExhibit>> exhibits);

// Its charts, each a <figure> or more. They throw what nlohmann::json throws where the document is
// not one.
[[nodiscard]] std::string RocFigure(const nlohmann::json& document);
[[nodiscard]] std::string PrecisionRecallFigure(const nlohmann::json& document);
[[nodiscard]] std::string ReliabilityFigure(const nlohmann::json& document);
[[nodiscard]] std::string RiskCoverageFigure(const nlohmann::json& document);
// `measure`: such as "auroc"; its estimates for all recordings, the mean over databases and each.
[[nodiscard]] std::string ForestFigure(const nlohmann::json& document, const std::string& measure,
                                       const std::string& title);

// The section of the largest errors.
[[nodiscard]] std::string LargestErrorsSection(
    const nlohmann::json& document, std::span<const std::optional<SoundExhibit>> exhibits);

// The range that holds a share of `count` with 95 % where each of them is true with `probability`:
// 2.5 % and 97.5 % quantiles of the binomial distribution, as shares.
struct ShareRange {
  double low = 0;
  double high = 0;
};
[[nodiscard]] ShareRange BinomialRange(double probability, std::size_t count);

}  // namespace heartbeat::evaluation
