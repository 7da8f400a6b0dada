#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "evaluation/html.h"
#include "evaluation/markup.h"
#include "evaluation/plot.h"
#include "evaluation/report_page.h"

namespace heartbeat::evaluation {
namespace {

using nlohmann::json;

constexpr Plot::Size kSquare = {.width = 400, .height = 390};

Axis Share(std::string label, double high = 1) {
  return {.label = std::move(label), .low = 0, .high = high, .names = {}};
}

struct Curve {
  std::string name;
  std::vector<double> x;
  std::vector<double> y;
};

// The curve called `key` of each group that has it, pooled first.
std::vector<Curve> Curves(const json& document, const std::string& key) {
  std::vector<Curve> curves;
  for (const json& group : document.at("groups")) {
    if (group.at(key).empty()) continue;
    Curve curve{.name = group.at("database"), .x = {}, .y = {}};
    for (const json& point : group.at(key)) {
      curve.x.push_back(NumberOf(point.at(0)));
      curve.y.push_back(NumberOf(point.at(1)));
    }
    curves.push_back(std::move(curve));
  }
  return curves;
}

// Databases have the colours after the first; what is pooled is the boldest, in grey.
int SeriesOf(std::size_t curve) {
  return curve == 0 ? Plot::kNeutral : static_cast<int>((curve - 1) % Plot::kNeutral);
}

void Draw(const std::vector<Curve>& curves, Plot& plot) {
  std::vector<Plot::Key> keys;
  for (std::size_t i = 0; i < curves.size(); ++i) keys.push_back({curves[i].name, SeriesOf(i)});
  plot.Legend(keys);
  for (std::size_t i = curves.size(); i-- > 0;) {
    plot.Line(curves[i].x, curves[i].y, SeriesOf(i), i >= Plot::kNeutral);
  }
}

}  // namespace

std::string RocFigure(const json& document) {
  Plot plot("ROC curve",
            "Sensitivity over 1 - specificity at every threshold, for all recordings and each "
            "database. The points stand in the JSON file under groups, roc.",
            Share("1 - specificity"), Share("sensitivity"), kSquare);
  Draw(Curves(document, "roc"), plot);
  plot.Rule(0, 0, 1, 1);
  const json& all = document.at("groups").at(0);
  plot.Dot(1 - NumberOf(all.at("specificity").at("value")),
           NumberOf(all.at("sensitivity").at("value")), Plot::kNeutral);
  return Figure(
      plot.Svg(),
      "The dot is where the shipped threshold stands, over all recordings; the dashed line "
      "is chance.");
}

std::string PrecisionRecallFigure(const json& document) {
  Plot plot("Precision and recall",
            "Precision over recall at every threshold, for all recordings and each database. The "
            "points stand in the JSON file under groups, precision_recall.",
            Share("recall (sensitivity)"), Share("precision"), kSquare);
  Draw(Curves(document, "precision_recall"), plot);
  const json& all = document.at("groups").at(0);
  const double abnormal = NumberOf(all.at("abnormal"));
  const double share = abnormal / (abnormal + NumberOf(all.at("normal")));
  if (std::isfinite(share)) plot.Rule(0, share, 1, share);
  return Figure(
      plot.Svg(),
      "The dashed line is the share of abnormal recordings, which is what guessing gives. "
      "Precision goes with that share: compare databases by ROC instead.");
}

std::string ReliabilityFigure(const json& document) {
  const json& all = document.at("groups").at(0);
  const double recordings = NumberOf(all.at("normal")) + NumberOf(all.at("abnormal"));
  Plot plot(
      "Reliability, all recordings",
      "Share of abnormal recordings over the mean probability, in ten bins of equal size. The "
      "numbers stand in the JSON file under groups, reliability.",
      Share("mean probability of abnormal"), Share("share that is abnormal"), kSquare);
  std::vector<double> x;
  std::vector<double> y;
  std::vector<double> low;
  std::vector<double> high;
  for (const json& bin : all.at("reliability")) {
    x.push_back(NumberOf(bin.at("mean_probability")));
    y.push_back(NumberOf(bin.at("abnormal_share")));
    const auto count =
        static_cast<std::size_t>(std::lround(recordings * NumberOf(bin.at("share"))));
    const ShareRange range = BinomialRange(x.back(), count);
    low.push_back(range.low);
    high.push_back(range.high);
  }
  plot.Band(x, low, high, Plot::kNeutral);
  plot.Rule(0, 0, 1, 1);
  plot.Line(x, y, 1);
  for (std::size_t i = 0; i < x.size(); ++i) plot.Dot(x[i], y[i], 1);
  return Figure(
      plot.Svg(),
      "The band is where 95 % of the dots of a perfectly calibrated model would lie with so "
      "many recordings (binomial); on the dashed line, a probability means what it says.");
}

std::string RiskCoverageFigure(const json& document) {
  const std::vector<Curve> curves = Curves(document, "risk_coverage");
  double highest = 0.05;
  for (const Curve& curve : curves) {
    for (std::size_t i = 0; i < curve.y.size(); ++i) {
      // The first few recordings alone make errors of one in one.
      if (curve.x[i] >= 0.1) highest = std::max(highest, curve.y[i]);
    }
  }
  Plot plot("Risk and coverage",
            "Share of errors among the most confident recordings, over the share that is answered. "
            "The points stand in the JSON file under groups, risk_coverage.",
            Share("share answered, most confident first"), Share("errors", highest * 1.05),
            kSquare);
  Draw(curves, plot);
  return Figure(plot.Svg(),
                "What abstaining buys: where only the most confident part is answered, how many of "
                "those answers are wrong.");
}

std::string ForestFigure(const json& document, const std::string& measure,
                         const std::string& title) {
  std::vector<std::string> names;
  std::vector<const json*> estimates;
  for (const json& group : document.at("groups")) {
    names.push_back(group.at("database"));
    estimates.push_back(&group.at(measure));
    const json& mean = document.at("mean_over_databases");
    if (names.size() == 1 && !mean.at("databases").empty()) {
      names.emplace_back("mean of databases");
      estimates.push_back(&mean.at(measure));
    }
  }
  std::vector<double> ends = {0.5, 1};
  for (const json* estimate : estimates) {
    for (const char* end : {"low", "value", "high"}) ends.push_back(NumberOf(estimate->at(end)));
  }
  const double height = 75 + 26.0 * static_cast<double>(names.size());
  Plot plot(title, "Value and 95 % interval for all recordings and each database, as in the table.",
            AxisOver("", ends), {.label = "", .names = names}, {.width = 440, .height = height});
  plot.Rule(0.5, -0.5, 0.5, static_cast<double>(names.size()) - 0.5);
  for (std::size_t i = 0; i < estimates.size(); ++i) {
    const json& estimate = *estimates[i];
    const bool is_database = names[i] != "all" && names[i] != "mean of databases";
    plot.Interval(static_cast<double>(i), NumberOf(estimate.at("low")),
                  NumberOf(estimate.at("value")), NumberOf(estimate.at("high")),
                  is_database ? 0 : 1);
  }
  return Figure(plot.Svg(), "");
}

ShareRange BinomialRange(double probability, std::size_t count) {
  if (count == 0 || !(probability >= 0 && probability <= 1)) return {0, 1};
  const auto n = static_cast<double>(count);
  if (probability == 0 || probability == 1) return {probability, probability};
  ShareRange range{.low = 0, .high = 1};
  bool has_low = false;
  double sum = 0;
  for (std::size_t k = 0; k <= count; ++k) {
    const auto hits = static_cast<double>(k);
    sum += std::exp(std::lgamma(n + 1) - std::lgamma(hits + 1) - std::lgamma(n - hits + 1) +
                    hits * std::log(probability) + (n - hits) * std::log1p(-probability));
    if (!has_low && sum >= 0.025) {
      range.low = hits / n;
      has_low = true;
    }
    if (sum >= 0.975) {
      range.high = hits / n;
      break;
    }
  }
  return range;
}

}  // namespace heartbeat::evaluation
