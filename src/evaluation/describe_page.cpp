#include "evaluation/describe_page.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "evaluation/html.h"
#include "evaluation/markup.h"

namespace heartbeat::evaluation {
namespace {

using nlohmann::json;

std::string Tile(const json& document, const std::string& name, const std::string& pointer,
                 int decimals) {
  return "<div class=\"tile\"><span class=\"name\">" + EscapeHtml(name) + "</span><b>" +
         NumberSpan(document, pointer, decimals) + "</b></div>\n";
}

std::string Header(const json& document) {
  std::string datasets;
  for (const json& name : document.at("datasets")) {
    datasets += (datasets.empty() ? "" : ", ") + TextOf(name);
  }
  std::string html = "<header>\n<h1>What is in the data: " + EscapeHtml(datasets) + "</h1>\n";
  html += "<p class=\"lead\">Made by heartbeat " +
          EscapeHtml(TextOf(document.at("program_version"))) + ", " +
          EscapeHtml(TextOf(document.at("created_at"))) + ", in " +
          NumberSpan(document, "/seconds", 0) + " s.</p>\n<nav><ul>\n";
  for (const auto& [id, title] :
       std::initializer_list<std::pair<const char*, const char*>>{{"findings", "Findings"},
                                                                  {"counts", "Counts"},
                                                                  {"separability", "Separability"},
                                                                  {"properties", "Properties"},
                                                                  {"spectra", "Spectra"},
                                                                  {"copies", "Copies"},
                                                                  {"odd", "Unreadable and odd"}}) {
    html += std::string("<li><a href=\"#") + id + "\">" + title + "</a></li>\n";
  }
  html += "</ul></nav>\n</header>\n<div class=\"tiles\">\n";
  html += Tile(document, "Recordings", "/totals/recordings", 0);
  html += Tile(document, "Hours", "/totals/duration_h", 2);
  html += Tile(document, "Databases", "/totals/databases", 0);
  html += Tile(document, "Known patients", "/totals/patients", 0);
  html += Tile(document, "Cannot be heard", "/totals/unreadable", 0);
  html += Tile(document, "Near-copies (pairs)", "/copies/near/count", 0);
  return html + "</div>\n";
}

// A band that no sample rate reaches has none.
bool HasValues(const json& document, const json& property) {
  const std::string key = TextOf(property.at("key"));
  return std::ranges::any_of(document.at("groups"), [&](const json& group) {
    return group.at("properties").at(key).at("p50").is_number();
  });
}

std::string Counts(const json& document) {
  std::string html = Section("counts", "Counts, lengths and formats");
  HtmlTable counts("Recordings by database, split and class. Hours are those that can be heard.");
  counts.Columns(std::vector<std::string>{"Database", "Split", "Class", "Recordings", "Unreadable",
                                          "Patients", "Hours"});
  const json& rows = document.at("counts");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string at = "/counts/" + std::to_string(i) + "/";
    counts.BeginRow();
    counts.RowHeader(TextOf(rows[i].at("database")));
    counts.Text(TextOf(rows[i].at("split")));
    counts.Text(TextOf(rows[i].at("class")));
    counts.Number(document, at + "recordings", 0);
    counts.Number(document, at + "unreadable", 0,
                  rows[i].at("unreadable") > 0 ? "bad" : std::string_view());
    counts.Number(document, at + "patients", 0);
    counts.Number(document, at + "duration_h", 2);
  }
  html += std::move(counts).Finish();

  if (!document.at("locations").empty()) {
    HtmlTable locations("Recordings by location of the stethoscope, and the murmur heard there.");
    locations.Columns(std::vector<std::string>{"Database", "Location", "Recordings", "Absent",
                                               "Unknown", "Present"});
    const json& places = document.at("locations");
    for (std::size_t i = 0; i < places.size(); ++i) {
      const std::string at = "/locations/" + std::to_string(i) + "/";
      locations.BeginRow();
      locations.RowHeader(TextOf(places[i].at("database")));
      locations.Text(TextOf(places[i].at("location")));
      for (const char* field : {"recordings", "absent", "unknown", "present"}) {
        locations.Number(document, at + field, 0);
      }
    }
    html += std::move(locations).Finish();
  }

  HtmlTable formats("What the files are.");
  formats.Columns(std::vector<std::string>{"Database", "Format", "Sample rate (Hz)", "Channels",
                                           "Recordings", "Cut off"});
  const json& kinds = document.at("formats");
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const std::string at = "/formats/" + std::to_string(i) + "/";
    formats.BeginRow();
    formats.RowHeader(TextOf(kinds[i].at("database")));
    formats.Text(TextOf(kinds[i].at("format")));
    for (const char* field : {"sample_rate_hz", "channels", "recordings", "truncated"}) {
      formats.Number(document, at + field, 0);
    }
  }
  return html + std::move(formats).Finish();
}

// Shade by distance from 0.5, where the interval leaves that out: up for above, down for below.
std::string_view Shade(const json& row) {
  if (!row.at("auroc").is_number()) return {};
  const double auroc = row.at("auroc").get<double>();
  if (row.at("low") > 0.5) return auroc >= 0.85 ? "u3" : auroc >= 0.7 ? "u2" : "u1";
  if (row.at("high") < 0.5) return auroc <= 0.15 ? "d3" : auroc <= 0.3 ? "d2" : "d1";
  return {};
}

