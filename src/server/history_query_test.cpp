#include "server/history_query.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace heartbeat::server {
namespace {

TEST(HistoryQuery, LetsAllThroughWhereItIsEmpty) {
  const auto query = ParseHistoryQuery("", Paging::kAllowed);
  ASSERT_TRUE(query);
  EXPECT_FALSE(query->filter.predicted_class || query->filter.verdict || query->filter.label ||
               query->filter.from || query->filter.until);
  EXPECT_EQ(query->filter.file_name_prefix, "");
  EXPECT_EQ(query->page.limit, 50);
  EXPECT_FALSE(query->page.with_answers);
}

TEST(HistoryQuery, KnowsEveryFilter) {
  const auto query = ParseHistoryQuery(
      "class=abnormal&verdict=poor_quality&label=none&from=2026-01-31&"
      "until=2026-02-01T01:00:00%2B01:00&file_name=ward%203&patient_ref=P-1&limit=7&cursor=abc",
      Paging::kAllowed);
  ASSERT_TRUE(query) << query.error().message;
  EXPECT_EQ(query->filter.predicted_class, store::PredictedClass::kAbnormal);
  EXPECT_EQ(query->filter.verdict, store::Verdict::kPoorQuality);
  EXPECT_EQ(query->filter.label, store::LabelFilter::kUnlabelled);
  EXPECT_EQ(base::FormatUtc(*query->filter.from), "2026-01-31T00:00:00.000Z");
  EXPECT_EQ(base::FormatUtc(*query->filter.until), "2026-02-01T00:00:00.000Z");
  EXPECT_EQ(query->filter.file_name_prefix, "ward 3");
  EXPECT_EQ(query->filter.patient_ref, "P-1");
  EXPECT_EQ(query->page.limit, 7);
  EXPECT_EQ(query->page.cursor, "abc");
}

TEST(HistoryQuery, KnowsEveryLabel) {
  using store::LabelFilter;
  for (const auto& [name, label] :
       std::vector<std::pair<std::string, LabelFilter>>{{"any", LabelFilter::kLabelled},
                                                        {"normal", LabelFilter::kNormal},
                                                        {"abnormal", LabelFilter::kAbnormal},
                                                        {"unsure", LabelFilter::kUnsure}}) {
    const auto query = ParseHistoryQuery("label=" + name, Paging::kNone);
    ASSERT_TRUE(query) << name;
    EXPECT_EQ(query->filter.label, label) << name;
  }
}

TEST(HistoryQuery, SaysWhatAParameterMayBe) {
  for (const auto& [query, word] : std::vector<std::pair<std::string, std::string>>{
           {"class=uncertain", "`normal` or `abnormal`"},
           {"verdict=good", "`poor_quality`"},
           {"label=yes", "`none`"},
           {"from=yesterday", "2026-01-31T12:00:00Z"},
           {"until=2026-02-30", "2026-01-31"},
           {"limit=0", "1 to 1000"},
           {"limit=1001", "1 to 1000"},
           {"limit=5x", "1 to 1000"},
           {"limit=99999999999", "1 to 1000"},
           {"page=2", "`cursor`"}}) {
    const auto refused = ParseHistoryQuery(query, Paging::kAllowed);
    ASSERT_FALSE(refused) << query;
    EXPECT_EQ(refused.error().code, base::ErrorCode::kInvalidArgument);
    EXPECT_NE(refused.error().message.find(word), std::string::npos) << refused.error().message;
  }
}

TEST(HistoryQuery, HasNoPagesWhereThereAreNone) {
  EXPECT_TRUE(ParseHistoryQuery("class=normal", Paging::kNone));
  EXPECT_FALSE(ParseHistoryQuery("limit=5", Paging::kNone));
  EXPECT_FALSE(ParseHistoryQuery("cursor=x", Paging::kNone));
}

}  // namespace
}  // namespace heartbeat::server
