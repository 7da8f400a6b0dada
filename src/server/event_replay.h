#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/event_hub.h"
#include "store/store.h"

namespace heartbeat::server {

// The predictions that somebody missed who saw the event `last_id` last, oldest first, as they are
// in the history now; at most the latest EventHub::kMaxRecent. What was deleted is not among them.
// `missed`: as EventHub::Listen tells. Where that knows nothing, because the server was started
// anew or it is too long ago, the times of the history decide: those of the seconds before
// `last_id` come again, because a prediction that was heard earlier may have been kept later. None
// for a `last_id` that the history has not. Errors: those of the store.
[[nodiscard]] base::Result<std::vector<EventListener::Earlier>> MissedPredictions(
    const store::Store& history, std::string_view last_id,
    const std::optional<std::vector<std::string>>& missed);

}  // namespace heartbeat::server
