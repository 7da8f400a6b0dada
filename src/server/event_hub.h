#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "server/live_source.h"

namespace heartbeat::server {

class EventListener;

// What happens in the server, told to everyone who listens at that moment (GET /events).
// Thread-safe; may go before its listeners.
class EventHub {
 public:
  // Events that wait for one listener. One that falls further behind is cut off: it may come back
  // and say what it saw last.
  static constexpr std::size_t kMaxWaiting = 1024;
  // Ids that are remembered, so that who comes back can be told what it missed.
  static constexpr std::size_t kMaxRecent = 1000;

  enum class Delivery {
    kEach,    // every event counts
    kLatest,  // a state: takes the place of one of its type that still waits
  };

  EventHub();
  EventHub(const EventHub&) = delete;
  EventHub& operator=(const EventHub&) = delete;
  // As Close.
  ~EventHub();

  // Tells all listeners; never waits for one, so that any thread may publish. `type`: such as
  // "prediction", "label", "deletion", "model", "training" or "load". `id`: that of a prediction
  // where this event is one, else "". `json`: the data. `type` and `id` hold no line end
  // (asserted).
  void Publish(std::string_view type, std::string_view id, std::string_view json,
               Delivery delivery = Delivery::kEach);
  // Tells all listeners nothing, so that whatever stands between sees a living connection.
  void KeepAlive();

  struct Subscription {
    std::shared_ptr<EventListener> listener;  // never null
    // The ids that were published after `last_id`, oldest first; nullopt where that is not among
    // the latest kMaxRecent. What is published from now on reaches the listener.
    std::optional<std::vector<std::string>> missed;
  };
  // `last_id` "": nothing was missed. After Close, the listener has come to its end already.
  [[nodiscard]] Subscription Listen(std::string_view last_id = {});

  [[nodiscard]] std::size_t listeners() const;
  // Waits until there is a listener. False: `stop` was requested, or Close was called, before that.
  [[nodiscard]] bool AwaitListener(const std::stop_token& stop) const;
  // Every listener comes to its end; what is published from then on is told to nobody.
  void Close();

  struct State;

 private:
  const std::shared_ptr<State> state_;
};

// One who listens: the events as text/event-stream, as they come. Thread-safe.
class EventListener final : public LiveSource {
 public:
  // What happened before; of a type and with an id as EventHub::Publish takes them.
  struct Earlier {
    std::string type;
    std::string id;
    std::string json;
  };

  explicit EventListener(std::shared_ptr<EventHub::State> state);
  EventListener(const EventListener&) = delete;
  EventListener& operator=(const EventListener&) = delete;
  ~EventListener() override;

  // Until Replay, events wait.
  void Hold();
  // `events` come before all that waits, and none of them comes again.
  void Replay(std::vector<Earlier> events);

  [[nodiscard]] std::optional<std::string> Take() override;
  void OnReady(std::function<void()> wake) override;

 private:
  friend class EventHub;
  struct Queue;
  const std::shared_ptr<EventHub::State> state_;
  const std::unique_ptr<Queue> queue_;  // guarded by the state's mutex
};

// One event of a text/event-stream (WHATWG HTML, 9.2.6), up to its empty line.
[[nodiscard]] std::string FormatEvent(std::string_view type, std::string_view id,
                                      std::string_view json);

}  // namespace heartbeat::server
