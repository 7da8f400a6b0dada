#include "server/batch_routes.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "server/dispatch.h"
#include "server/hearing.h"
#include "server/json_response.h"
#include "server/problem.h"
#include "server/subject.h"

namespace heartbeat::server {
namespace {

using base::ErrorCode;
using base::Fail;

// So many files of a batch may wait to be kept at a time: enough to be written together, few enough
// that other requests find a place in the store's queue.
constexpr std::size_t kMaxBeingKept = 64;

class Batch final : public Pieces {
 public:
  Batch(ApiContextPtr context, Request& request, Subject subject)
      : context_(std::move(context)),
        request_(request),
        subject_(std::move(subject)),
        results_(request.form.files.size()) {}
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;
  // The store may still have files of a batch that nobody waits for any longer.
  ~Batch() override { AwaitKept(1); }

  [[nodiscard]] std::size_t count() const override { return results_.size(); }

  void Do(std::size_t index) override {
    AwaitKept(kMaxBeingKept);
    {
      const std::lock_guard lock(mutex_);
      ++being_kept_;
    }
    // Whatever happens with one file must not fail the others.
    try {
      Hear(*context_, subject_, request_.id, request_.form.files[index],
           [this, index](base::Result<Heard> heard) { Take(index, std::move(heard)); });
    } catch (const std::exception& failure) {
      Take(index, Fail(ErrorCode::kInternal,
                       std::string("an exception came of a file of a batch: ") + failure.what()));
    }
  }

  [[nodiscard]] base::Result<Response> Finish() override {
    AwaitKept(1);
    const auto count_of = [this](Outcome outcome) {
      return static_cast<std::size_t>(std::ranges::count(results_, outcome, &Result::outcome));
    };
    const auto normal = count_of(Outcome::kNormal);
    const auto abnormal = count_of(Outcome::kAbnormal);
    const auto heard = normal + abnormal;
    const nlohmann::json summary = {
        {"total_files", results_.size()},
        {"successful", heard},
        {"failed", results_.size() - heard},
        {"normal_count", normal},
        {"abnormal_count", abnormal},
        {"abnormal_rate",
         heard == 0 ? 0.0 : static_cast<double>(abnormal) / static_cast<double>(heard)}};
    const auto list = List();
    Response response;
    response.content_type = "application/json";
    response.body = R"({"results":)" + list + R"(,"predictions":)" + list + R"(,"total":)" +
                    std::to_string(results_.size()) + R"(,"batch_summary":)" + ToText(summary) +
                    "}";
    for (auto& result : results_) {
      if (!result.id.empty()) response.predictions.push_back(std::move(result.id));
    }
    return response;
  }

 private:
  enum class Outcome { kFailed, kNormal, kAbnormal };
  // Text, because that is all that is still needed of a file once it was heard, and the smallest.
  struct Result {
    Outcome outcome = Outcome::kFailed;
    std::string text;
    std::string id;  // of the prediction; "" where it failed
  };

  // What became of a file, once for each that was begun; also on the store's thread.
  void Take(std::size_t index, base::Result<Heard> heard) {
    auto& result = results_[index];
    if (heard) {
      result.outcome = heard->is_abnormal ? Outcome::kAbnormal : Outcome::kNormal;
      // What is kept is the prediction; that it is a success is said of its place in the batch.
      result.text = std::move(heard->text);
      result.id = std::move(heard->id);
      result.text.pop_back();
      result.text += R"(,"status":"success"})";
    } else {
      LogIfOurs(heard.error(), request_.id);
      result.text = ToText({{"file_name", request_.form.files[index].file_name},
                            {"status", "error"},
                            {"error", ProblemDetail(heard.error(), request_.id)},
                            {"type", ProblemType(heard.error().code)}});
    }
    const std::lock_guard lock(mutex_);
    --being_kept_;
    changed_.notify_all();
  }

  // Waits until fewer than `limit` files are with the store. That has a thread of its own.
  void AwaitKept(std::size_t limit) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return being_kept_ < limit; });
  }

  [[nodiscard]] std::string List() const {
    std::string list = "[";
    for (const auto& result : results_) {
      if (list.size() > 1) list += ',';
      list += result.text;
    }
    return list + "]";
  }

  const ApiContextPtr context_;
  Request& request_;
  const Subject subject_;
  std::vector<Result> results_;  // in the order in which the files were sent
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t being_kept_ = 0;
};

// What a browser sends where no file was chosen.
bool IsNothing(const FormFile& file) {
  return file.file_name.empty() && file.content.size() == 0 && !file.error;
}

base::Result<std::unique_ptr<Pieces>> Begin(const ApiContextPtr& context, Request& request) {
  std::erase_if(request.form.files, IsNothing);
  if (request.form.files.empty()) {
    return Fail(ErrorCode::kBadRequest,
                "the form has no part named `files`; send each recording under that key, as `curl "
                "-F files=@a.wav -F files=@b.wav` does");
  }
  auto subject = Subject::Parse(request.form.fields);
  if (!subject) return Fail(subject);
  return std::make_unique<Batch>(context, request, *std::move(subject));
}

}  // namespace

void AddBatchRoutes(Router& router, const ApiContextPtr& context) {
  Route route;
  route.method = "POST";
  route.pattern = "/batch-predict";
  route.operation = "batchPredict";
  route.summary = "Hear several recordings";
  route.scope = Scope::kPredict;
  route.is_audited = true;
  route.runs_on = RunsOn::kWorkPool;
  route.max_body_bytes = context->options.max_request_bytes;
  route.form = FormSpec{.file_keys = {"files", "file"},
                        .field_keys = {"patient_ref", "location"},
                        .max_files = context->options.max_parts,
                        .keep_going = true};
  route.ready = [context] { return NeedModel(*context); };
  route.make_pieces = [context](Request& request) { return Begin(context, request); };
  router.Add(std::move(route));
}

}  // namespace heartbeat::server
