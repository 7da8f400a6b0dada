#include "server/event_ticker.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>

namespace heartbeat::server {
namespace {

using std::chrono::milliseconds;

// What comes until `wanted` is among it; all of it where that takes too long.
std::string TakeUntil(EventListener& listener, const std::string& wanted) {
  std::string all;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (all.find(wanted) == std::string::npos && std::chrono::steady_clock::now() < end) {
    all += listener.Take().value_or("");
    std::this_thread::sleep_for(milliseconds(1));
  }
  return all;
}

std::size_t CountOf(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(EventTicker, TellsTheLoadInEachPeriodAndKeepsAlive) {
  const auto hub = std::make_shared<EventHub>();
  std::atomic<int> asked = 0;
  EventTicker ticker(hub, [&] { return std::to_string(++asked); }, milliseconds(5));
  ticker.Start();
  ticker.Start();
  const auto listener = hub->Listen().listener;
  const auto told = TakeUntil(*listener, ":\n\n");
  EXPECT_EQ(told.find("event: load\ndata: 1\n\n"), 0U);
  // A single thread, or there would be about half as many before the first comment.
  EXPECT_GE(CountOf(told, "event: load"), std::size_t{EventTicker::kKeepAlivePeriods} - 3);
}

TEST(EventTicker, AsksNobodyWhileNobodyListens) {
  const auto hub = std::make_shared<EventHub>();
  std::atomic<int> asked = 0;
  EventTicker ticker(hub, [&] { return std::to_string(++asked); }, milliseconds(1));
  ticker.Start();
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(asked, 0);
}

TEST(EventTicker, AsksNobodyOnceItIsStopped) {
  const auto hub = std::make_shared<EventHub>();
  std::atomic<int> asked = 0;
  EventTicker ticker(hub, [&] { return std::to_string(++asked); }, milliseconds(1));
  const auto listener = hub->Listen().listener;
  ticker.Start();
  TakeUntil(*listener, "event: load");
  ticker.Stop();
  const int before = asked;
  ticker.Start();
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_GT(before, 0);
  EXPECT_EQ(asked, before);
}

TEST(EventTicker, StopsWhileItWaitsForTheNextPeriod) {
  const auto hub = std::make_shared<EventHub>();
  EventTicker ticker(hub, [] { return "{}"; }, std::chrono::hours(1));
  const auto listener = hub->Listen().listener;
  ticker.Start();
  std::this_thread::sleep_for(milliseconds(20));
  ticker.Stop();  // or the test ends in an hour
  EXPECT_EQ(listener->Take(), "");
}

TEST(EventTicker, GoesOnAfterAFailure) {
  const auto hub = std::make_shared<EventHub>();
  std::atomic<int> asked = 0;
  EventTicker ticker(
      hub,
      [&]() -> std::string {
        if (++asked == 1) throw std::runtime_error("once");
        return "{}";
      },
      milliseconds(1));
  const auto listener = hub->Listen().listener;
  ticker.Start();
  EXPECT_NE(TakeUntil(*listener, "event: load"), "");
}

}  // namespace
}  // namespace heartbeat::server
