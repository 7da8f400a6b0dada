#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "evaluation/describe.h"
#include "evaluation/describe_page.h"
#include "evaluation/html.h"
#include "evaluation/markup.h"
#include "evaluation/plot.h"

namespace heartbeat::evaluation {
namespace {

using nlohmann::json;

// A class has the same colour in every chart.
int Series(const std::string& class_name) {
  if (class_name == "normal" || class_name == "murmur absent") return 0;
  if (class_name == "abnormal" || class_name == "murmur present") return 1;
  return class_name == "murmur unknown" ? 2 : Plot::kNeutral;
}

std::vector<Plot::Key> Keys(const std::vector<std::string>& classes) {
  std::vector<Plot::Key> keys;
  for (const std::string& name : classes) keys.push_back({name, Series(name)});
  return keys;
}

// Every class of the document, in the order of lists.
std::vector<std::string> ClassesOf(const json& document) {
  std::map<int, std::string> ranked;
  for (const json& group : document.at("groups")) {
    const auto name = group.at("class").get<std::string>();
    ranked.emplace(ClassRank(name), name);
  }
  std::vector<std::string> classes;
  for (const auto& [rank, name] : ranked) classes.push_back(name);
  return classes;
}

std::string WithUnit(const json& property) {
  const auto unit = property.at("unit").get<std::string>();
  return unit.empty() ? property.at("title").get<std::string>() : unit;
}

}  // namespace

std::string BoxFigure(const json& document, const json& property) {
  const std::vector<std::string> databases = DatabasesOf(document);
  const std::string key = property.at("key");
  std::map<std::string, std::vector<const json*>> groups;
  std::vector<double> ends;
  for (const json& group : document.at("groups")) {
    groups[group.at("database").get<std::string>()].push_back(&group);
    const json& values = group.at("properties").at(key);
    ends.push_back(NumberOf(values.at("p5")));
    ends.push_back(NumberOf(values.at("p95")));
  }
  Axis y{.label = "", .names = databases};
  Plot plot(
      property.at("title"),
      "Box plot by database and class: 5th, 25th, 50th, 75th and 95th percentile. The numbers "
      "stand in the JSON file under groups.",
      AxisOver(WithUnit(property), ends), y,
      {.width = 350, .height = 75 + 30.0 * static_cast<double>(databases.size())});
  plot.Legend(Keys(ClassesOf(document)));
  for (std::size_t row = 0; row < databases.size(); ++row) {
    const auto& members = groups[databases[row]];
    const double part = 0.8 / static_cast<double>(members.size());
    for (std::size_t i = 0; i < members.size(); ++i) {
      const json& values = members[i]->at("properties").at(key);
      const BoxValues box{NumberOf(values.at("p5")), NumberOf(values.at("p25")),
                          NumberOf(values.at("p50")), NumberOf(values.at("p75")),
                          NumberOf(values.at("p95"))};
      const double at = static_cast<double>(row) - 0.4 + part * (static_cast<double>(i) + 0.5);
      plot.Box(at, box, Series(members[i]->at("class")), 0.75 * part);
    }
  }
  return Figure(plot.Svg(), property.at("definition").get<std::string>());
}

std::string SpectrumFigure(const json& document, const std::string& database) {
  std::vector<const json*> spectra;
  std::vector<double> ends;
  double highest_hz = 1;
  std::vector<std::string> classes;
  for (const json& spectrum : document.at("spectra")) {
    if (spectrum.at("database") != database) continue;
    spectra.push_back(&spectrum);
    classes.push_back(spectrum.at("class"));
    for (const double value : NumbersOf(spectrum.at("mean_db"))) ends.push_back(value);
    highest_hz = std::max(highest_hz, NumberOf(spectrum.at("bin_hz")) *
                                          static_cast<double>(spectrum.at("mean_db").size() - 1));
  }
  Axis y = AxisOver("dB of the power, per Hz", ends);
  y.low -= 6;
  y.high += 6;
  Plot plot(database,
            "Mean spectrum by class, with one standard deviation on either side. The numbers stand "
            "in the JSON file under spectra.",
            {.label = "Hz", .low = 0, .high = highest_hz}, y, {.width = 440, .height = 260});
  plot.Legend(Keys(classes));
  for (const json* spectrum : spectra) {
    const std::vector<double> mean = NumbersOf(spectrum->at("mean_db"));
    const std::vector<double> deviation = NumbersOf(spectrum->at("deviation_db"));
    std::vector<double> hz(mean.size());
    std::vector<double> low(mean.size());
    std::vector<double> high(mean.size());
    for (std::size_t i = 0; i < mean.size(); ++i) {
      hz[i] = static_cast<double>(i) * NumberOf(spectrum->at("bin_hz"));
      low[i] = mean[i] - deviation[i];
      high[i] = mean[i] + deviation[i];
    }
    const int series = Series(spectrum->at("class"));
    plot.Band(hz, low, high, series);
    plot.Line(hz, mean, series, series == 1);
  }
  return Figure(plot.Svg(), "");
}

std::string HistogramFigure(const json& document, const json& histogram) {
  const std::string database = histogram.at("database");
  const json& property = PropertyNamed(document, histogram.at("property"));
  const std::vector<double> edges = NumbersOf(histogram.at("edges"));
  std::vector<std::vector<double>> shares;
  double highest = 0;
  for (const char* side : {"negatives", "positives"}) {
    std::vector<double> counts = NumbersOf(histogram.at(side));
    const double total = std::accumulate(counts.begin(), counts.end(), 0.0);
    for (double& count : counts) {
      count = total > 0 ? 100 * count / total : 0;
      highest = std::max(highest, count);
    }
    shares.push_back(std::move(counts));
  }
  Plot plot(database + ": " + property.at("title").get<std::string>(),
            "Histogram of two classes. The counts stand in the JSON file under histograms.",
            {.label = WithUnit(property), .low = edges.front(), .high = edges.back()},
            {.label = "% of the class", .low = 0, .high = std::max(highest * 1.05, 1.0)},
            {.width = 350, .height = 220});
  const bool is_labelled = std::ranges::any_of(document.at("groups"), [&](const json& group) {
    return group.at("database") == database && group.at("class") == "abnormal";
  });
  plot.Legend(std::vector<Plot::Key>{{is_labelled ? "normal" : "murmur absent", 0},
                                     {is_labelled ? "abnormal" : "murmur present", 1}});
  plot.Steps(edges, shares[0], 0);
  plot.Steps(edges, shares[1], 1);
  const std::string pointer =
      SeparabilityPointer(document, database, histogram.at("property").get<std::string>());
  const auto number = [&](const char* field) {
    return NumberSpan(document, pointer + "/" + field, 2);
  };
  return "<figure>" + plot.Svg() + "<figcaption>AUROC " + number("auroc") + " [" + number("low") +
         ", " + number("high") + "]</figcaption></figure>\n";
}

}  // namespace heartbeat::evaluation
