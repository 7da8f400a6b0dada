#include "evaluation/largest_errors.h"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

namespace heartbeat::evaluation {
namespace {

double Distance(const ScoredEntry& scored) {
  const double truth = *scored.entry.label == Label::kAbnormal ? 1 : 0;
  return std::abs(truth - scored.probability_abnormal);
}

}  // namespace

std::vector<std::size_t> LargestErrors(std::span<const ScoredEntry> scored, std::size_t of_each) {
  std::vector<std::size_t> errors;
  for (const Label truth : {Label::kNormal, Label::kAbnormal}) {
    std::vector<std::size_t> wrong;
    for (std::size_t i = 0; i < scored.size(); ++i) {
      const ScoredEntry& one = scored[i];
      if (!one.IsHeard() || one.entry.label != truth) continue;
      if (one.CalledAbnormal() != (truth == Label::kAbnormal)) wrong.push_back(i);
    }
    std::ranges::stable_sort(wrong, std::greater(),
                             [&](std::size_t i) { return Distance(scored[i]); });
    wrong.resize(std::min(wrong.size(), of_each));
    errors.insert(errors.end(), wrong.begin(), wrong.end());
  }
  std::ranges::stable_sort(errors, std::greater(),
                           [&](std::size_t i) { return Distance(scored[i]); });
  return errors;
}

nlohmann::json LargestErrorsJson(std::span<const ScoredEntry> scored,
                                 std::span<const std::size_t> indices) {
  nlohmann::json list = nlohmann::json::array();
  for (const std::size_t i : indices) {
    const ScoredEntry& one = scored[i];
    list.push_back({{"record", one.entry.record},
                    {"database", one.entry.database},
                    {"label", Name(*one.entry.label)},
                    {"patient", one.entry.patient},
                    {"location", one.entry.location},
                    {"split", one.entry.split},
                    {"fold", one.fold},
                    {"probability_abnormal", one.probability_abnormal},
                    {"threshold", one.threshold},
                    {"verdict", one.verdict}});
  }
  return list;
}

}  // namespace heartbeat::evaluation
