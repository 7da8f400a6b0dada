#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "server/event_hub.h"

namespace heartbeat::server {

// Tells those who listen how busy the server is, once in each period, and keeps their connections
// alive. While nobody listens it sleeps. Thread-safe.
class EventTicker {
 public:
  static constexpr int kKeepAlivePeriods = 15;

  // `load`: the data of an event `load`; called on the ticker's thread.
  EventTicker(std::shared_ptr<EventHub> hub, std::function<std::string()> load,
              std::chrono::milliseconds period = std::chrono::seconds(1));
  EventTicker(const EventTicker&) = delete;
  EventTicker& operator=(const EventTicker&) = delete;
  ~EventTicker() { Stop(); }

  // Has a thread begin, where none has. Throws std::system_error where none can be had.
  void Start();
  // From its return on, `load` is not called again; Start does nothing then.
  void Stop();

 private:
  void Run(const std::stop_token& stop);

  const std::shared_ptr<EventHub> hub_;
  const std::function<std::string()> load_;
  const std::chrono::milliseconds period_;
  std::mutex mutex_;
  bool is_stopped_ = false;
  std::jthread thread_;
};

}  // namespace heartbeat::server
