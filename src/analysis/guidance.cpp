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
  if (analysis.verdict == Verdict::kUncertain) {
    return {
        "The recording is good, but the model cannot tell whether it sounds normal or abnormal.",
        "Listen yourself, and record again for 15 seconds or more, also at the other "
        "auscultation sites. Where it stays uncertain, have a clinician judge the patient.",
        "Uncertain is not normal: do not put off what symptoms or other findings call for.",
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
  constexpr Risk kModerate = {"MODERATE", "amber"};
  if (analysis.verdict == Verdict::kUncertain) return kModerate;
  // Where the threshold or the prevalence is not one half, a probability may say the opposite of
  // the verdict: nobody should see "abnormal" in green.
  if (analysis.probability_abnormal < 0.3) {
    return analysis.verdict == Verdict::kAbnormal ? kModerate : Risk{"LOW", "green"};
  }
  if (analysis.probability_abnormal < 0.7 || analysis.verdict == Verdict::kNormal) return kModerate;
  return {"ELEVATED", "red"};
}

}  // namespace heartbeat::analysis
