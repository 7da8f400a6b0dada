#include "store/records.h"

#include <array>
#include <cstddef>

namespace heartbeat::store {
namespace {

constexpr std::array<std::string_view, 2> kClasses = {"normal", "abnormal"};
constexpr std::array<std::string_view, 4> kVerdicts = {"normal", "abnormal", "uncertain",
                                                       "poor_quality"};
constexpr std::array<std::string_view, 3> kLabels = {"normal", "abnormal", "unsure"};

template <typename Value, std::size_t size>
std::optional<Value> Parse(const std::array<std::string_view, size>& names, std::string_view name) {
  for (std::size_t i = 0; i < size; ++i) {
    if (names[i] == name) return static_cast<Value>(i);
  }
  return std::nullopt;
}

}  // namespace

Time Now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::string_view Name(PredictedClass value) { return kClasses[static_cast<std::size_t>(value)]; }
std::string_view Name(Verdict value) { return kVerdicts[static_cast<std::size_t>(value)]; }
std::string_view Name(LabelValue value) { return kLabels[static_cast<std::size_t>(value)]; }

std::optional<PredictedClass> ParsePredictedClass(std::string_view name) {
  return Parse<PredictedClass>(kClasses, name);
}
std::optional<Verdict> ParseVerdict(std::string_view name) {
  return Parse<Verdict>(kVerdicts, name);
}
std::optional<LabelValue> ParseLabelValue(std::string_view name) {
  return Parse<LabelValue>(kLabels, name);
}

}  // namespace heartbeat::store
