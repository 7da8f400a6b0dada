#include "training/history.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "evaluation/plot.h"

namespace heartbeat::training {
namespace {

struct Series {
  const char* name;
  double (*value)(const EpochRecord&);
};

evaluation::Plot Panel(const std::vector<EpochRecord>& history, const char* title,
                       const std::vector<Series>& series) {
  std::vector<double> epochs;
  for (const EpochRecord& record : history) epochs.push_back(record.epoch);
  std::vector<std::vector<double>> lines;
  std::vector<double> all;
  for (const Series& one : series) {
    std::vector<double>& line = lines.emplace_back();
    for (const EpochRecord& record : history) line.push_back(one.value(record));
    all.insert(all.end(), line.begin(), line.end());
  }
  evaluation::Plot plot(title, "Each line stands for a column of history.json.",
                        {.label = "epoch",
                         .low = epochs.front(),
                         .high = std::max(epochs.back(), epochs.front() + 1),
                         .names = {}},
                        evaluation::AxisOver("", all), {.width = 620, .height = 250});
  std::vector<evaluation::Plot::Key> keys;
  for (std::size_t i = 0; i < series.size(); ++i) {
    keys.push_back({series[i].name, static_cast<int>(i)});
  }
  plot.Legend(keys);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    plot.Line(epochs, lines[i], static_cast<int>(i), i > 0);
  }
  return plot;
}

}  // namespace

nlohmann::json ToJson(const std::vector<EpochRecord>& history) {
  nlohmann::json list = nlohmann::json::array();
  for (const EpochRecord& r : history) {
    list.push_back({{"epoch", r.epoch},
                    {"learning_rate", r.learning_rate},
                    {"loss", r.loss},
                    {"holdout_loss", r.holdout_loss},
                    {"holdout_auroc", r.holdout_auroc},
                    {"holdout_macc", r.holdout_macc},
                    {"seconds", r.seconds}});
    if (r.holdout_murmur_auroc) list.back()["holdout_murmur_auroc"] = *r.holdout_murmur_auroc;
  }
  return list;
}

base::Result<std::vector<EpochRecord>> HistoryFromJson(std::string_view text) {
  std::vector<EpochRecord> history;
  try {
    // An undefined measure (a class missing from the hold-out) was written as null.
    const auto number = [](const nlohmann::json& value) {
      return value.is_null() ? std::nan("") : value.get<double>();
    };
    for (const nlohmann::json& row : nlohmann::json::parse(text)) {
      history.push_back({row.at("epoch"), number(row.at("learning_rate")), number(row.at("loss")),
                         number(row.at("holdout_loss")), number(row.at("holdout_auroc")),
                         number(row.at("holdout_macc")), number(row.at("seconds")), std::nullopt});
      if (row.contains("holdout_murmur_auroc")) {
        history.back().holdout_murmur_auroc = number(row.at("holdout_murmur_auroc"));
      }
    }
  } catch (const nlohmann::json::exception&) {
    return base::Fail(base::ErrorCode::kInvalidArgument, "not a training history");
  }
  return history;
}

std::string ToSvg(const std::vector<EpochRecord>& history) {
  std::vector<evaluation::Plot> panels;
  if (!history.empty()) {
    panels.push_back(
        Panel(history, "Loss",
              {{"training loss", [](const EpochRecord& r) { return r.loss; }},
               {"hold-out loss", [](const EpochRecord& r) { return r.holdout_loss; }}}));
    std::vector<Series> measures = {
        {"hold-out AUROC", [](const EpochRecord& r) { return r.holdout_auroc; }},
        {"hold-out MAcc", [](const EpochRecord& r) { return r.holdout_macc; }}};
    const auto has_murmur = [](const EpochRecord& r) { return r.holdout_murmur_auroc.has_value(); };
    if (std::ranges::all_of(history, has_murmur)) {
      measures.push_back({"hold-out AUROC of murmurs",
                          [](const EpochRecord& r) { return r.holdout_murmur_auroc.value_or(0); }});
    }
    panels.push_back(Panel(history, "Measures", measures));
  }
  return evaluation::StandaloneSvg(panels);
}

}  // namespace heartbeat::training
