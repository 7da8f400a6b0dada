#include "server/event_routes.h"

#include <algorithm>
#include <array>
#include <exception>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "server/event_replay.h"
#include "server/event_ticker.h"
#include "server/header_value.h"
#include "server/json_response.h"
#include "server/load_event.h"
#include "server/problem.h"
#include "server/query_string.h"

namespace heartbeat::server {
namespace {

using base::Fail;

constexpr std::string_view kRetry = "retry: 2000\n\n";
constexpr std::string_view kLastId = "last_event_id";
// Listeners stay for hours: an eighth of the connections is left to those who only ask.
constexpr std::size_t kShares = 8;

std::size_t MaxListeners(std::size_t max_connections) {
  return std::max<std::size_t>(1, max_connections - max_connections / kShares);
}

// What the client saw last; "" where it does not say. The header is the newer of the two: a browser
// sends it when it comes back by itself, to the address with which it came first.
base::Result<std::string> LastIdOf(const Request& request) {
  constexpr std::array<std::string_view, 1> kKnown = {kLastId};
  const auto parameters = ParseQuery(request.query, kKnown);
  if (!parameters) return Fail(parameters);
  if (const auto* header = request.headers.Find("Last-Event-ID")) return std::string(Trim(*header));
  const auto found = parameters->find(kLastId);
  return found == parameters->end() ? std::string() : found->second;
}

// Runs on the pool. Whatever happens, what waits for the listener must go on.
void Replay(const store::Store& history, EventListener& listener, const std::string& last_id,
            const std::optional<std::vector<std::string>>& missed) {
  std::vector<EventListener::Earlier> events;
  try {
    if (auto found = MissedPredictions(history, last_id, missed)) {
      events = *std::move(found);
    } else {
      base::LogError("a listener was not told what it missed: " + found.error().message);
    }
  } catch (const std::exception& failure) {
    base::LogError(std::string("a listener was not told what it missed: ") + failure.what());
  }
  listener.Replay(std::move(events));
}

base::Result<Response> Answer(const ApiContextPtr& context, EventTicker& ticker,
                              const Request& request) {
  auto last_id = LastIdOf(request);
  if (!last_id) return Fail(last_id);
  auto& hub = *context->events;
  if (hub.listeners() >= MaxListeners(context->options.max_connections)) {
    return OverloadResponse("as many listen to this server's events as may; try again later",
                            request.id);
  }
  Response response;
  response.content_type = "text/event-stream";
  response.headers.Add("X-Accel-Buffering", "no");  // nginx would keep events until it has many
  constexpr std::size_t kItself = 1;
  response.body =
      std::string(kRetry) + FormatEvent("load", "", ToText(LoadJson(*context, kItself)));
  auto [listener, missed] = hub.Listen(*last_id);
  ticker.Start();
  const bool has_missed = !missed || !missed->empty();
  if (context->history != nullptr && has_missed) {
    listener->Hold();
    context->host->pool().Requeue(
        [context, listener, last_id = *std::move(last_id), missed = std::move(missed)] {
          Replay(*context->history, *listener, last_id, missed);
        });
  }
  response.live = std::move(listener);
  return response;
}

}  // namespace

void AddEventRoutes(Router& router, const ApiContextPtr& context) {
  // The route keeps both, and the ticker stops before the host goes.
  const auto ticker = std::make_shared<EventTicker>(
      context->events, [context = context.get()] { return ToText(LoadJson(*context)); });
  if (context->host != nullptr) {
    context->host->OnStop([ticker, events = context->events] {
      ticker->Stop();
      events->Close();
    });
  }
  Route route;
  route.method = "GET";
  route.pattern = "/events";
  route.operation = "getEvents";
  route.summary = "What happens, as it happens";
  route.scope = Scope::kRead;
  route.is_audited = true;
  route.handler = [context, ticker](Request& request) { return Answer(context, *ticker, request); };
  router.Add(std::move(route));
}

}  // namespace heartbeat::server
