#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "evaluation/describe_page.h"
#include "evaluation/html.h"
#include "evaluation/markup.h"

namespace heartbeat::evaluation {
namespace {

using nlohmann::json;

constexpr std::size_t kListedPairs = 60;
constexpr std::size_t kListedRecords = 12;

std::string RecordText(const json& reference) {
  std::string text = TextOf(reference.at("record")) + " (" + TextOf(reference.at("database")) +
                     ", " + TextOf(reference.at("class"));
  if (!TextOf(reference.at("split")).empty()) text += ", " + TextOf(reference.at("split"));
  return text + ")";
}

std::string EqualGroups(const json& document, const std::string& key, const std::string& title) {
  const json& groups = document.at("copies").at(key).at("groups");
  std::string html = "<h3>" + EscapeHtml(title) + "</h3>\n";
  if (groups.empty()) return html + Paragraph("None.");
  html += "<ul>\n";
  for (std::size_t i = 0; i < std::min(groups.size(), kListedPairs); ++i) {
    std::string names;
    for (const json& reference : groups[i]) {
      names += (names.empty() ? "" : " = ") + RecordText(reference);
    }
    html += "<li>" + EscapeHtml(names) + "</li>\n";
  }
  html += "</ul>\n";
  if (groups.size() > kListedPairs) {
    html += Paragraph("The JSON file lists all of them, under copies/" + key + ".");
  }
  return html;
}

}  // namespace

std::string CopiesSection(const json& document) {
  std::string html = Section("copies", "Copies");
  html += EqualGroups(document, "equal_files", "Equal files (SHA-256)");
  html += EqualGroups(document, "equal_samples",
                      "Equal samples, whatever the container (SHA-256 of rate and samples)");
  html += "<h3>The same sound</h3>\n";
  html += Paragraph(
      "Pairs of which one holds 4 s or more of the other, at another level, shifted, or coded "
      "again: "
      "found by an audio fingerprint (Haitsma & Kalker 2002) and kept where the normalised "
      "cross-correlation of the overlap, between 25 and 400 Hz, is 0.8 or more in magnitude. A "
      "model "
      "that was trained on one of a pair has heard the other.");
  const json& pairs = document.at("copies").at("near").at("pairs");
  if (pairs.empty()) return html + Paragraph("None.");
  HtmlTable table(
      "Offset: how much later the second begins. Gain: level of the second above the first. Bits: "
      "share of the fingerprints' bits that differ.");
  table.Columns(std::vector<std::string>{"First", "Second", "Correlation", "Offset (s)",
                                         "Overlap (s)", "Gain (dB)", "Bits"});
  std::vector<std::size_t> order(pairs.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  // What spoils a test comes first.
  std::ranges::stable_sort(order, std::greater(), [&](std::size_t i) {
    const json& first = pairs[i].at("first");
    const json& second = pairs[i].at("second");
    return 2 * (first.at("split") != second.at("split")) +
           (first.at("class") != second.at("class"));
  });
  for (std::size_t n = 0; n < std::min(order.size(), kListedPairs); ++n) {
    const json& pair = pairs[order[n]];
    const std::string at = "/copies/near/pairs/" + std::to_string(order[n]) + "/";
    table.BeginRow();
    table.RowHeader(RecordText(pair.at("first")));
    table.Text(RecordText(pair.at("second")));
    table.Number(document, at + "correlation", 3);
    table.Number(document, at + "offset_s", 3);
    table.Number(document, at + "overlap_s", 1);
    table.Number(document, at + "gain_db", 1);
    table.Number(document, at + "bit_error_rate", 3);
  }
  html += std::move(table).Finish();
  if (pairs.size() > kListedPairs) {
    html += Paragraph(
        "Those across splits and classes come first; the JSON file lists all, under "
        "copies/near/pairs.");
  }
  return html;
}

std::string OddSection(const json& document) {
  std::string html = Section("odd", "Unreadable and odd recordings");
  const json& unreadable = document.at("unreadable");
  if (unreadable.empty()) {
    html += Paragraph("Every recording can be heard.");
  } else {
    HtmlTable table("Recordings that cannot be heard. They are in no other figure.");
    table.Columns(std::vector<std::string>{"Recording", "Why"});
    for (std::size_t i = 0; i < std::min(unreadable.size(), kListedPairs); ++i) {
      table.BeginRow();
      table.RowHeader(RecordText(unreadable[i]));
      table.Text(TextOf(unreadable[i].at("error")));
    }
    html += std::move(table).Finish();
  }
  HtmlTable table(
      "Recordings worth listening to. Each rule, how many recordings it applies to, where, and the "
      "first of them; all stand in the JSON file under odd.");
  table.Columns(std::vector<std::string>{"Rule", "Recordings", "Where", "Such as"});
  const json& rules = document.at("odd");
  for (std::size_t r = 0; r < rules.size(); ++r) {
    const std::string at = "/odd/" + std::to_string(r);
    table.BeginRow();
    table.RowHeader(TextOf(rules[r].at("title")));
    table.Number(document, at + "/count", 0);
    std::string where;
    const json& groups = rules[r].at("groups");
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const std::string group = at + "/groups/" + std::to_string(g);
      where += (where.empty() ? "" : "<br/>") + EscapeHtml(TextOf(groups[g].at("database"))) +
               ", " + EscapeHtml(TextOf(groups[g].at("class"))) + ": " +
               NumberSpan(document, group + "/recordings", 0) + " of " +
               NumberSpan(document, group + "/of", 0) + " (" +
               NumberSpan(document, group + "/percent", 1) + " %)";
    }
    table.Html(where);
    std::string examples;
    const json& records = rules[r].at("records");
    for (std::size_t i = 0; i < std::min(records.size(), kListedRecords); ++i) {
      examples += (i > 0 ? ", " : "") + TextOf(records[i].at("record"));
    }
    if (records.size() > kListedRecords) examples += ", …";
    table.Text(examples);
  }
  return html + std::move(table).Finish();
}

}  // namespace heartbeat::evaluation
