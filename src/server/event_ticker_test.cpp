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

TEST(EventTicker, TellsTheLoadInEachPeriodAndKeepsAlive) {
  const auto hub = std::make_shared<EventHub>();
  std::atomic<int> asked = 0;
  EventTicker ticker(hub, [&] { return std::to_string(++asked); }, milliseconds(20));
  ticker.Start();
  ticker.Start();
  const auto listener = hub->Listen().listener;
  const auto told = TakeUntil(*listener, ":\n\n");
  const auto comment = told.find("\n\n:\n\n");
  ASSERT_NE(comment, std::string::npos);
  EXPECT_GE(asked, EventTicker::kKeepAlivePeriods);
  // The comment comes with the 15th load, of which this is the latest that was not overtaken: with
  // two threads it would be about the 29th.
  const std::string before = "data: ";
  const auto latest = told.rfind(before, comment);
  ASSERT_NE(latest, std::string::npos);
  EXPECT_LE(std::stoi(told.substr(latest + before.size())), EventTicker::kKeepAlivePeriods);
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
