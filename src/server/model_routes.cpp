#include "server/model_routes.h"

#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "base/file.h"
#include "server/hearing.h"
#include "server/json_response.h"
#include "server/model_card.h"
#include "server/training_data.h"

namespace heartbeat::server {
namespace {

using base::ErrorCode;
using base::Fail;
using nlohmann::json;

constexpr std::uintmax_t kMaxFileBytes = std::uintmax_t{8} << 20;
constexpr std::array kEpochMembers = {
    "epoch", "loss", "holdout_loss", "holdout_auroc", "holdout_macc", "learning_rate", "seconds"};

// The JSON in a file beside the model that is loaded. Errors: kNoModel, kNotFound.
base::Result<json> ReadBeside(const ApiContext& context, const char* name) {
  const auto card = context.predictor->Card();
  if (card == nullptr) return Fail(ErrorCode::kNoModel, "nothing is known of the model");
  const auto text = base::ReadTextFile(card->file.parent_path() / name, kMaxFileBytes);
  auto read = text ? json::parse(*text, nullptr, false) : json(json::value_t::discarded);
  if (!card->file.empty() && !read.is_discarded()) return read;
  return Fail(ErrorCode::kNotFound,
              "there is no " + std::string(name) + " beside the model that can be read");
}

base::Result<Response> AnswerEvaluation(const ApiContext& context) {
  const auto card = context.predictor->Card();
  if (card == nullptr) return Fail(ErrorCode::kNoModel, "nothing is known of the model");
  // What was measured of another model says nothing of this one.
  if (!card->figures) return Fail(ErrorCode::kNotFound, card->figures.error().message);
  auto evaluation = ReadBeside(context, "metrics.json");
  if (!evaluation) return Fail(evaluation);
  // Folders of whoever evaluated: their names are enough.
  if (const auto data = evaluation->find("data"); data != evaluation->end() && data->is_array()) {
    for (auto& folder : *data) {
      if (!folder.is_string()) continue;
      const std::filesystem::path path = folder.get<std::string>();
      folder = (path.has_filename() ? path : path.parent_path()).filename().string();
    }
  }
  return JsonResponse(*evaluation);
}

base::Result<Response> AnswerTrainingHistory(const ApiContext& context) {
  const auto history = ReadBeside(context, "history.json");
  if (!history) return Fail(history);
  json epochs = json::array();
  for (const auto& record : history->is_array() ? *history : json::array()) {
    json& epoch = epochs.emplace_back(json::object());
    for (const char* member : kEpochMembers) {
      epoch[member] = record.is_object() ? record.value(member, json(nullptr)) : json(nullptr);
    }
  }
  return JsonResponse({{"epochs", std::move(epochs)}});
}

}  // namespace

void AddModelRoutes(Router& router, const ApiContextPtr& context) {
  Route model;
  model.method = "GET";
  model.pattern = "/model";
  model.operation = "getModel";
  model.summary = "The card of the model: identity, front end, threshold and measured figures";
  model.scope = Scope::kRead;
  model.ready = [context] { return NeedModel(*context); };
  model.handler = [context](Request&) -> base::Result<Response> {
    const auto card = context->predictor->Card();
    if (card == nullptr) {
      return base::Fail(base::ErrorCode::kNoModel, "nothing is known of the model");
    }
    return JsonResponse(ToJson(*card));
  };
  router.Add(std::move(model));

  Route evaluation;
  evaluation.method = "GET";
  evaluation.pattern = "/model/evaluation";
  evaluation.operation = "getModelEvaluation";
  evaluation.summary = "All that was measured of the model";
  evaluation.scope = Scope::kRead;
  evaluation.runs_on = RunsOn::kWorkPool;
  evaluation.ready = [context] { return NeedModel(*context); };
  evaluation.handler = [context](Request&) { return AnswerEvaluation(*context); };
  router.Add(std::move(evaluation));

  Route training;
  training.method = "GET";
  training.pattern = "/model/training-history";
  training.operation = "getTrainingHistory";
  training.summary = "How the model was trained, epoch by epoch";
  training.scope = Scope::kRead;
  training.runs_on = RunsOn::kWorkPool;
  training.ready = [context] { return NeedModel(*context); };
  training.handler = [context](Request&) { return AnswerTrainingHistory(*context); };
  router.Add(std::move(training));

  Route distribution;
  distribution.method = "GET";
  distribution.pattern = "/visualizations/class-distribution";
  distribution.operation = "getClassDistribution";
  distribution.summary = "How many labelled training recordings there are of each class";
  distribution.scope = Scope::kRead;
  distribution.runs_on = RunsOn::kWorkPool;
  distribution.handler = [context](Request&) -> base::Result<Response> {
    const auto counts = CountTrainingData(context->options.data_dir);
    return JsonResponse(
        {{"distribution", {{"normal", counts.normal}, {"abnormal", counts.abnormal}}}});
  };
  router.Add(std::move(distribution));
}

}  // namespace heartbeat::server
