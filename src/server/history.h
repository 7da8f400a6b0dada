#pragma once

#include <string_view>

#include "base/result.h"
#include "server/api_context.h"
#include "store/store.h"

namespace heartbeat::server {

// Where predictions are kept; never null. Errors: kNotFound where the server keeps nothing.
[[nodiscard]] base::Result<store::Store*> HistoryOf(const ApiContext& context);

// For a change that the store failed to write: what the client reads of it. A disk that is full,
// read-only or failing is kStorageFailed, with what to do; what the store says of it goes to the
// log alone. Other errors are as they were.
[[nodiscard]] base::Error NotKept(const base::Error& error, std::string_view request_id);

}  // namespace heartbeat::server
