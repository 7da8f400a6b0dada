// Any bytes as a table of predictions: what is read makes sense, and is the same after it was
// written and read again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "evaluation/conformal.h"
#include "evaluation/predictions_csv.h"

namespace {

using heartbeat::evaluation::FitQuantiles;
using heartbeat::evaluation::LabelledScores;
using heartbeat::evaluation::ParsePredictions;
using heartbeat::evaluation::ScoredEntry;
using heartbeat::evaluation::ToCsv;

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = ParsePredictions(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!read) {
    Require(!read.error().message.empty());
    return 0;
  }
  for (const ScoredEntry& scored : *read) {
    if (!scored.IsHeard()) continue;
    Require(scored.probability_abnormal >= 0 && scored.probability_abnormal <= 1);
    Require(scored.threshold >= 0 && scored.threshold <= 1);
    Require(!scored.verdict.empty());
  }
  const std::string written = ToCsv(*read);
  const auto again = ParsePredictions(written);
  Require(again.has_value() && again->size() == read->size());
  Require(ToCsv(*again) == written);
  const auto scores = LabelledScores(*read);
  const auto quantiles = FitQuantiles(scores, 0.1);
  Require(quantiles.largest_normal >= 0 && quantiles.largest_abnormal >= 0);
  return 0;
}
