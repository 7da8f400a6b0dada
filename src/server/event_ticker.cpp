#include "server/event_ticker.h"

#include <condition_variable>
#include <exception>
#include <utility>

#include "base/log.h"

namespace heartbeat::server {

EventTicker::EventTicker(std::shared_ptr<EventHub> hub, std::function<std::string()> load,
                         std::chrono::milliseconds period)
    : hub_(std::move(hub)), load_(std::move(load)), period_(period) {}

void EventTicker::Start() {
  const std::lock_guard lock(mutex_);
  if (is_stopped_ || thread_.joinable()) return;
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void EventTicker::Stop() {
  const std::lock_guard lock(mutex_);
  is_stopped_ = true;
  thread_ = {};
}

void EventTicker::Run(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  int periods = 0;
  while (hub_->AwaitListener(stop)) {
    {
      std::unique_lock lock(mutex);
      never.wait_for(lock, stop, period_, [] { return false; });
    }
    if (stop.stop_requested()) return;
    try {
      hub_->Publish("load", "", load_(), EventHub::Delivery::kLatest);
      if (++periods % kKeepAlivePeriods == 0) hub_->KeepAlive();
    } catch (const std::exception& failure) {
      base::LogError(std::string("listeners were not told of the load: ") + failure.what());
    }
  }
}

}  // namespace heartbeat::server
