#include "training/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace heartbeat::training {
namespace {

using testing::HasSubstr;

TEST(History, JsonRoundTripKeepsUndefinedMeasures) {
  const std::vector<EpochRecord> history = {{1, 0.001, 0.7, 0.6, std::nan(""), 0.5, 12},
                                            {2, 0.002, 0.5, 0.4, 0.9, 0.8, 11}};
  const auto back = HistoryFromJson(ToJson(history).dump());
  ASSERT_TRUE(back);
  ASSERT_EQ(back->size(), 2U);
  EXPECT_TRUE(std::isnan((*back)[0].holdout_auroc));
  EXPECT_EQ((*back)[1].epoch, 2);
  EXPECT_EQ((*back)[1].holdout_macc, 0.8);
  EXPECT_FALSE(HistoryFromJson("[{\"epoch\":1}]"));
  EXPECT_FALSE(HistoryFromJson("nonsense"));
}

TEST(History, MurmursAreThereWhereTheyAreLearned) {
  std::vector<EpochRecord> history = {{1, 0.001, 0.7, 0.6, 0.7, 0.5, 12, 0.75},
                                      {2, 0.002, 0.5, 0.4, 0.9, 0.8, 11, std::nan("")}};
  const auto back = HistoryFromJson(ToJson(history).dump());
  ASSERT_TRUE(back);
  EXPECT_EQ((*back)[0].holdout_murmur_auroc, 0.75);
  ASSERT_TRUE((*back)[1].holdout_murmur_auroc);
  EXPECT_TRUE(std::isnan(*(*back)[1].holdout_murmur_auroc));
  EXPECT_THAT(ToSvg(history), HasSubstr("AUROC of murmurs"));
  history[0].holdout_murmur_auroc.reset();
  EXPECT_FALSE(ToJson(history)[0].contains("holdout_murmur_auroc"));
  EXPECT_THAT(ToSvg(history), testing::Not(HasSubstr("murmurs")));
}

TEST(History, SvgHasALinePerMeasureAndNoNonsense) {
  const std::string svg =
      ToSvg({{1, 0.001, 0.7, 0.6, 0.5, 0.5, 12}, {2, 0.002, 0.5, 0.4, 0.9, 0.8, 11}});
  std::size_t lines = 0;
  for (std::size_t at = svg.find("<polyline"); at != std::string::npos;
       at = svg.find("<polyline", at + 1)) {
    ++lines;
  }
  EXPECT_EQ(lines, 4U);
  EXPECT_THAT(svg, HasSubstr("hold-out AUROC"));
  EXPECT_THAT(svg, testing::Not(HasSubstr("nan")));
  EXPECT_THAT(ToSvg({{1, 0, NAN, NAN, NAN, NAN, 0}}), testing::Not(HasSubstr("nan")));
  EXPECT_THAT(ToSvg({}), HasSubstr("</svg>"));
}

}  // namespace
}  // namespace heartbeat::training
