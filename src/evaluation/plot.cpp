#include "evaluation/plot.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/base64.h"
#include "evaluation/markup.h"
#include "evaluation/plot_style.h"

namespace heartbeat::evaluation {
namespace {

// Of the style's 11 px letters, about.
constexpr double kLetterWidth = 6.1;
constexpr double kLineHeight = 15;
constexpr double kTitleHeight = 20;

std::string At(double value) { return NumberText(value, 1); }

std::string Attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + std::string(value) + "\"";
}

std::string Class(std::string_view name, int series) {
  return Attribute("class", std::string(name) + " s" + std::to_string(series));
}

std::string LineTag(double x0, double y0, double x1, double y1, const std::string& attributes) {
  return "<line" + Attribute("x1", At(x0)) + Attribute("y1", At(y0)) + Attribute("x2", At(x1)) +
         Attribute("y2", At(y1)) + attributes + "/>\n";
}

std::string TextTag(double x, double y, std::string_view anchor, std::string_view content,
                    std::string_view style = {}) {
  std::string tag =
      "<text" + Attribute("x", At(x)) + Attribute("y", At(y)) + Attribute("text-anchor", anchor);
  if (!style.empty()) tag += Attribute("class", style);
  return tag + ">" + EscapeHtml(content) + "</text>\n";
}

double Width(std::string_view text) {
  const auto letters = std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  return kLetterWidth * static_cast<double>(letters);
}

int Decimals(double step) {
  return std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
}

void UseNames(Axis& axis) {
  if (axis.names.empty()) return;
  axis.low = -0.5;
  axis.high = static_cast<double>(axis.names.size()) - 0.5;
}

std::vector<std::string> TickTexts(const std::vector<double>& ticks) {
  const int decimals = ticks.size() > 1 ? Decimals(ticks[1] - ticks[0]) : 1;
  std::vector<std::string> texts;
  for (const double tick : ticks) texts.push_back(NumberText(tick, decimals));
  return texts;
}

}  // namespace

Axis AxisOver(std::string label, std::span<const double> values) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (low > high) return {.label = std::move(label)};
  const double margin = high > low ? 0.04 * (high - low) : std::max(std::abs(low) * 0.1, 0.5);
  return {.label = std::move(label), .low = low - margin, .high = high + margin};
}

std::vector<double> Ticks(double low, double high, int about) {
  const double rough = (high - low) / std::max(about, 1);
  const double power = std::pow(10, std::floor(std::log10(rough)));
  const double share = rough / power;
  const double step = power * (share < 1.5 ? 1 : share < 3.5 ? 2 : share < 7.5 ? 5 : 10);
  std::vector<double> ticks;
  const double first = std::ceil(low / step - 1e-9);
  for (double i = first; i * step <= high + 1e-9 * step; ++i) ticks.push_back(i * step);
  return ticks;
}

Plot::Plot(std::string title, std::string description, Axis x, Axis y, Size size)
    : title_(std::move(title)),
      description_(std::move(description)),
      x_(std::move(x)),
      y_(std::move(y)),
      size_(size) {
  UseNames(x_);
  UseNames(y_);
  double widest = 0;
  const std::vector<std::string> labels =
      y_.names.empty() ? TickTexts(Ticks(y_.low, y_.high, 5)) : y_.names;
  for (const std::string& label : labels) widest = std::max(widest, Width(label));
  left_ = widest + 12 + (y_.label.empty() ? 0 : kLineHeight);
  // Half of the last number under the axis stands beyond it.
  right_ = size_.width - 20;
  top_ = title_.empty() ? 6 : kTitleHeight + 2;
  bottom_ = size_.height - kLineHeight - 4 - (x_.label.empty() ? 0 : kLineHeight);
}

double Plot::X(double value) const {
  const double share = (value - x_.low) / (x_.high - x_.low);
  return left_ + std::clamp(share, 0.0, 1.0) * (right_ - left_);
}

double Plot::Y(double value) const {
  const double share = std::clamp((value - y_.low) / (y_.high - y_.low), 0.0, 1.0);
  return y_.names.empty() ? bottom_ - share * (bottom_ - top_) : top_ + share * (bottom_ - top_);
}

