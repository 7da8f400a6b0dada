#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

#include "store/store.h"

namespace heartbeat::server {

struct RetentionOptions {
  double keep_days = 0;  // 0: for ever
  double keep_gib = 0;   // of recordings and database together; 0: without end
  std::chrono::milliseconds interval = std::chrono::hours(1);  // from one look to the next
  std::function<store::Time()> now = store::Now;
};

// Keeps a history as short and as small as it should be, from now until its own end, on a thread of
// its own: first recordings that a crash left without a prediction go, then, each `interval`, the
// oldest predictions. Each of those stands in the audit trail, deleted by "retention"; the log has
// counts alone. What fails is logged and tried again at the next look.
class Retention {
 public:
  // `history` must outlive this. Throws std::system_error where no thread can be started.
  Retention(store::Store& history, RetentionOptions options);
  // Ends soon, also in the middle of a look.
  ~Retention() = default;
  Retention(const Retention&) = delete;
  Retention& operator=(const Retention&) = delete;

 private:
  void Run(const std::stop_token& stop);
  void RemoveOrphans(const std::stop_token& stop);
  void Look(const std::stop_token& stop);

  store::Store& history_;
  const RetentionOptions options_;
  std::mutex mutex_;
  std::condition_variable_any asleep_;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace heartbeat::server
