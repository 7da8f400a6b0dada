#include "server/history_routes.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "server/history.h"
#include "server/history_csv.h"
#include "server/history_query.h"
#include "server/history_record.h"
#include "server/json_response.h"
#include "server/query_string.h"

namespace heartbeat::server {
namespace {

using base::Fail;
using nlohmann::json;

constexpr int kCsvPage = 200;  // predictions that an export holds at a time
constexpr int kLatest = 100;   // of /visualizations/prediction-history
constexpr int kNoContent = 204;
// Who stands in the audit trail for a deletion where the client names nobody and sends no key.
constexpr std::string_view kSomebody = "unnamed";

json Entries(const std::vector<store::Prediction>& predictions) {
  json entries = json::array();
  for (const auto& prediction : predictions) entries.push_back(EntryJson(prediction));
  return entries;
}

base::Result<Response> AnswerList(store::Store& history, const Request& request) {
  const auto query = ParseHistoryQuery(request.query, Paging::kAllowed);
  if (!query) return Fail(query);
  const auto page = history.List(query->filter, query->page);
  if (!page) return Fail(page);
  json answer = {{"predictions", Entries(page->predictions)}, {"next_cursor", nullptr}};
  if (!page->next_cursor.empty()) answer["next_cursor"] = page->next_cursor;
  return JsonResponse(answer);
}

base::Result<Response> AnswerLatest(store::Store& history) {
  auto page = history.List({}, {.cursor = {}, .limit = kLatest, .with_answers = false});
  if (!page) return Fail(page);
  std::ranges::reverse(page->predictions);
  return JsonResponse({{"history", Entries(page->predictions)}});
}

base::Result<Response> AnswerOne(store::Store& history, const Request& request) {
  const auto& id = request.parameters.at("id");
  const auto prediction = history.Get(id);
  if (!prediction) return Fail(prediction);
  const auto labels = history.Labels(id);
  if (!labels) return Fail(labels);
  const auto answer = KeptPredictionJson(*prediction, *labels);
  if (!answer) return Fail(answer);
  return JsonResponse(*answer);
}

base::Result<Response> AnswerCsv(store::Store& history, const Request& request) {
  const auto query = ParseHistoryQuery(request.query, Paging::kNone);
  if (!query) return Fail(query);
  auto rows =
      std::make_shared<HistoryCsv>([&history, filter = query->filter](const std::string& cursor) {
        return history.List(filter, {.cursor = cursor, .limit = kCsvPage, .with_answers = false});
      });
  // The first rows at once: a failure that comes before any is still answered as one.
  auto first = rows->Next();
  if (!first) return Fail(first);
  Response response;
  response.content_type = "text/csv; charset=utf-8";
  response.headers.Add("Content-Disposition", "attachment; filename=\"predictions.csv\"");
  response.body = HistoryCsvHead() + *first;
  if (!rows->done()) response.rest = std::move(rows);
  return response;
}

base::Result<Response> Delete(const ApiContext& context, store::Store& history,
                              const Request& request) {
  constexpr std::array<std::string_view, 1> kKnown = {"by"};
  const auto parameters = ParseQuery(request.query, kKnown);
  if (!parameters) return Fail(parameters);
  const auto by = parameters->find("by");
  const auto& id = request.parameters.at("id");
  const std::string who = by != parameters->end()       ? by->second
                          : request.caller.name.empty() ? std::string(kSomebody)
                                                        : request.caller.name;
  const auto deleted = history.Delete(id, who);
  if (!deleted) return std::unexpected(NotKept(deleted.error(), request.id));
  context.events->Publish("deletion", "", ToText({{"prediction_id", id}}));
  Response response;
  response.status = kNoContent;
  return response;
}

}  // namespace

void AddHistoryRoutes(Router& router, const ApiContextPtr& context) {
  const auto add = [&](std::string method, std::string pattern, std::string operation,
                       std::string summary, Scope scope, auto answer) {
    Route route;
    route.method = std::move(method);
    route.pattern = std::move(pattern);
    route.operation = std::move(operation);
    route.summary = std::move(summary);
    route.scope = scope;
    route.is_audited = true;
    route.runs_on = RunsOn::kWorkPool;
    route.handler = [context, answer](Request& request) -> base::Result<Response> {
      const auto history = HistoryOf(*context);
      if (!history) return Fail(history);
      return answer(**history, request);
    };
    router.Add(std::move(route));
  };
  add("GET", "/predictions", "listPredictions", "The history, newest first, page by page",
      Scope::kRead, AnswerList);
  add("GET", "/predictions.csv", "exportPredictions", "The history as a table", Scope::kRead,
      AnswerCsv);
  add("GET", "/predictions/{id}", "getPrediction",
      "A prediction as it was answered, with its labels", Scope::kRead, AnswerOne);
  add("DELETE", "/predictions/{id}", "deletePrediction",
      "Take a prediction and its recording out of the history", Scope::kAdmin,
      [context = context.get()](store::Store& history, const Request& request) {
        return Delete(*context, history, request);
      });
  add("GET", "/visualizations/prediction-history", "getPredictionHistory",
      "The latest 100 predictions, oldest first", Scope::kRead,
      [](store::Store& history, const Request&) { return AnswerLatest(history); });
}

}  // namespace heartbeat::server