void Plot::Line(std::span<const double> x, std::span<const double> y, int series, bool dashed) {
  std::string points;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::isfinite(x[i]) && std::isfinite(y[i])) points += At(X(x[i])) + "," + At(Y(y[i])) + " ";
  }
  marks_ += "<polyline" + Class(dashed ? "line dashed" : "line", series) +
            Attribute("points", points) + "/>\n";
}

void Plot::Band(std::span<const double> x, std::span<const double> low,
                std::span<const double> high, int series) {
  std::string points;
  const auto add = [&](double px, double py) {
    if (std::isfinite(px) && std::isfinite(py)) points += At(X(px)) + "," + At(Y(py)) + " ";
  };
  for (std::size_t i = 0; i < x.size(); ++i) add(x[i], low[i]);
  for (std::size_t i = x.size(); i-- > 0;) add(x[i], high[i]);
  marks_ += "<polygon" + Class("area", series) + Attribute("points", points) + "/>\n";
}

void Plot::Steps(std::span<const double> edges, std::span<const double> heights, int series) {
  std::string path = "M" + At(X(edges.front())) + "," + At(Y(0));
  for (std::size_t i = 0; i < heights.size(); ++i) {
    const double height = std::isfinite(heights[i]) ? heights[i] : 0;
    path += "V" + At(Y(height)) + "H" + At(X(edges[i + 1]));
  }
  path += "V" + At(Y(0)) + "Z";
  marks_ += "<path" + Class("bar", series) + Attribute("d", path) + "/>\n";
}

void Plot::Dot(double x, double y, int series) {
  if (!std::isfinite(x) || !std::isfinite(y)) return;
  marks_ += "<circle" + Class("dot", series) + Attribute("cx", At(X(x))) +
            Attribute("cy", At(Y(y))) + Attribute("r", "4") + "/>\n";
}

void Plot::Rule(double x0, double y0, double x1, double y1) {
  marks_ += LineTag(X(x0), Y(y0), X(x1), Y(y1), Attribute("class", "rule"));
}

void Plot::Box(double row, const BoxValues& values, int series, double thickness) {
  if (!std::isfinite(values.p5) || !std::isfinite(values.p95)) return;
  const double y = Y(row);
  const double half = thickness / 2 * (bottom_ - top_) / (y_.high - y_.low);
  marks_ += LineTag(X(values.p5), y, X(values.p95), y, Class("whisker", series));
  marks_ += "<rect" + Class("box", series) + Attribute("x", At(X(values.p25))) +
            Attribute("y", At(y - half)) +
            Attribute("width", At(std::max(0.5, X(values.p75) - X(values.p25)))) +
            Attribute("height", At(2 * half)) + "/>\n";
  marks_ += LineTag(X(values.p50), y - half, X(values.p50), y + half, Class("middle", series));
}

void Plot::Interval(double row, double low, double value, double high, int series) {
  if (!std::isfinite(value)) return;
  const double y = Y(row);
  if (std::isfinite(low) && std::isfinite(high)) {
    marks_ += LineTag(X(low), y, X(high), y, Class("whisker", series));
    for (const double end : {low, high}) {
      marks_ += LineTag(X(end), y - 4, X(end), y + 4, Class("whisker", series));
    }
  }
  Dot(value, row, series);
}

void Plot::Text(double x, double y, std::string_view text) {
  marks_ += TextTag(X(x), Y(y) + 4, "middle", text);
}

void Plot::Picture(std::span<const std::byte> png) {
  marks_ += "<image" + Attribute("x", At(left_)) + Attribute("y", At(top_)) +
            Attribute("width", At(right_ - left_)) + Attribute("height", At(bottom_ - top_)) +
            Attribute("preserveAspectRatio", "none") +
            Attribute("href", "data:image/png;base64," + base::Base64(png)) + "/>\n";
}

