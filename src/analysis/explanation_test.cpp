#include "analysis/explanation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <vector>

#include "analysis/test_model.h"
#include "features/log_mel.h"

namespace heartbeat::analysis {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

double Sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

// 16 ms a frame, 312 frames of 64 bands in a window.
ModelMetadata Metadata() {
  ModelMetadata metadata = TestMetadata();
  metadata.features.mel_bands = 64;
  return metadata;
}

constexpr EvidenceShape kShape = {.rows = 8, .columns = 39};

TEST(EvidenceCellsTest, AreCentredWhereStridesPutThem) {
  EXPECT_EQ(CellStep(312, 39), 8);
  EXPECT_EQ(CellStep(313, 40), 8);
  EXPECT_EQ(CellStep(64, 64), 1);
  EXPECT_EQ(CellStep(10, 9), 0);
  EXPECT_EQ(CellStep(10, 11), 0);
  EXPECT_EQ(SpanOfCell(312, 39, 0).begin, 0);
  EXPECT_EQ(SpanOfCell(312, 39, 0).end, 4);
  EXPECT_EQ(SpanOfCell(312, 39, 1).end, 12);
  EXPECT_EQ(SpanOfCell(312, 39, 38).begin, 300);
  EXPECT_EQ(SpanOfCell(312, 39, 38).end, 312);
}

TEST(EvidenceCellsTest, RowsReachOverTheFrontEndsFrequencies) {
  const auto config = Metadata().features;
  const auto edges = RowEdgesHz(config, 8);
  ASSERT_EQ(edges.size(), 9U);
  EXPECT_EQ(edges.front(), config.min_hz);
  EXPECT_EQ(edges.back(), config.max_hz);
  // Row 1 is centred on band 8, and the scale is linear here.
  const double centre_hz = features::MelCentersHz(config)[8];
  EXPECT_NEAR((edges[1] + edges[2]) / 2, centre_hz, 1e-6);
}

TEST(ExplanationTest, EveryCellCountsOnceAtItsTime) {
  WindowEvidence evidence{.shape = kShape, .starts = {0, 20000}, .values = {}};
  evidence.values.assign(2 * kShape.Cells(), 0.F);
  evidence.values[3 * 39 + 10] = 2.F;                   // of the first window, row 3
  evidence.values[kShape.Cells() + 5 * 39 + 1] = -4.F;  // of the second
  const auto grid = LayOverRecording(evidence, Metadata(), 10, 0.5, 3);
  EXPECT_EQ(grid.rows, 8);
  EXPECT_EQ(grid.columns, 157);  // 10 s in steps of 64 ms
  EXPECT_DOUBLE_EQ(grid.column_s, 0.064);
  // Cell 10 is around frame 80: columns 19 and 20 of four frames each.
  EXPECT_NEAR(grid.At(3, 19), 3 * 2 / 2.0 / 2, 1e-12);
  EXPECT_NEAR(grid.At(3, 20), 3 * 2 / 2.0 / 2, 1e-12);
  // The second begins at frame 313, its cell 1 at 317: a quarter of a column later than columns.
  EXPECT_NEAR(grid.At(5, 79), -6 * 3 / 8.0, 1e-12);
  EXPECT_NEAR(grid.At(5, 80), -6 * 4 / 8.0, 1e-12);
  EXPECT_NEAR(grid.At(5, 81), -6 * 1 / 8.0, 1e-12);
  EXPECT_NEAR(Sum(grid.contributions), -3, 1e-12);
  EXPECT_NEAR(grid.remainder, 3.5, 1e-12);
}

TEST(ExplanationTest, CellsOfWindowsThatOverlapAddUp) {
  WindowEvidence evidence{.shape = kShape, .starts = {0, 8192}, .values = {}};  // 128 frames later
  evidence.values.assign(2 * kShape.Cells(), 0.F);
  evidence.values[20] = 1.F;                  // around frame 160
  evidence.values[kShape.Cells() + 4] = 1.F;  // around 128 + 32
  const auto grid = LayOverRecording(evidence, Metadata(), 7, 0, 1);
  EXPECT_NEAR(grid.At(0, 39), 0.5, 1e-12);
  EXPECT_NEAR(grid.At(0, 40), 0.5, 1e-12);
  EXPECT_NEAR(Sum(grid.contributions), 1, 1e-12);
}

TEST(ExplanationTest, ARepeatCountsAtTheTimeThatItRepeats) {
  WindowEvidence evidence{.shape = kShape, .starts = {0}, .values = {}};
  evidence.values.assign(kShape.Cells(), 0.F);
  // 1.28 s are 80 frames: cells 5, 15 and 25 are around frames 40, 120 and 200, all at 40.
  for (const std::size_t cell : {5, 15, 25}) evidence.values[cell] = 1.F;
  evidence.values[10] = 8.F;  // around frame 80, where it starts again
  const auto grid = LayOverRecording(evidence, Metadata(), 1.28, 0, 1);
  EXPECT_EQ(grid.columns, 20);
  EXPECT_NEAR(grid.At(0, 9), 1.5, 1e-9);
  EXPECT_NEAR(grid.At(0, 10), 1.5, 1e-9);
  EXPECT_NEAR(grid.At(0, 19), 4, 1e-9);
  EXPECT_NEAR(grid.At(0, 0), 4, 1e-9);
  EXPECT_NEAR(Sum(grid.contributions), 11, 1e-9);
}

TEST(ExplanationTest, NothingIsLostAtAnyLength) {
  WindowEvidence evidence{.shape = kShape, .starts = {0}, .values = {}};
  evidence.values.assign(kShape.Cells(), 0.01F);
  for (double duration_s = 1; duration_s < 5; duration_s += 0.0371) {
    const auto grid = LayOverRecording(evidence, Metadata(), duration_s, 0, 1);
    EXPECT_NEAR(Sum(grid.contributions), 0.01 * 312, 1e-4) << duration_s;
    EXPECT_NEAR(grid.remainder, -0.01 * 312, 1e-4);
  }
}

EvidenceGrid SmallGrid() {
  return {.rows = 3,
          .columns = 5,
          .column_s = 0.1,
          .duration_s = 0.45,
          .edges_hz = {20, 100, 200, 400},
          .contributions = {0.8, 0.5, 0.0, 0.1, -0.3,  //
                            0.0, 0.4, 0.0, 0.0, -0.9,  //
                            0.2, 0.0, 0.0, 0.5, 0.6},
          .logit = 0,
          .remainder = 0};
}

TEST(ExplanationTest, RegionsAreNeighboursOfOneSign) {
  const auto regions = TopRegions(SmallGrid());
  ASSERT_EQ(regions.size(), 3U);
  EXPECT_NEAR(regions[0].contribution, 1.7, 1e-12);
  EXPECT_NEAR(regions[0].start_s, 0, 1e-12);
  EXPECT_NEAR(regions[0].end_s, 0.2, 1e-12);
  EXPECT_EQ(regions[0].low_hz, 20);
  EXPECT_EQ(regions[0].high_hz, 200);
  EXPECT_NEAR(regions[1].contribution, -1.2, 1e-12);
  EXPECT_EQ(regions[1].end_s, 0.45) << "the recording ends before the column does";
  EXPECT_NEAR(regions[2].contribution, 1.1, 1e-12);
  EXPECT_EQ(regions[2].low_hz, 200);
  EXPECT_EQ(TopRegions(SmallGrid(), 2).size(), 2U);
}

TEST(ExplanationTest, ARecordingWithoutEvidenceHasNoRegions) {
  auto grid = SmallGrid();
  grid.contributions.assign(15, 0.0);
  EXPECT_TRUE(TopRegions(grid).empty());
  EXPECT_EQ(RegionsJson({}).dump(), R"({"regions":[]})");
}

TEST(ExplanationTest, FewerColumnsHaveTheSameSum) {
  const auto [coarse, joined] = Coarser(SmallGrid(), 3);
  EXPECT_EQ(joined, 2);
  EXPECT_EQ(coarse.columns, 3);
  EXPECT_DOUBLE_EQ(coarse.column_s, 0.2);
  EXPECT_THAT(std::vector(coarse.contributions.begin(), coarse.contributions.begin() + 3),
              ElementsAre(DoubleNear(1.3, 1e-12), DoubleNear(0.1, 1e-12), DoubleNear(-0.3, 1e-12)));
  EXPECT_EQ(Coarser(SmallGrid(), 5).columns_joined, 1);
}

}  // namespace
}  // namespace heartbeat::analysis
