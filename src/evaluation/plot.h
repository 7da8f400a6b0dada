#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evaluation/plot_style.h"

namespace heartbeat::evaluation {

struct Axis {
  std::string label;  // with its unit
  double low = 0;     // low < high, finite
  double high = 1;
  // Where not empty, the axis has one place for each name, at 0, 1, 2, … (the first at the top of a
  // y axis), and `low` and `high` are not used.
  std::vector<std::string> names = {};
};

// An axis over the finite values of all of `values`, a little wider; 0..1 where there are none.
[[nodiscard]] Axis AxisOver(std::string label, std::span<const double> values);

// Round numbers (1, 2 or 5 times a power of ten apart) within [low, high], about `about` of them.
[[nodiscard]] std::vector<double> Ticks(double low, double high, int about);

// What a box of a box plot shows.
struct BoxValues {
  double p5 = 0;
  double p25 = 0;
  double p50 = 0;
  double p75 = 0;
  double p95 = 0;
};

// One chart as SVG, drawn with the classes of plot_style.h. Series are numbered from 0, and
// each number has its colour; the last, kNeutral, is grey. What is not finite is left out.
class Plot {
 public:
  static constexpr int kNeutral = kSeriesColours - 1;

  struct Size {
    double width = 440;
    double height = 270;
  };

  // `title` stands above the chart; `description` is read by those who do not see it.
  Plot(std::string title, std::string description, Axis x, Axis y)
      : Plot(std::move(title), std::move(description), std::move(x), std::move(y), Size()) {}
  Plot(std::string title, std::string description, Axis x, Axis y, Size size);

  // The spans of each call are as long as each other.
  void Line(std::span<const double> x, std::span<const double> y, int series, bool dashed = false);
  void Band(std::span<const double> x, std::span<const double> low, std::span<const double> high,
            int series);
  // Bars from y = 0; `edges` has one more element than `heights`.
  void Steps(std::span<const double> edges, std::span<const double> heights, int series);
  void Dot(double x, double y, int series);
  // A thin dashed line from one point to another.
  void Rule(double x0, double y0, double x1, double y1);
  // Along x, at the place `row` of a y axis with names; `thickness` in rows.
  void Box(double row, const BoxValues& values, int series, double thickness = 0.6);
  void Interval(double row, double low, double value, double high, int series);
  void Text(double x, double y, std::string_view text);
  // A PNG that fills the whole of the axes.
  void Picture(std::span<const std::byte> png);
  // Names of series, in lines under the title. Called before anything is drawn.
  struct Key {
    std::string name;
    int series = 0;
  };
  void Legend(std::span<const Key> keys);

  [[nodiscard]] std::string Svg() const;
  [[nodiscard]] const Size& size() const { return size_; }

 private:
  [[nodiscard]] double X(double value) const;
  [[nodiscard]] double Y(double value) const;
  [[nodiscard]] std::string Frame() const;

  std::string title_;
  std::string description_;
  Axis x_;
  Axis y_;
  Size size_;
  double left_ = 0;
  double right_ = 0;
  double top_ = 0;
  double bottom_ = 0;
  std::string marks_;
  std::string legend_;
};

// Charts one below the other as a file of their own.
[[nodiscard]] std::string StandaloneSvg(std::span<const Plot> plots);

}  // namespace heartbeat::evaluation
