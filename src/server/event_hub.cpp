#include "server/event_hub.h"

#include <algorithm>
#include <cassert>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <utility>

namespace heartbeat::server {
namespace {

constexpr std::size_t kTakeBytes = std::size_t{64} << 10;  // a slow client makes progress by these
constexpr std::string_view kComment = ":\n\n";

[[maybe_unused]] bool IsOneLine(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

struct Event {
  std::string type;
  std::string id;
  std::string text;  // as it is sent
  EventHub::Delivery delivery = EventHub::Delivery::kEach;
};
// All listeners wait for the same text.
using EventPtr = std::shared_ptr<const Event>;

}  // namespace

struct EventListener::Queue {
  std::deque<EventPtr> waiting;
  std::deque<std::string> earlier;  // texts that go first
  std::set<std::string> replayed;   // ids among them
  std::function<void()> wake;
  bool is_held = false;
  bool is_asleep = false;  // the last Take gave nothing
  bool has_ended = false;

  void WakeUp() {
    if (std::exchange(is_asleep, false) && wake) wake();
  }

  void End() {
    has_ended = true;
    // Without what is still to come before it, it would tell where to go on from, and that would be
    // missed for ever.
    if (is_held) waiting.clear();
    is_asleep = true;
    WakeUp();
  }

  void Push(const EventPtr& event) {
    if (has_ended || (!event->id.empty() && replayed.erase(event->id) > 0)) return;
    if (event->delivery == EventHub::Delivery::kLatest) {
      std::erase_if(waiting, [&](const EventPtr& other) {
        return other->delivery == event->delivery && other->type == event->type;
      });
    }
    waiting.push_back(event);
    if (waiting.size() > EventHub::kMaxWaiting) {
      waiting.clear();
      earlier.clear();
      End();
    } else if (!is_held) {
      WakeUp();
    }
  }
};

struct EventHub::State {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::vector<EventListener*> listeners;
  std::deque<std::string> recent;  // ids, oldest first
  bool is_closed = false;

  void Tell(const EventPtr& event) {
    const std::lock_guard lock(mutex);
    if (is_closed) return;
    if (!event->id.empty()) {
      recent.push_back(event->id);
      if (recent.size() > kMaxRecent) recent.pop_front();
    }
    for (auto* listener : listeners) listener->queue_->Push(event);
  }
};

EventHub::EventHub() : state_(std::make_shared<State>()) {}
EventHub::~EventHub() { Close(); }

void EventHub::Publish(std::string_view type, std::string_view id, std::string_view json,
                       Delivery delivery) {
  state_->Tell(std::make_shared<const Event>(Event{.type = std::string(type),
                                                   .id = std::string(id),
                                                   .text = FormatEvent(type, id, json),
                                                   .delivery = delivery}));
}

void EventHub::KeepAlive() {
  state_->Tell(std::make_shared<const Event>(
      Event{.type = {}, .id = {}, .text = std::string(kComment), .delivery = Delivery::kLatest}));
}

EventHub::Subscription EventHub::Listen(std::string_view last_id) {
  Subscription subscription{.listener = std::make_shared<EventListener>(state_),
                            .missed = std::nullopt};
  const std::lock_guard lock(state_->mutex);
  subscription.listener->queue_->has_ended = state_->is_closed;
  state_->listeners.push_back(subscription.listener.get());
  state_->changed.notify_all();
  // The latest of that id: clients can publish none, but nothing says that ids come once.
  const auto found = std::find(state_->recent.rbegin(), state_->recent.rend(), last_id);
  if (last_id.empty()) {
    subscription.missed.emplace();
  } else if (found != state_->recent.rend()) {
    subscription.missed.emplace(found.base(), state_->recent.end());
  }
  return subscription;
}

std::size_t EventHub::listeners() const {
  const std::lock_guard lock(state_->mutex);
  return state_->listeners.size();
}

bool EventHub::AwaitListener(const std::stop_token& stop) const {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, stop, [&] { return state_->is_closed || !state_->listeners.empty(); });
  return !stop.stop_requested() && !state_->is_closed;
}

void EventHub::Close() {
  const std::lock_guard lock(state_->mutex);
  state_->is_closed = true;
  for (auto* listener : state_->listeners) listener->queue_->End();
  state_->changed.notify_all();
}

EventListener::EventListener(std::shared_ptr<EventHub::State> state)
    : state_(std::move(state)), queue_(std::make_unique<Queue>()) {}

EventListener::~EventListener() {
  const std::lock_guard lock(state_->mutex);
  std::erase(state_->listeners, this);
}

void EventListener::Hold() {
  const std::lock_guard lock(state_->mutex);
  queue_->is_held = true;
}

void EventListener::Replay(std::vector<Earlier> events) {
  std::deque<std::string> texts;
  for (const auto& event : events) {
    texts.push_back(FormatEvent(event.type, event.id, event.json));
  }
  const std::lock_guard lock(state_->mutex);
  queue_->is_held = false;
  if (queue_->has_ended) return;
  queue_->earlier = std::move(texts);
  for (auto& event : events) {
    // One that has come already does not come again.
    if (std::erase_if(queue_->waiting,
                      [&](const EventPtr& waiting) { return waiting->id == event.id; }) == 0) {
      queue_->replayed.insert(std::move(event.id));
    }
  }
  queue_->WakeUp();
}

std::optional<std::string> EventListener::Take() {
  const std::lock_guard lock(state_->mutex);
  std::string taken;
  while (!queue_->is_held && taken.size() < kTakeBytes) {
    if (!queue_->earlier.empty()) {
      taken += queue_->earlier.front();
      queue_->earlier.pop_front();
    } else if (!queue_->waiting.empty()) {
      taken += queue_->waiting.front()->text;
      queue_->waiting.pop_front();
    } else {
      break;
    }
  }
  if (taken.empty() && queue_->has_ended) return std::nullopt;
  queue_->is_asleep = taken.empty();
  return taken;
}

void EventListener::OnReady(std::function<void()> wake) {
  const std::lock_guard lock(state_->mutex);
  queue_->wake = std::move(wake);
}

std::string FormatEvent(std::string_view type, std::string_view id, std::string_view json) {
  assert(IsOneLine(type) && IsOneLine(id));
  std::string text = "event: " + std::string(type) + "\n";
  if (!id.empty()) text.append("id: ").append(id).append("\n");
  while (true) {
    const auto end = json.find('\n');
    text.append("data: ").append(json.substr(0, end)).append("\n");
    if (end == std::string_view::npos) break;
    json.remove_prefix(end + 1);
  }
  return text + "\n";
}

}  // namespace heartbeat::server
