#include "analysis/guidance.h"

namespace heartbeat::analysis {

Guidance GuidanceFor(const Analysis& analysis) {
  if (analysis.verdict == Verdict::kPoorQuality) {
    std::string action = "Record again for 15 seconds or more";
    for (const std::string& reason : analysis.quality.reasons) action += "; " + reason;
    return {"The recording is not good enough to say how the heart sounds.", action + ".",
            "Where it stays so, listen yourself: this recording says nothing about the heart.",
            "soon"};
  }
  if (analysis.verdict == Verdict::kAbnormal) {
    return {"The recording sounds abnormal.",
            "Listen again yourself, and consider an echocardiogram or a referral to cardiology.",
            "Repeat the recording in a quiet room and at the other auscultation sites.", "soon"};
  }
  return {"The recording sounds normal.",
          "Nothing follows from this recording alone; symptoms and other findings come first.",
          "Record again at the usual check-up, or sooner if symptoms appear.", "routine"};
}

Risk RiskFor(const Analysis& analysis) {
  if (analysis.verdict == Verdict::kPoorQuality) return {"UNKNOWN", "gray"};
  if (analysis.probability_abnormal < 0.3) return {"LOW", "green"};
  if (analysis.probability_abnormal < 0.7) return {"MODERATE", "amber"};
  return {"ELEVATED", "red"};
}

}  // namespace heartbeat::analysis
