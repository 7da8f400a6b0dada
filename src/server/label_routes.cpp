#include "server/label_routes.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "server/header_value.h"
#include "server/history.h"
#include "server/history_record.h"
#include "server/json_response.h"

namespace heartbeat::server {
namespace {

using base::ErrorCode;
using base::Fail;
using nlohmann::json;

constexpr std::array<std::string_view, 3> kMembers = {"label", "comment", "by"};
constexpr std::size_t kMaxNameBytes = 200;
constexpr std::size_t kMaxCommentBytes = 8000;

std::unexpected<base::Error> Refuse(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message));
}

bool IsJson(const Request& request) {
  const auto* type = request.headers.Find("Content-Type");
  const auto parsed = type == nullptr ? std::nullopt : ParseHeaderValue(*type);
  return parsed && parsed->value == "application/json";
}

bool HasOnlyKnownTexts(const json& body) {
  if (!body.is_object()) return false;
  for (const auto& [key, value] : body.items()) {
    if (std::ranges::find(kMembers, key) == kMembers.end() || !value.is_string()) return false;
  }
  return true;
}

// `key` of an object whose members are all texts.
base::Result<std::string> TextOf(const json& body, const char* key, std::size_t max_bytes) {
  const auto found = body.find(key);
  if (found == body.end()) return std::string();
  auto text = found->get<std::string>();
  if (text.size() > max_bytes || text.find('\0') != std::string::npos) {
    return Refuse("`" + std::string(key) + "` must be at most " + std::to_string(max_bytes) +
                  " bytes of text");
  }
  return text;
}

// `caller`: the name of the key, which says so where `by` does not; "" where there is none.
base::Result<store::Label> ParseLabel(const std::string& text, const std::string& caller) {
  const auto body = json::parse(text, nullptr, false);
  if (!HasOnlyKnownTexts(body)) {
    return Fail(ErrorCode::kBadRequest,
                "the body must be a JSON object with the texts `label`, `by` and, if there is one, "
                "`comment`, such as {\"label\":\"normal\",\"by\":\"Dr. A\"}");
  }
  const auto value = store::ParseLabelValue(body.value("label", ""));
  if (!value) return Refuse("`label` must be `normal`, `abnormal` or `unsure`");
  auto by = TextOf(body, "by", kMaxNameBytes);
  if (!by) return Fail(by);
  if (Trim(*by).empty()) *by = caller;
  if (Trim(*by).empty()) return Refuse("`by` must name who says so");
  auto comment = TextOf(body, "comment", kMaxCommentBytes);
  if (!comment) return Fail(comment);
  store::Label label;
  label.value = *value;
  label.who = Trim(*by);
  label.comment = *std::move(comment);
  label.time = store::Now();
  return label;
}

base::Result<Response> Answer(const ApiContext& context, const Request& request) {
  const auto history = HistoryOf(context);
  if (!history) return Fail(history);
  // Asking for the type keeps pages of other origins from sending labels in a clinician's name:
  // browsers ask first whether they may, and this server does not let them.
  if (!IsJson(request)) {
    return Fail(ErrorCode::kUnsupportedFormat,
                "the body must be JSON; send the header Content-Type: application/json with it");
  }
  auto label = ParseLabel(request.body, request.caller.name);
  if (!label) return Fail(label);
  label->prediction_id = request.parameters.at("id");
  const auto added = (*history)->AddLabel(*label);
  if (!added) return std::unexpected(NotKept(added.error(), request.id));
  context.events->Publish(
      "label", "",
      ToText({{"prediction_id", label->prediction_id}, {"label", store::Name(label->value)}}));
  return JsonResponse(LabelJson(*label));
}

}  // namespace

void AddLabelRoutes(Router& router, const ApiContextPtr& context) {
  Route route;
  route.method = "PUT";
  route.pattern = "/predictions/{id}/label";
  route.operation = "labelPrediction";
  route.summary = "Confirm or correct a prediction";
  route.scope = Scope::kLabel;
  route.is_audited = true;
  route.runs_on = RunsOn::kWorkPool;
  route.keeps_body = true;
  route.handler = [context](Request& request) { return Answer(*context, request); };
  router.Add(std::move(route));
}

}  // namespace heartbeat::server
