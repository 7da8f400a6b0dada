#include "server/training_routes.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/dispatch.h"
#include "server/hearing.h"
#include "server/history.h"
#include "server/json_response.h"
#include "server/problem.h"
#include "server/query_string.h"
#include "server/retraining.h"
#include "server/training_data.h"

namespace heartbeat::server {
namespace {

using base::ErrorCode;
using base::Fail;
using nlohmann::json;

// The files of one upload, each kept or refused by itself.
class Upload final : public Pieces {
 public:
  Upload(ApiContextPtr context, Request& request, std::string training_class)
      : context_(std::move(context)),
        request_(request),
        training_class_(std::move(training_class)),
        results_(request.form.files.size()) {}

  [[nodiscard]] std::size_t count() const override { return results_.size(); }

  void Do(std::size_t index) override {
    auto& file = request_.form.files[index];
    auto kept = Keep(file);
    file.content.Unmap();
    auto& result = results_[index];
    result.json = {{"file_name", file.file_name}, {"status", kept ? "success" : "error"}};
    if (kept) {
      result.kept = true;
      result.was_there = kept->was_there;
      return;
    }
    const auto error = NotKept(kept.error(), request_.id);
    LogIfOurs(error, request_.id);
    result.json["error"] = ProblemDetail(error, request_.id);
    result.json["type"] = ProblemType(error.code);
  }

  [[nodiscard]] base::Result<Response> Finish() override {
    const auto kept = std::ranges::count(results_, true, &Result::kept);
    const auto there = std::ranges::count(results_, true, &Result::was_there);
    const auto refused = static_cast<std::ptrdiff_t>(results_.size()) - kept;
    std::string message = std::to_string(kept) + (kept == 1 ? " recording" : " recordings") +
                          " kept as " + training_class_;
    if (there > 0) message += ", of which " + std::to_string(there) + " had been there";
    if (refused > 0) message += "; " + std::to_string(refused) + " refused";
    json list = json::array();
    for (auto& result : results_) list.push_back(std::move(result.json));
    return JsonResponse({{"message", message}, {"count", kept}, {"results", std::move(list)}});
  }

 private:
  struct Result {
    bool kept = false;
    bool was_there = false;
    nlohmann::json json;
  };

  base::Result<KeptForTraining> Keep(FormFile& file) {
    if (file.error) return std::unexpected(*file.error);
    const auto bytes = file.content.Bytes();
    if (!bytes) return Fail(bytes);
    return KeepForTraining(context_->options.data_dir, training_class_, *bytes,
                           context_->options.max_file_bytes);
  }

  const ApiContextPtr context_;
  Request& request_;
  const std::string training_class_;
  std::vector<Result> results_;  // in the order in which the files were sent
};

// What a browser sends where no file was chosen.
bool IsNothing(const FormFile& file) {
  return file.file_name.empty() && file.content.size() == 0 && !file.error;
}

base::Result<std::unique_ptr<Pieces>> BeginUpload(const ApiContextPtr& context, Request& request) {
  if (const auto history = HistoryOf(*context); !history) return Fail(history);
  constexpr std::array<std::string_view, 1> kKnown = {"target_class"};
  const auto parameters = ParseQuery(request.query, kKnown);
  if (!parameters) return Fail(parameters);
  const auto training_class = parameters->find("target_class");
  if (training_class == parameters->end() || !IsTrainingClass(training_class->second)) {
    return Fail(ErrorCode::kInvalidArgument, "`target_class` must be `normal` or `abnormal`");
  }
  std::erase_if(request.form.files, IsNothing);
  if (request.form.files.empty()) {
    return Fail(ErrorCode::kBadRequest,
                "the form has no part named `files`; send each recording under that key, as `curl "
                "-F files=@a.wav -F files=@b.wav` does");
  }
  return std::make_unique<Upload>(context, request, training_class->second);
}

base::Result<Response> Start(const ApiContext& context, const Request& request) {
  if (const auto history = HistoryOf(context); !history) return Fail(history);
  const auto outcome = context.retraining->Start();
  if (!outcome) return std::unexpected(NotKept(outcome.error(), request.id));
  if (outcome->refusal)
    return RouteRefusalResponse(*outcome->refusal, outcome->message, request.id);
  return JsonResponse({{"message", outcome->message}, {"status", "started"}});
}

base::Result<Response> Stop(const ApiContext& context, const Request& request) {
  if (const auto history = HistoryOf(context); !history) return Fail(history);
  const auto outcome = context.retraining->Stop();
  if (outcome.refusal) return RouteRefusalResponse(*outcome.refusal, outcome.message, request.id);
  return JsonResponse({{"message", outcome.message}, {"status", "stopping"}});
}

base::Result<Response> AnswerStatus(const ApiContext& context) {
  if (const auto history = HistoryOf(context); !history) return Fail(history);
  return JsonResponse(context.retraining->Status());
}

}  // namespace

void AddTrainingRoutes(Router& router, const ApiContextPtr& context) {
  Route upload;
  upload.method = "POST";
  upload.pattern = "/upload-training-data";
  upload.operation = "uploadTrainingData";
  upload.summary = "Keep recordings of a class to train on";
  upload.scope = Scope::kLabel;
  upload.is_audited = true;
  upload.runs_on = RunsOn::kWorkPool;
  upload.max_body_bytes = context->options.max_request_bytes;
  upload.form = FormSpec{.file_keys = {"files", "file"},
                         .field_keys = {},
                         .max_files = context->options.max_parts,
                         .keep_going = true};
  upload.make_pieces = [context](Request& request) { return BeginUpload(context, request); };
  router.Add(std::move(upload));

  Route retrain;
  retrain.method = "POST";
  retrain.pattern = "/retrain";
  retrain.operation = "startRetraining";
  retrain.summary = "Fine-tune the model on the labelled recordings, and compare";
  retrain.scope = Scope::kAdmin;
  retrain.runs_on = RunsOn::kWorkPool;
  retrain.ready = [context] { return NeedModel(*context); };
  Route stop = retrain;
  retrain.handler = [context](Request& request) { return Start(*context, request); };
  router.Add(std::move(retrain));

  stop.pattern = "/retrain/stop";
  stop.operation = "stopRetraining";
  stop.summary = "End the training that runs";
  stop.ready = {};
  stop.handler = [context](Request& request) { return Stop(*context, request); };
  router.Add(std::move(stop));

  Route status;
  status.method = "GET";
  status.pattern = "/training-status";
  status.operation = "getTrainingStatus";
  status.summary = "How the training that runs, or the last one, stands";
  status.scope = Scope::kRead;
  status.runs_on = RunsOn::kWorkPool;
  status.handler = [context](Request&) { return AnswerStatus(*context); };
  router.Add(std::move(status));
}

}  // namespace heartbeat::server
