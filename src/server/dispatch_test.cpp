#include "server/dispatch.h"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

namespace heartbeat::server {
namespace {

Response Answer(Handler handler) {
  Route route;
  route.handler = std::move(handler);
  Request request;
  request.id = "the-id";
  return Dispatch(route, request);
}

TEST(Dispatch, PassesAnAnswerOn) {
  const auto response = Answer([](Request& request) -> base::Result<Response> {
    Response made;
    made.status = 201;
    made.body = request.id;
    return made;
  });
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.body, "the-id");
}

TEST(Dispatch, TurnsAnErrorIntoAProblem) {
  const auto response = Answer([](Request&) -> base::Result<Response> {
    return base::Fail(base::ErrorCode::kNotFound, "no such thing");
  });
  EXPECT_EQ(response.status, 404);
  EXPECT_NE(response.body.find("no such thing"), std::string::npos);
}

TEST(Dispatch, TurnsEveryExceptionIntoOurFailure) {
  for (const auto& handler : {
           Handler([](Request&) -> base::Result<Response> { throw std::runtime_error("secret"); }),
           Handler([](Request&) -> base::Result<Response> { throw std::bad_alloc(); }),
           Handler([](Request&) -> base::Result<Response> { throw 42; }),
           Handler(),  // an empty function throws by itself
       }) {
    const auto response = Answer(handler);
    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(response.content_type, "application/problem+json");
    EXPECT_NE(response.body.find("the-id"), std::string::npos);
    EXPECT_EQ(response.body.find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace heartbeat::server
