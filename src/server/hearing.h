#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "server/api_context.h"
#include "server/form.h"
#include "server/router.h"
#include "server/subject.h"

namespace heartbeat::server {

struct Heard {
  std::string text;  // the prediction of docs/api.md as JSON, an object
  bool is_abnormal = false;
  std::string id = {};
};
using HeardCallback = std::function<void(base::Result<Heard>)>;

// Predicts one file of a form, counts it and, where there is a history, has it kept there; then
// those who listen to events are told.
// `done` is called once, when the prediction may be answered: with a history on the store's thread,
// when it is on disk. It must not throw; `file` stays until then, and its content is then unmapped:
// that of others may be large. Errors: the file's own; those of Spool::Bytes, Predictor::Predict
// and NotKept. Throws what the predictor throws; then `done` was not called.
void Hear(const ApiContext& context, const Subject& subject, std::string_view request_id,
          FormFile& file, HeardCallback done);

// For Route::ready of what needs a model. Errors: kNoModel.
[[nodiscard]] base::Result<void> NeedModel(const ApiContext& context);

// What a body may hold beside its files: boundaries, part headers and small fields.
inline constexpr std::uint64_t kFormOverheadBytes = std::uint64_t{1} << 20;

}  // namespace heartbeat::server
