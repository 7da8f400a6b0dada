#pragma once

#include "base/result.h"
#include "features/log_mel.h"
#include "training/onnx_import.h"

namespace heartbeat::training {

// The bands of `second` as bands of `first`. Errors: kInvalidArgument where they are not the same
// triangles, where the second is not normalised as band_standard says, or where the front ends
// differ in anything else.
[[nodiscard]] base::Result<features::SecondView> ViewOf(const features::LogMelConfig& first,
                                                        const features::LogMelConfig& second);

// Two models of one trunk each as one of two (NetworkShape::Second): its logit is that of `second`
// and, cut off at +-limit, that of `first`; murmurs are the second's. Name, version and all else
// that is no front end are the first's; a calibration is none's. Errors: those of ViewOf;
// kInvalidArgument where windows or the rows and columns of their last maps do not fit, or where
// one has two trunks already.
[[nodiscard]] base::Result<ImportedModel> Join(const ImportedModel& first,
                                               const ImportedModel& second, double limit);

}  // namespace heartbeat::training
