#include "server/request_identity.h"

#include <gtest/gtest.h>

#include <string>

namespace heartbeat::server {
namespace {

constexpr std::string_view kTrace = "0af7651916cd43dd8448eb211c80319c";
constexpr std::string_view kParent = "b7ad6b7169203331";

Fields With(std::string_view name, std::string_view value) {
  Fields fields;
  fields.Add(name, value);
  return fields;
}

TEST(RequestIdentity, TakesOverAGoodId) {
  const std::string longest(128, 'x');
  for (const std::string_view id : {"a", "Order:7_of-9.z", longest.c_str()}) {
    EXPECT_EQ(IdentityOf(With("x-request-id", id)).id, id);
  }
}

TEST(RequestIdentity, MakesAnIdWhereThereIsNoGoodOne) {
  const std::string too_long(129, 'x');
  for (const std::string_view id :
       {"", "a b", "a/b", "a\"b", "\xc3\xa4", "a,b", too_long.c_str()}) {
    const auto made = IdentityOf(With("X-Request-Id", id)).id;
    EXPECT_EQ(made.size(), 36U) << id;
    EXPECT_NE(made, IdentityOf({}).id);
  }
  auto twice = With("X-Request-Id", "a");
  twice.Add("X-Request-Id", "a");
  EXPECT_EQ(IdentityOf(twice).id.size(), 36U);
}

// The examples of W3C Trace Context, 3.2.2.
TEST(RequestIdentity, ReadsATraceParent) {
  const auto text = "00-" + std::string(kTrace) + "-" + std::string(kParent) + "-01";
  const auto parsed = ParseTraceParent(text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->trace_id, kTrace);
  EXPECT_EQ(parsed->parent_id, kParent);
  EXPECT_EQ(parsed->flags, "01");
  // A later version may have more behind a dash.
  EXPECT_TRUE(ParseTraceParent("cc" + text.substr(2)));
  EXPECT_TRUE(ParseTraceParent("cc" + text.substr(2) + "-what-the-future-holds"));
  EXPECT_TRUE(ParseTraceParent("cc" + text.substr(2) + "-"));
}

TEST(RequestIdentity, IgnoresWhatIsNoTraceParent) {
  for (const std::string_view text : {
           "",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",    // too short
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",  // too long
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x",  //
           "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x",  // more, but no dash
           "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",   // no version
           "0A-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",   //
           "000-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",  //
           " 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",  //
           "00-00000000000000000000000000000000-b7ad6b7169203331-01",   // zeros
           "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",   //
           "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",   // upper case
           "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",   // no digits
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333 -01",   //
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",   //
           "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",   // no dashes
           "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",   //
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331_01",   //
       }) {
    EXPECT_FALSE(ParseTraceParent(text)) << text;
    const auto identity = IdentityOf(With("traceparent", text));
    EXPECT_NE(identity.trace_id, kTrace) << text;
    EXPECT_EQ(identity.trace_id.size(), 32U);
    EXPECT_EQ(identity.parent_id, "");
    EXPECT_EQ(identity.trace_response, "");
  }
}

TEST(RequestIdentity, GoesOnWithAClientsTrace) {
  const auto text = "00-" + std::string(kTrace) + "-" + std::string(kParent) + "-01";
  const auto identity = IdentityOf(With("TraceParent", text));
  EXPECT_EQ(identity.trace_id, kTrace);
  EXPECT_EQ(identity.parent_id, kParent);
  // The same trace, a span of our own, and well-formed itself.
  const auto answered = ParseTraceParent(identity.trace_response);
  ASSERT_TRUE(answered) << identity.trace_response;
  EXPECT_EQ(answered->trace_id, kTrace);
  EXPECT_NE(answered->parent_id, kParent);
  EXPECT_EQ(answered->flags, "01");
  auto twice = With("traceparent", text);
  twice.Add("traceparent", text);
  EXPECT_NE(IdentityOf(twice).trace_id, kTrace);
}

}  // namespace
}  // namespace heartbeat::server
