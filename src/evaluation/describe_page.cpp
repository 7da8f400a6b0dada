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

constexpr std::size_t kListedPairs = 60;
constexpr std::size_t kListedRecords = 12;
// A property is called a finding where chance hardly explains it and it would show in a model.
constexpr double kFindingDistance = 0.2;
constexpr std::size_t kFindingsPerDatabase = 4;
constexpr std::size_t kMinOfClass = 10;
constexpr double kOddDifferencePercent = 30;

std::string Text(const json& value) { return value.get<std::string>(); }

std::string RecordText(const json& reference) {
  std::string text = Text(reference.at("record")) + " (" + Text(reference.at("database")) + ", " +
                     Text(reference.at("class"));
  if (!Text(reference.at("split")).empty()) text += ", " + Text(reference.at("split"));
  return text + ")";
}

std::string Tile(const json& document, const std::string& name, const std::string& pointer,
                 int decimals) {
  return "<div class=\"tile\"><span class=\"name\">" + EscapeHtml(name) + "</span><b>" +
         NumberSpan(document, pointer, decimals) + "</b></div>\n";
}

std::string Header(const json& document) {
  std::string datasets;
  for (const json& name : document.at("datasets")) {
    datasets += (datasets.empty() ? "" : ", ") + Text(name);
  }
  std::string html = "<header>\n<h1>What is in the data: " + EscapeHtml(datasets) + "</h1>\n";
  html += "<p class=\"lead\">Made by heartbeat " +
          EscapeHtml(Text(document.at("program_version"))) + ", " +
          EscapeHtml(Text(document.at("created_at"))) + ", in " +
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

const json& PropertyOf(const json& document, const json& key) {
  for (const json& property : document.at("properties")) {
    if (property.at("key") == key) return property;
  }
  throw std::out_of_range("no such property");
}

// A band that no sample rate reaches has none.
bool HasValues(const json& document, const json& property) {
  const std::string key = Text(property.at("key"));
  return std::ranges::any_of(document.at("groups"), [&](const json& group) {
    return group.at("properties").at(key).at("p50").is_number();
  });
}

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
    const json& property = PropertyOf(document, separability[rows[i]].at("property"));
    html += (i > 0 ? ", " : "") + EscapeHtml(Text(property.at("title"))) + " (AUROC " +
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
    const json& property = PropertyOf(document, rows[i].at("property"));
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
            (shares.empty() ? "" : ", ") + share + " of " + EscapeHtml(Text(group.at("class")));
      }
      if (high - low < kOddDifferencePercent) continue;
      html += "<li><strong>" + EscapeHtml(database) +
              "</strong>: " + EscapeHtml(Text(rules[r].at("title"))) + ": " + shares + ".</li>\n";
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

std::string Findings(const json& document) {
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

std::string Counts(const json& document) {
  std::string html = Section("counts", "Counts, lengths and formats");
  HtmlTable counts("Recordings by database, split and class. Hours are those that can be heard.");
  counts.Columns(std::vector<std::string>{"Database", "Split", "Class", "Recordings", "Unreadable",
                                          "Patients", "Hours"});
  const json& rows = document.at("counts");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string at = "/counts/" + std::to_string(i) + "/";
    counts.BeginRow();
    counts.RowHeader(Text(rows[i].at("database")));
    counts.Text(Text(rows[i].at("split")));
    counts.Text(Text(rows[i].at("class")));
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
      locations.RowHeader(Text(places[i].at("database")));
      locations.Text(Text(places[i].at("location")));
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
    formats.RowHeader(Text(kinds[i].at("database")));
    formats.Text(Text(kinds[i].at("format")));
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
  const std::string first_key = Text(document.at("properties").at(0).at("key"));
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
    table.RowHeader(Text(property.at("title")));
    table.Text(property.at("recorder_only").get<bool>() ? "recorder" : "recorder or heart");
    for (const std::string& database : databases) {
      const std::string pointer = SeparabilityPointer(document, database, Text(property.at("key")));
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

std::string Copies(const json& document) {
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

std::string Odd(const json& document) {
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
      table.Text(Text(unreadable[i].at("error")));
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
    table.RowHeader(Text(rules[r].at("title")));
    table.Number(document, at + "/count", 0);
    std::string where;
    const json& groups = rules[r].at("groups");
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const std::string group = at + "/groups/" + std::to_string(g);
      where += (where.empty() ? "" : "<br/>") + EscapeHtml(Text(groups[g].at("database"))) + ", " +
               EscapeHtml(Text(groups[g].at("class"))) + ": " +
               NumberSpan(document, group + "/recordings", 0) + " of " +
               NumberSpan(document, group + "/of", 0) + " (" +
               NumberSpan(document, group + "/percent", 1) + " %)";
    }
    table.Html(where);
    std::string examples;
    const json& records = rules[r].at("records");
    for (std::size_t i = 0; i < std::min(records.size(), kListedRecords); ++i) {
      examples += (i > 0 ? ", " : "") + Text(records[i].at("record"));
    }
    if (records.size() > kListedRecords) examples += ", …";
    table.Text(examples);
  }
  return html + std::move(table).Finish();
}

}  // namespace

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
    std::string body = Header(document) + "<main>\n" + Findings(document) + Counts(document) +
                       SeparabilityTable(document) + PropertyPlots(document) + Spectra(document) +
                       Copies(document) + Odd(document) + "</main>\n";
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
