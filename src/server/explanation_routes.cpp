#include "server/explanation_routes.h"

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>

#include "base/digest.h"
#include "server/etag.h"
#include "server/hearing.h"
#include "server/history.h"
#include "server/json_response.h"

namespace heartbeat::server {
namespace {

using base::ErrorCode;
using base::Fail;

constexpr int kNotModified = 304;

// Of the recording and the model alone; what is computed differently has another one.
std::string EtagOfExplanation(const store::Prediction& prediction) {
  const auto named = prediction.sha256 + " " + prediction.model.sha256 + " explained 1";
  return EtagOf(base::Sha256Hex(std::as_bytes(std::span(named))));
}

base::Result<nlohmann::json> Explain(const ApiContext& context, const store::Store& history,
                                     const store::Prediction& prediction) {
  const auto file = history.ReadRecording(prediction.sha256);
  if (!file) return Fail(file);
  auto explanation = context.predictor->Explain(file->bytes, prediction.model.sha256);
  if (explanation) return explanation;
  const auto& error = explanation.error();
  if (error.code == ErrorCode::kNotFound || error.code == ErrorCode::kNoModel) {
    return Fail(explanation);
  }
  // It was heard when it came, so that it is no mistake of the client's.
  return Fail(ErrorCode::kInternal,
              "a recording of the history cannot be explained any longer (`heartbeat history "
              "verify` tells what is damaged): " +
                  error.message);
}

base::Result<Response> Answer(const ApiContext& context, const Request& request) {
  const auto history = HistoryOf(context);
  if (!history) return Fail(history);
  const auto prediction = (*history)->Get(request.parameters.at("id"));
  if (!prediction) return Fail(prediction);
  const auto etag = EtagOfExplanation(*prediction);
  Response response;
  const auto* known = request.headers.Find("If-None-Match");
  if (known != nullptr && ListsEtag(*known, etag)) {
    response.status = kNotModified;
  } else {
    const auto explanation = Explain(context, **history, *prediction);
    if (!explanation) return Fail(explanation);
    response = JsonResponse(*explanation);
  }
  response.headers.Add("ETag", etag);
  return response;
}

}  // namespace

void AddExplanationRoutes(Router& router, const ApiContextPtr& context) {
  Route route;
  route.method = "GET";
  route.pattern = "/predictions/{id}/explanation";
  route.operation = "getExplanation";
  route.summary = "What in the recording of a prediction moved the model";
  route.scope = Scope::kRead;
  route.is_audited = true;
  route.runs_on = RunsOn::kWorkPool;
  route.ready = [context] { return NeedModel(*context); };
  route.handler = [context](Request& request) { return Answer(*context, request); };
  router.Add(std::move(route));
}

}  // namespace heartbeat::server
