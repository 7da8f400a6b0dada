#include "server/admission.h"

#include <gtest/gtest.h>

namespace heartbeat::server {
namespace {

using base::ErrorCode;

Router Table(bool ready = true) {
  Router router;
  Route health;
  health.method = "GET";
  health.pattern = "/health";
  router.Add(health);
  Route predict;
  predict.method = "POST";
  predict.pattern = "/predict/{id}";
  predict.max_body_bytes = 1000;
  predict.form = FormSpec{.file_keys = {"sound"}, .field_keys = {}, .max_files = 1};
  predict.ready = [ready]() -> base::Result<void> {
    if (ready) return {};
    return base::Fail(ErrorCode::kNoModel, "none");
  };
  router.Add(predict);
  return router;
}

RequestHead Head(std::string method, std::string target) {
  RequestHead head;
  head.method = std::move(method);
  head.target = std::move(target);
  head.fields.Add("Host", "test");
  return head;
}

RequestHead Upload() {
  auto head = Head("POST", "/predict/7?a=b");
  head.fields.Add("content-type", "multipart/form-data; boundary=xyz");
  head.content_length = 1000;
  return head;
}

ErrorCode Refused(const RequestHead& head, const Router& router = Table()) {
  const auto admitted = Admit(head, router, "");
  return admitted ? ErrorCode::kInternal : admitted.error().error.code;
}

TEST(Admission, LetsAGoodRequestIn) {
  const auto router = Table();
  const auto admitted = Admit(Upload(), router, "");
  ASSERT_TRUE(admitted);
  EXPECT_EQ(admitted->match.route, &router.routes()[1]);
  EXPECT_EQ(admitted->match.parameters.at("id"), "7");
  EXPECT_EQ(admitted->query, "a=b");
  EXPECT_EQ(admitted->boundary, "xyz");
  EXPECT_EQ(admitted->max_body_bytes, 1000U);
  EXPECT_FALSE(admitted->expects_continue);
}

TEST(Admission, ReadsExpectations) {
  auto head = Upload();
  head.fields.Add("Expect", "100-Continue");
  const auto router = Table();
  EXPECT_TRUE(Admit(head, router, "")->expects_continue);
  head.is_http_1_0 = true;  // RFC 9110, 10.1.1: to be ignored
  EXPECT_FALSE(Admit(head, router, "")->expects_continue);
}

TEST(Admission, JudgesInTheOrderThatTellsMost) {
  auto head = Upload();
  head.content_length = 1001;
  EXPECT_EQ(Refused(head), ErrorCode::kBodyTooLarge);
  head.target = "/nowhere";
  EXPECT_EQ(Refused(head), ErrorCode::kNotFound);
  head.target = "/health";
  EXPECT_EQ(Refused(head), ErrorCode::kMethodNotAllowed);
  EXPECT_EQ(Refused(Upload(), Table(false)), ErrorCode::kNoModel);
  auto untyped = Head("POST", "/predict/7");
  EXPECT_EQ(Refused(untyped, Table(false)), ErrorCode::kBadRequest);
  const auto router = Table();
  EXPECT_NE(Admit(untyped, router, "").error().error.message.find("`sound`"), std::string::npos);
}

TEST(Admission, RefusesFramingThatCanBeReadInTwoWays) {
  auto no_host = Upload();
  no_host.fields = {};
  EXPECT_EQ(Refused(no_host), ErrorCode::kBadRequest);
  auto two_hosts = Head("GET", "/health");
  two_hosts.fields.Add("HOST", "other");
  EXPECT_EQ(Refused(two_hosts), ErrorCode::kBadRequest);
  for (const std::string_view encoding : {"gzip", "gzip, chunked", "chunked, chunked", ""}) {
    auto head = Upload();
    head.content_length.reset();
    head.fields.Add("Transfer-Encoding", encoding);
    EXPECT_EQ(Refused(head), ErrorCode::kBadRequest) << encoding;
  }
  auto both = Upload();
  both.fields.Add("Transfer-Encoding", "chunked");
  EXPECT_EQ(Refused(both), ErrorCode::kBadRequest);
  both.content_length.reset();
  const auto router = Table();
  EXPECT_TRUE(Admit(both, router, ""));
  both.is_http_1_0 = true;
  EXPECT_EQ(Refused(both), ErrorCode::kBadRequest);
}

TEST(Admission, ReadsTargetsInEveryForm) {
  const auto router = Table();
  for (const std::string_view target :
       {"/health", "/health?", "/health?x=%zz", "http://a:1/health", "HTTPS://a/health?b"}) {
    EXPECT_TRUE(Admit(Head("GET", std::string(target)), router, "")) << target;
  }
  for (const std::string_view target : {"", "*", "health", "ftp://a/health", "/health%", "a:80"}) {
    EXPECT_EQ(Refused(Head("GET", std::string(target))), ErrorCode::kBadRequest) << target;
  }
  EXPECT_EQ(Refused(Head("GET", "http://a")), ErrorCode::kNotFound);
  EXPECT_EQ(Refused(Head("GET", "http://a?b/health")), ErrorCode::kNotFound);
  EXPECT_EQ(Refused(Head("GET", "http:///health")), ErrorCode::kBadRequest);
}

TEST(Admission, AnswersOptionsForARouteAndForAll) {
  const auto router = Table();
  const auto one = Admit(Head("OPTIONS", "/predict/7"), router, "");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->match.route, nullptr);
  EXPECT_EQ(one->match.allow, "OPTIONS, POST");
  const auto all = Admit(Head("OPTIONS", "*"), router, "");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->match.allow, "OPTIONS, GET, HEAD, POST");
  EXPECT_EQ(Refused(Head("OPTIONS", "/nowhere")), ErrorCode::kNotFound);
}

