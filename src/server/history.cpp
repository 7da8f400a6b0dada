#include "server/history.h"

#include <string>

#include "base/log.h"

namespace heartbeat::server {

using base::ErrorCode;

base::Result<store::Store*> HistoryOf(const ApiContext& context) {
  if (context.history != nullptr) return context.history;
  return base::Fail(ErrorCode::kNotFound,
                    "this server keeps no history: it was started with --no-store; start it "
                    "without to find predictions here");
}

base::Error NotKept(const base::Error& error, std::string_view request_id) {
  if (error.code != ErrorCode::kIo) return error;
  base::LogError("request " + std::string(request_id) +
                 " is not kept, the history cannot be written: " + error.message);
  return {.code = ErrorCode::kStorageFailed,
          .message =
              "the server could not write this to its history, so nothing was kept: its "
              "disk is full, read-only or failing, or another program holds the database; "
              "make room in its data folder (its log says more), then try again. A server "
              "that is started with --no-store predicts without keeping anything"};
}

}  // namespace heartbeat::server
