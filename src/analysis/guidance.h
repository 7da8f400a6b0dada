#pragma once

#include <string>
#include <string_view>

#include "analysis/analyzer.h"

namespace heartbeat::analysis {

// Said wherever a verdict is shown.
inline constexpr std::string_view kDisclaimer =
    "Decision support, not a diagnosis: HeartBeat AI says how a recording sounds to a statistical "
    "model. A qualified clinician must judge the patient.";

// Sentences for the person who made the recording.
struct Guidance {
  std::string_view summary;
  std::string action;
  std::string_view follow_up;
  std::string_view urgency;  // "routine" or "soon"
};
[[nodiscard]] Guidance GuidanceFor(const Analysis& analysis);

// `level` by the probability of abnormal: LOW under 0.3, MODERATE under 0.7, ELEVATED from there;
// `color` green, amber, red. An abnormal verdict is at least MODERATE, a normal one at most, an
// uncertain one MODERATE. Of a recording of poor quality UNKNOWN and gray, whatever the
// probability.
struct Risk {
  std::string_view level;
  std::string_view color;
};
[[nodiscard]] Risk RiskFor(const Analysis& analysis);

}  // namespace heartbeat::analysis
