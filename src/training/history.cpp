#include "training/history.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace heartbeat::training {
namespace {

constexpr double kLeft = 60;
constexpr double kWidth = 520;
constexpr double kHeight = 180;
constexpr int kGridLines = 5;

struct Series {
  const char* name;
  const char* color;
  double EpochRecord::* field;
};

std::string Text(double x, double y, const char* anchor, const std::string& content,
                 const char* color = "#333") {
  char buffer[256];
  std::snprintf(buffer, sizeof buffer,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">%s</text>\n", x, y,
                anchor, color, content.c_str());
  return buffer;
}

std::string Number(double value, const char* format) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

// One panel whose upper edge is at `top`.
std::string Panel(const std::vector<EpochRecord>& history, const std::vector<Series>& series,
                  double top) {
  double low = INFINITY;
  double high = -INFINITY;
  for (const EpochRecord& record : history) {
    for (const Series& s : series) {
      if (!std::isfinite(record.*s.field)) continue;
      low = std::min(low, record.*s.field);
      high = std::max(high, record.*s.field);
    }
  }
  if (!(low <= high)) return {};
  if (high - low < 1e-6) high = low + 1e-6;
  const auto x = [&](std::size_t i) {
    const auto last = static_cast<double>(std::max<std::size_t>(history.size() - 1, 1));
    return kLeft + kWidth * static_cast<double>(i) / last;
  };
  const auto y = [&](double value) { return top + kHeight * (high - value) / (high - low); };

  std::string svg;
  for (int i = 0; i < kGridLines; ++i) {
    const double value = low + (high - low) * i / (kGridLines - 1);
    char line[160];
    std::snprintf(line, sizeof line,
                  "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>\n",
                  kLeft, y(value), kLeft + kWidth, y(value));
    svg += line + Text(kLeft - 6, y(value) + 4, "end", Number(value, "%.3f"));
  }
  double legend = kLeft;
  for (const Series& s : series) {
    std::string points;
    for (std::size_t i = 0; i < history.size(); ++i) {
      const double value = history[i].*s.field;
      if (std::isfinite(value))
        points += Number(x(i), "%.1f") + "," + Number(y(value), "%.1f") + " ";
    }
    svg += "<polyline fill=\"none\" stroke=\"" + std::string(s.color) +
           "\" stroke-width=\"2\" points=\"" + points + "\"/>\n";
    svg += Text(legend, top - 8, "start", s.name, s.color);
    legend += 150;
  }
  svg += Text(kLeft, top + kHeight + 16, "middle", std::to_string(history.front().epoch));
  svg += Text(kLeft + kWidth, top + kHeight + 16, "middle", std::to_string(history.back().epoch));
  return svg + Text(kLeft + kWidth / 2, top + kHeight + 16, "middle", "epoch");
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
                         number(row.at("holdout_macc")), number(row.at("seconds"))});
    }
  } catch (const nlohmann::json::exception&) {
    return base::Fail(base::ErrorCode::kInvalidArgument, "not a training history");
  }
  return history;
}

std::string ToSvg(const std::vector<EpochRecord>& history) {
  std::string svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"620\" height=\"500\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
  if (!history.empty()) {
    svg += Panel(history,
                 {{"training loss", "#1f77b4", &EpochRecord::loss},
                  {"hold-out loss", "#d62728", &EpochRecord::holdout_loss}},
                 40);
    svg += Panel(history,
                 {{"hold-out AUROC", "#2ca02c", &EpochRecord::holdout_auroc},
                  {"hold-out MAcc", "#9467bd", &EpochRecord::holdout_macc}},
                 280);
  }
  return svg + "</svg>\n";
}

}  // namespace heartbeat::training
