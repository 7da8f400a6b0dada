#pragma once

#include <string>

namespace heartbeat::evaluation {

// Series of a chart are numbered, each with its colour; the last is grey.
inline constexpr int kSeriesColours = 7;

// The style of plots (plot.h) within a page, as CSS, and the variables that the page's own style
// uses (--paper, --ink, --soft, --line, --panel, --mark, --cool): light, dark where the reader
// prefers that, and light on paper.
[[nodiscard]] const std::string& PlotStyle();

// The same for a file of its own, light alone and without variables, which viewers of SVG other
// than browsers do not know.
[[nodiscard]] const std::string& StandalonePlotStyle();

}  // namespace heartbeat::evaluation