TEST(Admission, RefusesLengthsAndHostsThatAreNone) {
  for (const std::string_view length : {"", "5, 5", "+5", "5 ", "x"}) {
    auto head = Upload();
    head.fields.Add("Content-Length", length);
    EXPECT_EQ(Refused(head), length.empty() ? ErrorCode::kInternal : ErrorCode::kBadRequest)
        << length;
  }
  auto twice = Upload();
  twice.fields.Add("Content-Length", "1000");
  EXPECT_NE(Refused(twice), ErrorCode::kBadRequest);
  twice.fields.Add("Content-Length", "1000");
  EXPECT_EQ(Refused(twice), ErrorCode::kBadRequest);
  RequestHead bad_host;
  bad_host.method = "GET";
  bad_host.target = "/health";
  bad_host.fields.Add("Host", "a/b");
  EXPECT_EQ(Refused(bad_host), ErrorCode::kBadRequest);
}

TEST(Admission, TakesTheHostOfAnAbsoluteTarget) {
  const auto router = Table();
  EXPECT_EQ(Admit(Head("GET", "/health"), router, "")->host, "test");
  EXPECT_EQ(Admit(Head("GET", "http://a:1/health"), router, "")->host, "a:1");
  EXPECT_EQ(Refused(Head("GET", "http://a@b/health")), ErrorCode::kBadRequest);
  EXPECT_EQ(Refused(Head("GET", "/health#x")), ErrorCode::kBadRequest);
}

TEST(Admission, LooksBelowTheBasePathAlone) {
  const auto router = Table();
  const auto finds = [&router](std::string_view base, std::string_view target) {
    return Admit(Head("GET", std::string(target)), router, base).has_value();
  };
  EXPECT_TRUE(finds("/a", "/a/health"));
  EXPECT_TRUE(finds("/a", "http://x/a/health?q"));
  EXPECT_TRUE(finds("/a/b", "/a/b/health"));
  EXPECT_TRUE(finds("/a-b", "/a%2Db/health"));
  EXPECT_FALSE(finds("/a", "/health"));
  EXPECT_FALSE(finds("/a", "/ahealth"));
  EXPECT_FALSE(finds("/a", "/b/health"));
  EXPECT_FALSE(finds("/a", "/a"));
  EXPECT_FALSE(finds("/a/b", "/a/health"));
  EXPECT_FALSE(finds("/a/b", "/a%2Fb/health"));
  EXPECT_TRUE(Admit(Head("OPTIONS", "*"), router, "/a"));
}

}  // namespace
}  // namespace heartbeat::server
