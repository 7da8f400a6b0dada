#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "server/api_context.h"
#include "server/form.h"
#include "server/router.h"
#include "server/subject.h"

namespace heartbeat::server {

// Predicts one file of a form, counts it, and unmaps its content: that of the others may be large.
// Returns the prediction of docs/api.md. Errors: the file's own; those of Spool::Bytes and
// Predictor::Predict.
[[nodiscard]] base::Result<nlohmann::json> Hear(const ApiContext& context, const Subject& subject,
                                                FormFile& file);

// For Route::ready of what needs a model. Errors: kNoModel.
[[nodiscard]] base::Result<void> NeedModel(const ApiContext& context);

// What a body may hold beside its files: boundaries, part headers and small fields.
inline constexpr std::uint64_t kFormOverheadBytes = std::uint64_t{1} << 20;

}  // namespace heartbeat::server
