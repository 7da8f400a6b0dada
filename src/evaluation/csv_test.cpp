#include "evaluation/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heartbeat::evaluation {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(CsvTable, FindsColumnsByName) {
  const auto table =
      CsvTable::Parse("\xEF\xBB\xBFrecord,label\r\na1,normal\r\n\r\na2,\"ab,\"\"x\"\n");
  ASSERT_TRUE(table);
  ASSERT_EQ(table->rows(), 2U);
  EXPECT_EQ(table->At(0, "label"), "normal");
  EXPECT_EQ(table->At(1, "label"), "ab,\"x");
  EXPECT_EQ(table->At(1, "none"), "");
  EXPECT_EQ(table->LineOf(1), 4U);
  EXPECT_TRUE(table->HasColumn("record"));
  EXPECT_FALSE(table->HasColumn("split"));
}

TEST(CsvTable, NamesTheLineOfAFault) {
  const auto ragged = CsvTable::Parse("a,b\n1,2\n1\n");
  ASSERT_FALSE(ragged);
  EXPECT_THAT(ragged.error().message, HasSubstr("line 3"));
  const auto open = CsvTable::Parse("a,b\n\"1,2\n");
  ASSERT_FALSE(open);
  EXPECT_THAT(open.error().message, HasSubstr("line 2"));
  EXPECT_FALSE(CsvTable::Parse("a,a\n1,2\n"));
}

TEST(Csv, QuotingIsUndoneBySplitting) {
  for (const std::string field : {"plain", "a,b", "say \"yes\"", ""}) {
    EXPECT_THAT(SplitCsvLine(QuoteCsv(field) + ",x").value(), ElementsAre(field, "x"));
  }
}

TEST(QuoteCsv, QuotesByRfc4180) {
  EXPECT_EQ(QuoteCsv("plain text"), "plain text");
  EXPECT_EQ(QuoteCsv(""), "");
  EXPECT_EQ(QuoteCsv("a,b"), "\"a,b\"");
  EXPECT_EQ(QuoteCsv("say \"aah\""), "\"say \"\"aah\"\"\"");
  EXPECT_EQ(QuoteCsv("two\nlines"), "\"two\nlines\"");
  EXPECT_EQ(QuoteCsv("a\rb"), "\"a\rb\"");
}

}  // namespace
}  // namespace heartbeat::evaluation