void Plot::Legend(std::span<const Key> keys) {
  double x = left_;
  if (!keys.empty()) top_ += kLineHeight;
  for (const Key& key : keys) {
    if (x > left_ && x + 15 + Width(key.name) > size_.width) {
      x = left_;
      top_ += kLineHeight;
    }
    const double y = top_ - kLineHeight - 1;
    legend_ += "<rect" + Class("bar", key.series) + Attribute("x", At(x)) + Attribute("y", At(y)) +
               Attribute("width", "10") + Attribute("height", "10") + "/>\n";
    legend_ += TextTag(x + 15, y + 9, "start", key.name);
    x += 30 + Width(key.name);
  }
}

std::string Plot::Frame() const {
  std::string svg;
  const auto x_ticks =
      Ticks(x_.low, x_.high, std::clamp(static_cast<int>((right_ - left_) / 60), 2, 8));
  const auto x_texts = TickTexts(x_ticks);
  if (x_.names.empty()) {
    for (std::size_t i = 0; i < x_ticks.size(); ++i) {
      const double x = X(x_ticks[i]);
      svg += LineTag(x, top_, x, bottom_, Attribute("class", "grid"));
      svg += TextTag(x, bottom_ + kLineHeight - 1, "middle", x_texts[i]);
    }
  }
  for (std::size_t i = 0; i < x_.names.size(); ++i) {
    svg += TextTag(X(static_cast<double>(i)), bottom_ + kLineHeight - 1, "middle", x_.names[i]);
  }
  if (y_.names.empty()) {
    const auto y_ticks = Ticks(y_.low, y_.high, 5);
    const auto y_texts = TickTexts(y_ticks);
    for (std::size_t i = 0; i < y_ticks.size(); ++i) {
      const double y = Y(y_ticks[i]);
      svg += LineTag(left_, y, right_, y, Attribute("class", "grid"));
      svg += TextTag(left_ - 6, y + 4, "end", y_texts[i]);
    }
  }
  for (std::size_t i = 0; i < y_.names.size(); ++i) {
    svg += TextTag(left_ - 6, Y(static_cast<double>(i)) + 4, "end", y_.names[i]);
  }
  if (!x_.label.empty()) {
    svg += TextTag((left_ + right_) / 2, size_.height - 5, "middle", x_.label, "soft");
  }
  if (!y_.label.empty()) {
    const double y = (top_ + bottom_) / 2;
    svg += "<g" + Attribute("transform", "rotate(-90 12 " + At(y) + ")") + ">" +
           TextTag(12, y, "middle", y_.label, "soft") + "</g>\n";
  }
  return svg;
}

std::string Plot::Svg() const {
  const std::string size = At(size_.width) + " " + At(size_.height);
  std::string svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\"" +
      Attribute("viewBox", "0 0 " + size) + Attribute("width", At(size_.width)) +
      Attribute("height", At(size_.height)) +
      Attribute("aria-label",
                EscapeHtml(title_.empty() ? description_ : title_ + ". " + description_)) +
      ">\n";
  svg += "<desc>" + EscapeHtml(description_) + "</desc>\n";
  if (!title_.empty()) svg += TextTag(left_, 13, "start", title_, "head");
  svg += legend_ + Frame() + marks_;
  svg += "<rect" + Attribute("class", "frame") + Attribute("x", At(left_)) +
         Attribute("y", At(top_)) + Attribute("width", At(right_ - left_)) +
         Attribute("height", At(bottom_ - top_)) + "/>\n";
  return svg + "</svg>\n";
}

std::string StandaloneSvg(std::span<const Plot> plots) {
  double width = 0;
  double height = 0;
  std::string inner;
  for (const Plot& plot : plots) {
    inner += "<g" + Attribute("transform", "translate(0 " + At(height) + ")") + ">" + plot.Svg() +
             "</g>\n";
    width = std::max(width, plot.size().width);
    height += plot.size().height;
  }
  return "<svg xmlns=\"http://www.w3.org/2000/svg\"" + Attribute("width", At(width)) +
         Attribute("height", At(height)) + ">\n<style>" + StandalonePlotStyle() +
         "</style>\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n" + inner + "</svg>\n";
}

}  // namespace heartbeat::evaluation
