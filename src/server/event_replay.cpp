#include "server/event_replay.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <ranges>

#include "server/history_record.h"
#include "server/json_response.h"

namespace heartbeat::server {
namespace {

using base::ErrorCode;
using base::Fail;
using Predictions = std::vector<store::Prediction>;

constexpr std::chrono::seconds kOverlap{5};
static_assert(EventHub::kMaxRecent <= std::size_t{store::PageRequest::kMaxLimit});

base::Result<Predictions> ById(const store::Store& history, const std::vector<std::string>& ids) {
  Predictions found;
  for (const auto& id : ids) {
    auto prediction = history.Get(id);
    if (prediction) {
      found.push_back(*std::move(prediction));
    } else if (prediction.error().code != ErrorCode::kNotFound) {
      return Fail(prediction);
    }
  }
  return found;
}

base::Result<Predictions> ByTime(const store::Store& history, std::string_view last_id) {
  const auto last = history.Get(last_id);
  if (!last && last.error().code == ErrorCode::kNotFound) return Predictions();
  if (!last) return Fail(last);
  store::Filter filter;
  filter.from = last->time - kOverlap;
  auto page = history.List(
      filter,
      {.cursor = {}, .limit = static_cast<int>(EventHub::kMaxRecent), .with_answers = false});
  if (!page) return Fail(page);
  std::erase_if(page->predictions,
                [&](const auto& prediction) { return prediction.id == last_id; });
  std::ranges::reverse(page->predictions);
  return std::move(page->predictions);
}

}  // namespace

base::Result<std::vector<EventListener::Earlier>> MissedPredictions(
    const store::Store& history, std::string_view last_id,
    const std::optional<std::vector<std::string>>& missed) {
  const auto predictions = missed ? ById(history, *missed) : ByTime(history, last_id);
  if (!predictions) return Fail(predictions);
  std::vector<EventListener::Earlier> events;
  for (const auto& prediction : *predictions) {
    events.push_back({"prediction", prediction.id, ToText(EntryJson(prediction))});
  }
  return events;
}

}  // namespace heartbeat::server
