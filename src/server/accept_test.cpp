#include "server/accept.h"

#include <gtest/gtest.h>

#include <array>

namespace heartbeat::server {
namespace {

constexpr std::array<std::string_view, 3> kOffers = {
    "application/json", "text/plain; version=0.0.4; charset=utf-8",
    "application/openmetrics-text; version=1.0.0; charset=utf-8"};
enum Offer { kJson, kText, kOpenMetrics };

std::size_t Choose(std::string_view accept) { return ChooseMediaType(accept, kOffers); }

TEST(Accept, GivesTheFirstOfferToWhomeverTakesAnything) {
  for (const std::string_view accept : {"", "*/*", "*/*;q=0.1", "application/*", "application/json",
                                        "Application/JSON; charset=utf-8"}) {
    EXPECT_EQ(Choose(accept), kJson) << accept;
  }
}

TEST(Accept, GivesTheFirstOfferWhereNothingFits) {
  for (const std::string_view accept :
       {"image/png", "text/plain;q=0", "nonsense", ",,;", "text/plain;q=2", "text/plain;q=x"}) {
    EXPECT_EQ(Choose(accept), kJson) << accept;
  }
}

TEST(Accept, GivesWhatIsNamed) {
  EXPECT_EQ(Choose("text/plain"), kText);
  EXPECT_EQ(Choose("TEXT/*"), kText);
  EXPECT_EQ(Choose("text/plain;version=0.0.4"), kText);
  EXPECT_EQ(Choose("text/plain; version=\"0.0.4\""), kText);
  EXPECT_EQ(Choose("application/openmetrics-text"), kOpenMetrics);
  EXPECT_EQ(Choose("text/plain;charset=us-ascii;escaping=underscores"), kText);
}

TEST(Accept, WeighsByQuality) {
  EXPECT_EQ(Choose("application/json;q=0.5, text/plain;q=0.6"), kText);
  EXPECT_EQ(Choose("text/plain;q=0.6,application/json;q=0.601"), kJson);
  EXPECT_EQ(Choose("*/*;q=0.9, application/json;q=0.1, text/plain;q=0.2"), kOpenMetrics);
  EXPECT_EQ(Choose("*/*, application/json;q=0"), kText);
}

TEST(Accept, TakesTheNamedOneOfEquals) {
  EXPECT_EQ(Choose("text/plain, */*"), kText);
  EXPECT_EQ(Choose("application/json, text/plain, */*"), kJson);
  EXPECT_EQ(Choose("*/*, text/*"), kText);
}

TEST(Accept, KnowsAnotherVersionOfAFormatForAnother) {
  EXPECT_EQ(Choose("text/plain;version=1.0.0"), kJson);
  EXPECT_EQ(Choose("application/openmetrics-text;version=0.0.1, text/plain;q=0.1"), kText);
}

TEST(Accept, UnderstandsPrometheusAndBrowsers) {
  // What Prometheus 2.42 and 3.0 send, and Firefox.
  EXPECT_EQ(Choose("application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
                   "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
            kOpenMetrics);
  EXPECT_EQ(Choose("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                   "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                   "text/plain;version=0.0.4;q=0.2,*/*;q=0.1"),
            kOpenMetrics);
  EXPECT_EQ(Choose("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), kJson);
}

TEST(Accept, SplitsOutsideQuotesOnly) {
  // Nobody offers that note, and what stands in it is no range.
  EXPECT_EQ(Choose("text/plain;note=\"a,application/openmetrics-text,b\""), kJson);
  EXPECT_EQ(Choose("image/png;note=\"x\\\",text/plain\", application/openmetrics-text"),
            kOpenMetrics);
}

TEST(Accept, KnowsWhoTakesGzip) {
  for (const std::string_view accept : {"gzip", "gzip, deflate, br, zstd", "br;q=1, GZIP ; q=0.5",
                                        "*", "deflate, *;q=0.1", "gzip, *;q=0", "gzip;q=x, gzip"}) {
    EXPECT_TRUE(AcceptsGzip(accept)) << accept;
  }
  for (const std::string_view accept : {"", "br", "identity", "gzip;q=0", "gzip;q=0, *", "*;q=0",
                                        "gzip;q=2", "x-gzip", ",;,", "gzip\x01"}) {
    EXPECT_FALSE(AcceptsGzip(accept)) << accept;
  }
}

}  // namespace
}  // namespace heartbeat::server
