#include "server/event_hub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

namespace heartbeat::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Delivery = EventHub::Delivery;

std::string TakeAll(EventListener& listener) {
  std::string all;
  for (auto taken = listener.Take(); taken && !taken->empty(); taken = listener.Take()) {
    all += *taken;
  }
  return all;
}

TEST(EventHub, FormatsAnEventAsTheStandardHasIt) {
  EXPECT_EQ(FormatEvent("prediction", "01", R"({"a":1})"),
            "event: prediction\nid: 01\ndata: {\"a\":1}\n\n");
  EXPECT_EQ(FormatEvent("label", "", "{\n}"), "event: label\ndata: {\ndata: }\n\n");
}

TEST(EventHub, TellsEveryListenerInOrderFromItsBeginningOn) {
  EventHub hub;
  hub.Publish("label", "", "0");
  const auto first = hub.Listen().listener;
  hub.Publish("label", "", "1");
  const auto second = hub.Listen().listener;
  hub.Publish("label", "", "2");
  EXPECT_EQ(TakeAll(*first), "event: label\ndata: 1\n\nevent: label\ndata: 2\n\n");
  EXPECT_EQ(TakeAll(*second), "event: label\ndata: 2\n\n");
  EXPECT_EQ(first->Take(), "");
  hub.KeepAlive();
  EXPECT_EQ(first->Take(), ":\n\n");
  EXPECT_EQ(hub.listeners(), 2U);
}

TEST(EventHub, WakesOnceForWhatASleeperHasNotTaken) {
  EventHub hub;
  const auto listener = hub.Listen().listener;
  int woken = 0;
  listener->OnReady([&] { ++woken; });
  hub.Publish("label", "", "1");  // before the first Take, which is still to come
  EXPECT_EQ(woken, 0);
  TakeAll(*listener);
  hub.Publish("label", "", "2");
  hub.Publish("label", "", "3");
  EXPECT_EQ(woken, 1);
  TakeAll(*listener);
  hub.Publish("label", "", "4");
  EXPECT_EQ(woken, 2);
}

TEST(EventHub, KeepsOnlyTheLatestOfAState) {
  EventHub hub;
  const auto listener = hub.Listen().listener;
  hub.Publish("load", "", "1", Delivery::kLatest);
  hub.Publish("training", "", "1", Delivery::kLatest);
  hub.Publish("label", "", "1");
  hub.Publish("load", "", "2", Delivery::kLatest);
  EXPECT_EQ(TakeAll(*listener),
            "event: training\ndata: 1\n\nevent: label\ndata: 1\n\nevent: load\ndata: 2\n\n");
}

TEST(EventHub, CutsOffWhoFallsTooFarBehindAndNobodyElse) {
  EventHub hub;
  const auto slow = hub.Listen().listener;
  const auto quick = hub.Listen().listener;
  bool woken = false;
  slow->OnReady([&] { woken = true; });
  for (std::size_t i = 0; i < EventHub::kMaxWaiting; ++i) {
    hub.Publish("label", "", "1");
    EXPECT_NE(quick->Take(), "");
  }
  EXPECT_FALSE(woken);
  hub.Publish("label", "", "one too many");
  EXPECT_TRUE(woken);
  EXPECT_EQ(slow->Take(), std::nullopt);
  EXPECT_THAT(*quick->Take(), HasSubstr("one too many"));
  hub.Publish("label", "", "1");
  EXPECT_EQ(slow->Take(), std::nullopt);
  EXPECT_NE(quick->Take(), std::nullopt);
}

