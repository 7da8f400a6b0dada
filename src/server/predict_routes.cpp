#include "server/predict_routes.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "server/hearing.h"
#include "server/json_response.h"
#include "server/subject.h"

namespace heartbeat::server {
namespace {

void Answer(const ApiContext& context, const std::shared_ptr<Request>& request,
            const Reply& reply) {
  if (request->form.files.empty()) {
    return reply(base::Fail(base::ErrorCode::kBadRequest,
                            "the form has no part named `file`; send the recording under that key, "
                            "as `curl -F file=@recording.wav` does"));
  }
  const auto subject = Subject::Parse(request->form.fields);
  if (!subject) return reply(base::Fail(subject));
  Hear(context, *subject, request->id, request->form.files.front(),
       [request, reply](base::Result<Heard> heard) {
         if (!heard) return reply(base::Fail(heard));
         auto response = JsonTextResponse(std::move(heard->text));
         response.predictions.push_back(std::move(heard->id));
         reply(std::move(response));
       });
}

}  // namespace

void AddPredictRoutes(Router& router, const ApiContextPtr& context) {
  Route route;
  route.method = "POST";
  route.pattern = "/predict";
  route.operation = "predict";
  route.summary = "Hear one recording";
  route.scope = Scope::kPredict;
  route.is_audited = true;
  route.runs_on = RunsOn::kWorkPool;
  route.max_body_bytes = std::min<std::uint64_t>(
      context->options.max_request_bytes, context->options.max_file_bytes + kFormOverheadBytes);
  route.form =
      FormSpec{.file_keys = {"file"}, .field_keys = {"patient_ref", "location"}, .max_files = 1};
  route.ready = [context] { return NeedModel(*context); };
  route.start = [context](const std::shared_ptr<Request>& request, const Reply& reply) {
    Answer(*context, request, reply);
  };
  router.Add(std::move(route));
}

}  // namespace heartbeat::server
