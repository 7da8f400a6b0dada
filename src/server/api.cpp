#include "server/api.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace heartbeat::server {
namespace {

using base::ErrorCode;
using base::Fail;

// Boundaries, part headers and small fields beside the file itself.
constexpr std::size_t kFormOverheadBytes = std::size_t{1} << 20;

Response JsonResponse(const nlohmann::json& json) {
  Response response;
  response.content_type = "application/json";
  // A file name need not be UTF-8; JSON must be.
  response.body = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return response;
}

Route Health(const Predictor& predictor) {
  Route route;
  route.method = "GET";
  route.pattern = "/health";
  route.summary = "Whether the server is up and has a model";
  route.handler = [&predictor](Request&) -> base::Result<Response> {
    return JsonResponse({{"status", "ok"}, {"model_loaded", predictor.IsLoaded()}});
  };
  return route;
}

base::Result<Response> AnswerPredict(const Predictor& predictor, Request& request) {
  if (request.form.files.empty()) {
    return Fail(ErrorCode::kBadRequest,
                "the form has no part named `file`; send the recording under that key, as `curl -F "
                "file=@recording.wav` does");
  }
  auto& file = request.form.files.front();
  const auto bytes = file.content.Bytes();
  if (!bytes) return Fail(bytes);
  const auto prediction = predictor.Predict(*bytes, file.file_name);
  if (!prediction) return Fail(prediction);
  return JsonResponse(*prediction);
}

Route Predict(const ServerOptions& options, const Predictor& predictor) {
  Route route;
  route.method = "POST";
  route.pattern = "/predict";
  route.summary = "Analyse one recording";
  route.runs_on = RunsOn::kWorkPool;
  route.max_body_bytes =
      std::min(options.max_request_bytes, options.max_file_bytes + kFormOverheadBytes);
  route.form =
      FormSpec{.file_keys = {"file"}, .field_keys = {"patient_ref", "location"}, .max_files = 1};
  route.ready = [&predictor]() -> base::Result<void> {
    if (predictor.IsLoaded()) return {};
    return Fail(ErrorCode::kNoModel,
                "no model is loaded, so nothing can be predicted; start the server with a model "
                "(its log says why it has none)");
  };
  route.handler = [&predictor](Request& request) { return AnswerPredict(predictor, request); };
  return route;
}

}  // namespace

Router MakeApi(const ServerOptions& options, const Predictor& predictor, Host& /*host*/) {
  Router router;
  router.Add(Health(predictor));
  router.Add(Predict(options, predictor));
  return router;
}

}  // namespace heartbeat::server
