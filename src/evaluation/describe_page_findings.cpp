#include <algorithm>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>

#include "evaluation/describe_page.h"
#include "evaluation/html.h"
#include "evaluation/markup.h"

namespace heartbeat::evaluation {
namespace {

using nlohmann::json;

// A property is called a finding where chance hardly explains it and it would show in a model.
constexpr double kFindingDistance = 0.2;
constexpr std::size_t kFindingsPerDatabase = 4;
constexpr std::size_t kMinOfClass = 10;
constexpr double kOddDifferencePercent = 30;

bool IsWorthAFinding(const json& row) {
  if (!row.at("auroc").is_number()) return false;
  if (row.at("negatives") < kMinOfClass || row.at("positives") < kMinOfClass) return false;
  const bool beyond_chance = row.at("low") > 0.5 || row.at("high") < 0.5;
  return beyond_chance && std::abs(row.at("auroc").get<double>() - 0.5) >= kFindingDistance;
}

// "Offset (AUROC 0.96), Converter bits (AUROC 0.97) and 3 more", the most telling first.
std::string PropertyList(const json& document, std::vector<std::size_t> rows) {
  const json& separability = document.at("separability");
  std::ranges::stable_sort(rows, std::greater(), [&](std::size_t i) {
    return std::abs(separability[i].at("auroc").get<double>() - 0.5);
  });
  std::string html;
  for (std::size_t i = 0; i < std::min(rows.size(), kFindingsPerDatabase); ++i) {
    const std::string pointer = "/separability/" + std::to_string(rows[i]) + "/auroc";
    const json& property = PropertyNamed(document, separability[rows[i]].at("property"));
    html += (i > 0 ? ", " : "") + EscapeHtml(TextOf(property.at("title"))) + " (AUROC " +
            NumberSpan(document, pointer, 2) + ")";
  }
  if (rows.size() > kFindingsPerDatabase) {
    html += " and " + std::to_string(rows.size() - kFindingsPerDatabase) + " more";
  }
  return html;
}

// What the properties say about one database; empty where there is nothing to say.
std::string SeparabilityFinding(const json& document, const std::string& database) {
  const json& rows = document.at("separability");
  std::vector<std::size_t> recorder;
  std::vector<std::size_t> either;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].at("database") != database || !IsWorthAFinding(rows[i])) continue;
    const json& property = PropertyNamed(document, rows[i].at("property"));
    (property.at("recorder_only").get<bool>() ? recorder : either).push_back(i);
  }
  std::string html;
  if (!recorder.empty()) {
    html +=
        "<li><strong>" + EscapeHtml(database) +
        "</strong>: the classes were not recorded alike. They differ in what no heart changes: " +
        PropertyList(document, recorder) + ".</li>\n";
  }
  if (!either.empty()) {
    html += "<li><strong>" + EscapeHtml(database) +
            "</strong>: the classes differ in what recorder or heart may change: " +
            PropertyList(document, either) + ".</li>\n";
  }
  return html;
}

// Rules that apply to one class of a database much more than to its other.
std::string OddFindings(const json& document) {
  std::string html;
  const json& rules = document.at("odd");
  for (std::size_t r = 0; r < rules.size(); ++r) {
    const json& groups = rules[r].at("groups");
    for (const std::string& database : DatabasesOf(document)) {
      std::string shares;
      double low = 100;
      double high = 0;
      for (const json& group : document.at("groups")) {
        if (group.at("database") != database || group.at("recordings") < kMinOfClass) continue;
        std::string share = "none";
        double percent = 0;
        for (std::size_t g = 0; g < groups.size(); ++g) {
          if (groups[g].at("database") != database || groups[g].at("class") != group.at("class")) {
            continue;
          }
          const std::string pointer =
              "/odd/" + std::to_string(r) + "/groups/" + std::to_string(g) + "/percent";
          percent = groups[g].at("percent").get<double>();
          share = NumberSpan(document, pointer, 0) + " %";
        }
        low = std::min(low, percent);
        high = std::max(high, percent);
        shares +=
            (shares.empty() ? "" : ", ") + share + " of " + EscapeHtml(TextOf(group.at("class")));
      }
      if (high - low < kOddDifferencePercent) continue;
      html += "<li><strong>" + EscapeHtml(database) +
              "</strong>: " + EscapeHtml(TextOf(rules[r].at("title"))) + ": " + shares + ".</li>\n";
    }
  }
  return html;
}

std::string CopyFinding(const json& document) {
  const auto count = [&](const std::string& pointer) { return NumberSpan(document, pointer, 0); };
  return "<li>Groups of equal files: " + count("/copies/equal_files/count") +
         ". Pairs that hold the same sound: " + count("/copies/near/count") + ", in " +
         count("/copies/near/group_count") + " groups; of these pairs, " +
         count("/copies/near/across_splits") + " lie across splits, " +
         count("/copies/near/across_databases") + " across databases and " +
         count("/copies/near/across_classes") +
         " in different classes. Those within one split belong into one fold.</li>\n";
}

}  // namespace

std::string FindingsSection(const json& document) {
  std::string html = Section("findings", "What to look at first");
  html += "<ul>\n";
  for (const std::string& database : DatabasesOf(document)) {
    html += SeparabilityFinding(document, database);
  }
  html += OddFindings(document) + CopyFinding(document) + "</ul>\n";
  html +=
      "<p class=\"note\">A property that has nothing to do with the heart and still tells the "
      "classes "
      "apart is one that a model can learn instead of the heart. It then does well on the same "
      "database and fails elsewhere: judge such a model with whole databases left out.</p>\n";
  return html;
}

}  // namespace heartbeat::evaluation