std::string SeparabilityTable(const json& document) {
  std::string html = Section("separability", "What tells the classes apart without a model");
  html += Paragraph(
      "The area under the ROC curve (AUROC) of each property alone, for abnormal against normal, "
      "or "
      "a murmur present against absent, within each database: the chance that a recording of the "
      "first kind has the larger value. 0.5 tells nothing, 1 and 0 tell all (0: the value is "
      "always "
      "smaller). Shaded where the 95 % interval leaves out 0.5 (orange: larger when abnormal; "
      "blue: "
      "smaller). Intervals are for each figure alone: of a hundred properties that say nothing, "
      "about five are shaded by chance, and where a class has few recordings the figures say "
      "little.");
  const std::vector<std::string> databases = DatabasesOf(document);
  HtmlTable table("AUROC by property and database. Each figure's interval is in the JSON file.");
  std::vector<std::string> headers = {"Property", "Changed by"};
  headers.insert(headers.end(), databases.begin(), databases.end());
  table.Columns(headers);
  table.BeginRow();
  table.RowHeader("Recordings: normal or absent");
  table.Text("");
  const std::string first_key = TextOf(document.at("properties").at(0).at("key"));
  for (const std::string& database : databases) {
    table.Number(document, SeparabilityPointer(document, database, first_key) + "/negatives", 0);
  }
  table.BeginRow();
  table.RowHeader("Recordings: abnormal or present");
  table.Text("");
  for (const std::string& database : databases) {
    table.Number(document, SeparabilityPointer(document, database, first_key) + "/positives", 0);
  }
  for (const json& property : document.at("properties")) {
    if (!HasValues(document, property)) continue;
    table.BeginRow();
    table.RowHeader(TextOf(property.at("title")));
    table.Text(property.at("recorder_only").get<bool>() ? "recorder" : "recorder or heart");
    for (const std::string& database : databases) {
      const std::string pointer =
          SeparabilityPointer(document, database, TextOf(property.at("key")));
      table.Number(document, pointer + "/auroc", 2,
                   Shade(document.at(json::json_pointer(pointer))));
    }
  }
  html += std::move(table).Finish();
  if (!document.at("histograms").empty()) {
    html += "<h3>The properties that separate best, in each database</h3>\n";
    html += Paragraph(
        "Share of each class by value; the outermost hundredth is counted in the outermost bars.");
    html += "<div class=\"many\">\n";
    for (const json& histogram : document.at("histograms")) {
      html += HistogramFigure(document, histogram);
    }
    html += "</div>\n";
  }
  return html;
}

std::string PropertyPlots(const json& document) {
  std::string html = Section("properties", "Every property, by database and class");
  html += Paragraph(
      "Lines end at the 5th and 95th percentile, boxes at the 25th and 75th; the thick line is the "
      "median. dBFS: decibels of full scale.");
  html += "<div class=\"many\">\n";
  for (const json& property : document.at("properties")) {
    if (HasValues(document, property)) html += BoxFigure(document, property);
  }
  return html + "</div>\n";
}

std::string Spectra(const json& document) {
  std::string html = Section("spectra", "Mean spectra");
  html += Paragraph(
      "Power density by Welch's method (Hann windows of 0.128 s, half overlapping), in dB relative "
      "to the power of the whole recording, so that gain does not show: the mean over recordings, "
      "shaded one standard deviation to either side. Where two classes of one database part at "
      "frequencies without heart sounds, they were recorded or stored differently.");
  html += "<div class=\"many\">\n";
  for (const std::string& database : DatabasesOf(document)) {
    html += SpectrumFigure(document, database);
  }
  return html + "</div>\n";
}

}  // namespace

const json& PropertyNamed(const json& document, const std::string& key) {
  for (const json& property : document.at("properties")) {
    if (property.at("key") == key) return property;
  }
  throw std::out_of_range("no such property");
}

std::vector<std::string> DatabasesOf(const json& document) {
  std::vector<std::string> databases;
  for (const json& group : document.at("groups")) {
    const auto database = group.at("database").get<std::string>();
    if (databases.empty() || databases.back() != database) databases.push_back(database);
  }
  return databases;
}

std::string SeparabilityPointer(const json& document, const std::string& database,
                                const std::string& property) {
  const json& rows = document.at("separability");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].at("database") == database && rows[i].at("property") == property) {
      return "/separability/" + std::to_string(i);
    }
  }
  throw std::out_of_range("no such row");
}

base::Result<std::string> DescriptionPage(const json& document) {
  try {
    std::string body = Header(document) + "<main>\n" + FindingsSection(document) +
                       Counts(document) + SeparabilityTable(document) + PropertyPlots(document) +
                       Spectra(document) + CopiesSection(document) + OddSection(document) +
                       "</main>\n";
    body +=
        "<footer>Every figure on this page stands in the JSON file beside it, at the place that "
        "its "
        "data-json attribute names. This page describes data; it is no medical statement about "
        "anyone.</footer>\n";
    return HtmlPage("What is in the data", body);
  } catch (const std::exception&) {
    return base::Fail(base::ErrorCode::kInvalidArgument,
                      "This is not a dataset description of this version of heartbeat. Make it "
                      "again, with heartbeat evaluate --describe.");
  }
}

}  // namespace heartbeat::evaluation
