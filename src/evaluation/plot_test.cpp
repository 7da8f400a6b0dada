#include "evaluation/plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace heartbeat::evaluation {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(Ticks, AreRoundAndInside) {
  EXPECT_THAT(Ticks(0, 1, 5), ElementsAre(0, 0.2, 0.4, 0.6000000000000001, 0.8, 1));
  EXPECT_THAT(Ticks(-93, -12, 4), ElementsAre(-80, -60, -40, -20));
  EXPECT_THAT(Ticks(8, 20.5, 3), ElementsAre(10, 15, 20));
}

TEST(AxisOver, HoldsEveryFiniteValue) {
  const Axis axis = AxisOver("Hz", std::vector<double>{3, NAN, 10, -2, INFINITY});
  EXPECT_LT(axis.low, -2);
  EXPECT_GT(axis.high, 10);
  EXPECT_LT(axis.high, 11);
  const Axis one = AxisOver("Hz", std::vector<double>{0});
  EXPECT_LT(one.low, one.high);
  const Axis none = AxisOver("Hz", {});
  EXPECT_LT(none.low, none.high);
}

// Charts of 400 x 200: the drawing area is what lies within the frame.
Plot Chart() {
  return {"A & B",
          "what it shows",
          {.label = "s", .low = 0, .high = 10},
          {.label = "dB", .low = -10, .high = 10},
          {.width = 400, .height = 200}};
}

// The number after `name="` in the last element that has it.
double Last(const std::string& svg, const std::string& name) {
  const auto at = svg.rfind(" " + name + "=\"");
  return at == std::string::npos ? NAN : std::stod(svg.substr(at + name.size() + 3));
}

TEST(Plot, PutsValuesWhereTheyBelong) {
  Plot plot = Chart();
  const std::string frame = plot.Svg();
  const double left = Last(frame, "x");
  const double top = Last(frame, "y");
  const double width = Last(frame, "width");
  const double height = Last(frame, "height");
  plot.Dot(5, 5, 1);
  const std::string svg = plot.Svg();
  EXPECT_NEAR(Last(svg, "cx"), left + width / 2, 0.1);
  EXPECT_NEAR(Last(svg, "cy"), top + height / 4, 0.1);
  // What lies outside is drawn at the edge, never beyond it.
  plot.Dot(50, -99, 1);
  EXPECT_NEAR(Last(plot.Svg(), "cx"), left + width, 0.1);
  EXPECT_NEAR(Last(plot.Svg(), "cy"), top + height, 0.1);
}

TEST(Plot, LeavesOutWhatIsNotFinite) {
  Plot plot = Chart();
  plot.Line(std::vector<double>{0, 5, 10}, std::vector<double>{0, NAN, 5}, 0);
  plot.Dot(NAN, 0, 0);
  plot.Interval(0, NAN, NAN, NAN, 0);
  const std::string svg = plot.Svg();
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("<circle")));
  EXPECT_THAT(svg, HasSubstr("<polyline"));
}

TEST(Plot, IsDescribedAndEscaped) {
  const std::string svg = Chart().Svg();
  EXPECT_THAT(svg, HasSubstr("role=\"img\""));
  EXPECT_THAT(svg, HasSubstr("aria-label=\"A &amp; B. what it shows\""));
  EXPECT_THAT(svg, Not(HasSubstr("A & B")));
}

TEST(Plot, NamesStandFromTheTop) {
  Plot plot("t", "d", {.label = "x"}, {.label = "", .names = {"first", "second"}});
  plot.Dot(0.5, 0, 0);
  const double first = Last(plot.Svg(), "cy");
  plot.Dot(0.5, 1, 0);
  EXPECT_LT(first, Last(plot.Svg(), "cy"));
}

TEST(StandaloneSvg, CarriesItsStyleAndHoldsAllCharts) {
  const std::vector<Plot> plots = {Chart(), Chart()};
  const std::string svg = StandaloneSvg(plots);
  EXPECT_THAT(svg, HasSubstr("<style>"));
  EXPECT_THAT(svg, Not(HasSubstr("var(")));
  EXPECT_THAT(svg, HasSubstr("height=\"400.0\""));
  EXPECT_THAT(svg, HasSubstr("translate(0 200.0)"));
}

}  // namespace
}  // namespace heartbeat::evaluation
