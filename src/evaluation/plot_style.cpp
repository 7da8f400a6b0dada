#include "evaluation/plot_style.h"

#include <array>
#include <functional>

namespace heartbeat::evaluation {
namespace {

struct Palette {
  const char* scheme;
  const char* paper;
  const char* ink;
  const char* soft;
  const char* line;
  const char* panel;
  // Okabe & Ito's colours and some between, which the colour-blind tell apart.
  std::array<const char*, kSeriesColours - 1> series;
  // Red, green and blue of what shades a table's cells.
  const char* mark;
  const char* cool;
};

constexpr Palette kLight = {
    .scheme = "light dark",
    .paper = "#ffffff",
    .ink = "#1c2126",
    .soft = "#5a6570",
    .line = "#d9dee4",
    .panel = "#f5f7f9",
    .series = {"#0072b2", "#d55e00", "#7b5ea7", "#008a66", "#5f5a00", "#c0508f"},
    .mark = "213,94,0",
    .cool = "0,114,178"};
constexpr Palette kDark = {
    .scheme = "light dark",
    .paper = "#15191d",
    .ink = "#e4e8ec",
    .soft = "#9ba6b2",
    .line = "#343c45",
    .panel = "#1d2329",
    .series = {"#5ab6ec", "#ff9448", "#c0a5ec", "#3fcaa0", "#f0e05a", "#ef90c4"},
    .mark = "255,148,72",
    .cool = "90,182,236"};

Palette Printed() {
  Palette palette = kLight;
  palette.scheme = "light";
  palette.ink = "#000000";
  palette.soft = "#444444";
  palette.line = "#bbbbbb";
  palette.panel = "#ffffff";
  return palette;
}

std::string Variables(const Palette& palette) {
  std::string css = std::string(":root{color-scheme:") + palette.scheme;
  const auto add = [&](const std::string& name, const char* value) {
    css.append(";--").append(name).append(":").append(value);
  };
  add("paper", palette.paper);
  add("ink", palette.ink);
  add("soft", palette.soft);
  add("line", palette.line);
  add("panel", palette.panel);
  add("mark", palette.mark);
  add("cool", palette.cool);
  for (std::size_t i = 0; i < palette.series.size(); ++i) {
    add("s" + std::to_string(i), palette.series[i]);
  }
  return css + "}";
}

// `colour(name)` gives the value of a variable, or how to ask for it.
std::string Rules(const std::function<std::string(const std::string&)>& colour) {
  std::string css =
      "svg{font:11px system-ui,sans-serif}svg text{fill:" + colour("ink") +
      "}svg text.soft{fill:" + colour("soft") +
      "}svg text.head{font-weight:600;font-size:12px}svg .grid{stroke:" + colour("line") +
      "}svg .frame{stroke:" + colour("soft") + ";fill:none}svg .rule{stroke:" + colour("soft") +
      ";stroke-dasharray:4 3}svg .line{fill:none;stroke-width:1.8;stroke-linejoin:"
      "round}svg .dashed{stroke-dasharray:6 3}svg .area{fill-opacity:.16}svg .bar,svg "
      ".box{fill-opacity:.28}svg .whisker{stroke-width:1.2}svg .middle{stroke-width:"
      "2.4}svg .dot{stroke:" +
      colour("paper") + ";stroke-width:.8}\n";
  for (int i = 0; i < kSeriesColours; ++i) {
    const std::string series = ".s" + std::to_string(i);
    const std::string value = colour(i == kSeriesColours - 1 ? "soft" : "s" + std::to_string(i));
    const auto each = [&](std::initializer_list<const char*> classes, const std::string& property) {
      for (const char* name : classes) {
        css.append("svg .").append(name).append(series).append("{").append(property);
        css.append(":").append(value).append("}");
      }
    };
    each({"line", "bar", "box", "whisker", "middle"}, "stroke");
    each({"area", "bar", "box", "dot"}, "fill");
    css += "\n";
  }
  return css;
}

}  // namespace

const std::string& PlotStyle() {
  static const std::string style =
      Variables(kLight) + "\n@media (prefers-color-scheme:dark){" + Variables(kDark) +
      "}\n@media print{" + Variables(Printed()) + "}\n" +
      Rules([](const std::string& name) { return "var(--" + name + ")"; });
  return style;
}

const std::string& StandalonePlotStyle() {
  static const std::string style = Rules([](const std::string& name) -> std::string {
    if (name == "paper") return kLight.paper;
    if (name == "ink") return kLight.ink;
    if (name == "soft") return kLight.soft;
    if (name == "line") return kLight.line;
    return kLight.series.at(static_cast<std::size_t>(name.back() - '0'));
  });
  return style;
}

}  // namespace heartbeat::evaluation