TEST(EventHub, GivesALargeHeapInParts) {
  EventHub hub;
  const auto listener = hub.Listen().listener;
  const std::string large(100'000, 'x');
  hub.Publish("label", "", large);
  hub.Publish("label", "", large);
  EXPECT_LT(listener->Take()->size(), 110'000U);
  EXPECT_GT(listener->Take()->size(), 100'000U);
  EXPECT_EQ(listener->Take(), "");
}

TEST(EventHub, KnowsWhatWasMissed) {
  EventHub hub;
  for (const char* id : {"a", "b", "c"}) hub.Publish("prediction", id, "{}");
  hub.Publish("label", "", "{}");
  EXPECT_THAT(hub.Listen("a").missed.value(), ElementsAre("b", "c"));
  EXPECT_THAT(hub.Listen("c").missed.value(), ElementsAre());
  EXPECT_THAT(hub.Listen("").missed.value(), ElementsAre());
  EXPECT_FALSE(hub.Listen("z").missed);
  for (std::size_t i = 0; i < EventHub::kMaxRecent; ++i) {
    hub.Publish("prediction", std::to_string(i), "{}");
  }
  EXPECT_FALSE(hub.Listen("c").missed);
  EXPECT_EQ(hub.Listen("0").missed.value().size(), EventHub::kMaxRecent - 1);
}

TEST(EventHub, ReplaysBeforeWhatWaitsAndNothingTwice) {
  EventHub hub;
  const auto listener = hub.Listen().listener;
  bool woken = false;
  listener->OnReady([&] { woken = true; });
  listener->Hold();
  EXPECT_EQ(listener->Take(), "");
  hub.Publish("prediction", "c", "published");
  hub.Publish("prediction", "d", "published");
  EXPECT_FALSE(woken);
  EXPECT_EQ(listener->Take(), "");
  listener->Replay(
      {{"prediction", "a", "kept"}, {"prediction", "c", "kept"}, {"prediction", "e", "kept"}});
  EXPECT_TRUE(woken);
  hub.Publish("prediction", "e", "published");  // was on disk before it was published
  hub.Publish("prediction", "f", "published");
  EXPECT_EQ(TakeAll(*listener), FormatEvent("prediction", "a", "kept") +
                                    FormatEvent("prediction", "c", "kept") +
                                    FormatEvent("prediction", "e", "kept") +
                                    FormatEvent("prediction", "d", "published") +
                                    FormatEvent("prediction", "f", "published"));
}

TEST(EventHub, EndsEveryListenerWhenItCloses) {
  EventHub hub;
  const auto listener = hub.Listen().listener;
  const auto held = hub.Listen().listener;
  held->Hold();
  int woken = 0;
  listener->OnReady([&] { ++woken; });
  hub.Publish("label", "", "1");
  hub.Close();
  EXPECT_EQ(woken, 1);
  hub.Publish("label", "", "2");
  EXPECT_EQ(listener->Take(), "event: label\ndata: 1\n\n");
  EXPECT_EQ(listener->Take(), std::nullopt);
  held->Replay({{"prediction", "a", "late"}});
  EXPECT_EQ(held->Take(), std::nullopt);
  EXPECT_EQ(hub.Listen().listener->Take(), std::nullopt);
}

TEST(EventHub, MayGoBeforeItsListeners) {
  std::shared_ptr<EventListener> listener;
  {
    EventHub hub;
    listener = hub.Listen().listener;
  }
  EXPECT_EQ(listener->Take(), std::nullopt);
}

TEST(EventHub, TellsWhenSomebodyBeginsToListen) {
  EventHub hub;
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(hub.AwaitListener(stop.get_token()));
  auto waiting = std::async([&] { return hub.AwaitListener({}); });
  const auto listener = hub.Listen().listener;
  EXPECT_TRUE(waiting.get());
  EXPECT_TRUE(hub.AwaitListener({}));
  hub.Close();
  EXPECT_FALSE(hub.AwaitListener({}));
}

// For ThreadSanitizer above all; what each listener sees must be whole and in order as well.
TEST(EventHub, SurvivesManyThreads) {
  constexpr int kPublishers = 4;
  constexpr int kEvents = 200;  // of each; fewer together than a listener may fall behind
  constexpr int kListeners = 8;
  EventHub hub;
  std::vector<std::shared_ptr<EventListener>> listeners;
  std::atomic<int> wakes = 0;
  for (int i = 0; i < kListeners; ++i) {
    listeners.push_back(hub.Listen().listener);
    listeners.back()->OnReady([&] { ++wakes; });
  }
  std::vector<std::string> seen(kListeners);
  {
    std::vector<std::jthread> threads;
    for (int p = 0; p < kPublishers; ++p) {
      threads.emplace_back([&hub, p] {
        for (int i = 0; i < kEvents; ++i) {
          hub.Publish("p" + std::to_string(p), "", std::to_string(i));
          if (i % 16 == 0) hub.Publish("load", "", "{}", Delivery::kLatest);
        }
      });
    }
    for (int l = 0; l < kListeners; ++l) {
      threads.emplace_back([&, l] {
        while (const auto taken = listeners[l]->Take()) {
          seen[l] += *taken;
          if (taken->empty()) std::this_thread::yield();
        }
      });
    }
    threads.emplace_back([&hub] {  // who comes and goes
      for (int i = 0; i < 100; ++i) {
        const auto passing = hub.Listen("x").listener;
        static_cast<void>(passing->Take());
      }
    });
    for (int p = 0; p < kPublishers; ++p) threads[p].join();
    hub.Close();
  }
  EXPECT_EQ(hub.listeners(), std::size_t{kListeners});
  for (const auto& all : seen) {
    for (int p = 0; p < kPublishers; ++p) {
      std::size_t at = 0;
      for (int i = 0; i < kEvents; ++i) {
        const auto event = FormatEvent("p" + std::to_string(p), "", std::to_string(i));
        at = all.find(event, at);
        ASSERT_NE(at, std::string::npos) << "event " << i << " of publisher " << p;
      }
    }
  }
}

}  // namespace
}  // namespace heartbeat::server
