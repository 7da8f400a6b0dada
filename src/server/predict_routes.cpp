#include "server/predict_routes.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "server/hearing.h"
#include "server/json_response.h"
#include "server/subject.h"

namespace heartbeat::server {
namespace {

base::Result<Response> Answer(const ApiContext& context, Request& request) {
  if (request.form.files.empty()) {
    return base::Fail(base::ErrorCode::kBadRequest,
                      "the form has no part named `file`; send the recording under that key, as "
                      "`curl -F file=@recording.wav` does");
  }
  const auto subject = Subject::Parse(request.form.fields);
  if (!subject) return base::Fail(subject);
  const auto prediction = Hear(context, *subject, request.form.files.front());
  if (!prediction) return base::Fail(prediction);
  return JsonResponse(*prediction);
}

}  // namespace

void AddPredictRoutes(Router& router, const ApiContextPtr& context) {
  Route route;
  route.method = "POST";
  route.pattern = "/predict";
  route.operation = "predict";
  route.summary = "Hear one recording";
  route.scope = Scope::kPredict;
  route.runs_on = RunsOn::kWorkPool;
  route.max_body_bytes = std::min<std::uint64_t>(
      context->options.max_request_bytes, context->options.max_file_bytes + kFormOverheadBytes);
  route.form =
      FormSpec{.file_keys = {"file"}, .field_keys = {"patient_ref", "location"}, .max_files = 1};
  route.ready = [context] { return NeedModel(*context); };
  route.handler = [context](Request& request) { return Answer(*context, request); };
  router.Add(std::move(route));
}

}  // namespace heartbeat::server
