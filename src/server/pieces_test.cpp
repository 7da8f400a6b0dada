#include "server/pieces.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "server/test_server.h"

namespace heartbeat::server {
namespace {

using base::ErrorCode;

struct Work final : public Pieces {
  Work(std::size_t pieces, std::function<void(std::size_t)> body)
      : pieces(pieces), body(std::move(body)) {}
  [[nodiscard]] std::size_t count() const override { return pieces; }
  void Do(std::size_t index) override { body(index); }
  [[nodiscard]] base::Result<Response> Finish() override {
    return Response{.status = 200, .content_type = "", .body = "finished", .headers = {}};
  }

  std::size_t pieces;
  std::function<void(std::size_t)> body;
};

Route WithPieces(std::size_t pieces, const std::function<void(std::size_t)>& body) {
  Route route;
  route.make_pieces = [=](Request&) -> base::Result<std::unique_ptr<Pieces>> {
    return std::make_unique<Work>(pieces, body);
  };
  return route;
}

// Begins it on the pool; the answer comes to the future.
std::future<Response> Start(WorkPool& pool, const Route& route,
                            const std::shared_ptr<Request>& request = std::make_shared<Request>()) {
  auto promise = std::make_shared<std::promise<Response>>();
  auto future = promise->get_future();
  EXPECT_TRUE(pool.TrySubmit([&pool, &route, request, promise] {
    RunPieces(
        pool, route, request,
        {.on_piece = [] {},
         .on_answer = [promise](Response response) { promise->set_value(std::move(response)); }});
  }));
  return future;
}

TEST(Pieces, AreEachDoneOnceAndThenAnswered) {
  for (const unsigned threads : {1U, 2U, 5U}) {
    for (const std::size_t count : {1U, 2U, 3U, 200U}) {
      std::vector<std::atomic<int>> done(count);
      const auto route = WithPieces(count, [&done](std::size_t index) { ++done[index]; });
      WorkPool pool(threads, 0);
      const auto response = Start(pool, route).get();
      EXPECT_EQ(response.body, "finished");
      for (const auto& times : done) EXPECT_EQ(times, 1);
    }
  }
}

TEST(Pieces, AreDoneSeveralAtATime) {
  Gate gate;
  const auto route = WithPieces(3, [&gate](std::size_t) { gate.Wait(); });
  WorkPool pool(3, 0);
  auto answer = Start(pool, route);
  EXPECT_TRUE(gate.AwaitWaiting(3));
  gate.Open();
  EXPECT_EQ(answer.get().body, "finished");
}

TEST(Pieces, LetOthersHaveTheirTurn) {
  // On one thread, so that a short request can only come between two pieces.
  std::atomic<std::size_t> done = 0;
  Gate first;
  Gate rest;
  const auto route = WithPieces(50, [&](std::size_t index) {
    if (index == 0) first.Wait();
    if (index == 2) rest.Wait();
    ++done;
  });
  WorkPool pool(1, 3);
  auto answer = Start(pool, route);
  ASSERT_TRUE(first.AwaitWaiting(1));
  std::promise<std::size_t> at;
  ASSERT_TRUE(pool.TrySubmit([&] { at.set_value(done); }));
  first.Open();
  EXPECT_EQ(at.get_future().get(), 1U);
  rest.Open();
  EXPECT_EQ(answer.get().status, 200);
  EXPECT_EQ(done, 50U);
}

TEST(Pieces, TakeOnePlaceOfThePoolHoweverManyThreadsHelp) {
  Gate gate;
  const auto route = WithPieces(9, [&gate](std::size_t) { gate.Wait(); });
  WorkPool pool(3, 1);
  auto answer = Start(pool, route);
  ASSERT_TRUE(gate.AwaitWaiting(3));
  std::atomic<int> ran = 0;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(pool.TrySubmit([&ran] { ++ran; })) << i;
  EXPECT_FALSE(pool.TrySubmit([] {}));
  gate.Open();
  EXPECT_EQ(answer.get().status, 200);
  while (ran < 3) std::this_thread::yield();
}

TEST(Pieces, OfManyRequestsNeverWaitForEachOther) {
  const auto route = WithPieces(20, [](std::size_t) { std::this_thread::yield(); });
  WorkPool pool(2, 30);
  std::vector<std::future<Response>> answers;
  for (int i = 0; i < 30; ++i) answers.push_back(Start(pool, route));
  for (auto& answer : answers) EXPECT_EQ(answer.get().body, "finished");
}

TEST(Pieces, EndWhenNobodyWaitsForTheAnswer) {
  std::stop_source abandon;
  auto request = std::make_shared<Request>();
  request->abandoned = abandon.get_token();
  std::atomic<int> done = 0;
  const auto route = WithPieces(1000, [&](std::size_t) {
    if (++done == 3) abandon.request_stop();
  });
  std::future<Response> answer;
  {
    WorkPool pool(1, 0);
    answer = Start(pool, route, request);
    while (!abandon.stop_requested() || pool.Load().running > 0) std::this_thread::yield();
  }
  EXPECT_EQ(done, 3);
  EXPECT_THROW(answer.get(), std::future_error);  // let go of without an answer
}

TEST(Pieces, ThatThrowFailTheRequest) {
  const auto route = WithPieces(4, [](std::size_t index) {
    if (index == 2) throw std::runtime_error("secret");
  });
  WorkPool pool(2, 0);
  const auto response = Start(pool, route).get();
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.find("secret"), std::string::npos);
}

TEST(Pieces, ThatCannotBeMadeAreAnsweredAtOnce) {
  Route route;
  route.make_pieces = [](Request&) -> base::Result<std::unique_ptr<Pieces>> {
    return base::Fail(ErrorCode::kBadRequest, "nothing to do");
  };
  WorkPool pool(1, 1);
  EXPECT_EQ(Start(pool, route).get().status, 400);
  route.make_pieces = [](Request&) -> base::Result<std::unique_ptr<Pieces>> {
    throw std::runtime_error("secret");
  };
  EXPECT_EQ(Start(pool, route).get().status, 500);
}

}  // namespace
}  // namespace heartbeat::server
