#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "evaluation/csv.h"
#include "evaluation/html.h"
#include "evaluation/markup.h"
#include "evaluation/murmur_run.h"
#include "evaluation/plot.h"

namespace heartbeat::evaluation {
namespace {

using nlohmann::json;

constexpr std::array kClasses = {Murmur::kPresent, Murmur::kUnknown, Murmur::kAbsent};

json Number(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }

json ToJson(const Estimate& estimate) {
  return {{"value", Number(estimate.value)},
          {"low", Number(estimate.low)},
          {"high", Number(estimate.high)}};
}

std::string ToCell(const Estimate& estimate) {
  if (!std::isfinite(estimate.value)) return "-";
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.3f [%.3f, %.3f]", estimate.value, estimate.low,
                estimate.high);
  return text.data();
}

std::string Fixed(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6f", value);
  return text.data();
}

std::string NameOf(const std::optional<Murmur>& murmur) {
  return murmur ? std::string(Name(*murmur)) : "";
}

std::string Cells(const MurmurProbabilities& probabilities) {
  std::string cells;
  for (const double probability : probabilities) cells += ',' + Fixed(probability);
  return cells;
}

std::string Facts(const json& document) {
  std::string html = "<dl class=\"facts\">\n";
  const auto add = [&](const std::string& name, const std::string& value) {
    html += "<dt>" + EscapeHtml(name) + "</dt><dd>" + value + "</dd>\n";
  };
  const json& model = document.at("model");
  add("Protocol", EscapeHtml(TextOf(document.at("protocol"))));
  add("Model", EscapeHtml(TextOf(model.at("name")) + " " + TextOf(model.at("version"))));
  add("Its SHA-256", "<code>" + EscapeHtml(TextOf(model.at("sha256"))) + "</code>");
  std::string folders;
  for (const json& folder : document.at("data")) {
    folders += (folders.empty() ? "" : ", ") + FolderName(TextOf(folder));
  }
  add("Data", EscapeHtml(folders));
  if (document.at("split").is_string()) add("Split", EscapeHtml(TextOf(document.at("split"))));
  add("Recordings", NumberSpan(document, "/recordings", 0) + " heard, " +
                        NumberSpan(document, "/poor_quality", 0) + " of poor quality; " +
                        NumberSpan(document, "/refused", 0) + " refused");
  add("Made", "by heartbeat " + EscapeHtml(TextOf(document.at("program_version"))) + ", " +
                  EscapeHtml(TextOf(document.at("created_at"))));
  return html + "</dl>\n";
}

std::string Figures(const json& document) {
  HtmlTable table("By patient, with 95 % intervals.");
  table.Columns(std::vector<std::string>{"", "Figure"});
  for (const auto& [name, pointer] : {std::pair{"Weighted accuracy", "/weighted_accuracy"},
                                      {"AUROC, present against absent", "/auroc"},
                                      {"Accuracy", "/accuracy"}}) {
    table.BeginRow();
    table.RowHeader(name);
    table.Estimate(document, pointer, 3);
  }
  return std::move(table).Finish();
}

std::string Calls(const json& document) {
  HtmlTable table("What the patients of each class were called.");
  table.Columns(
      std::vector<std::string>{"", "Called present", "Called unknown", "Called absent", "Right"});
  for (std::size_t truth = 0; truth < kClasses.size(); ++truth) {
    table.BeginRow();
    table.RowHeader(Name(kClasses.at(truth)));
    for (std::size_t called = 0; called < kClasses.size(); ++called) {
      table.Number(document,
                   "/confusion_matrix/" + std::to_string(truth) + "/" + std::to_string(called), 0,
                   truth == called ? "strong" : "");
    }
    table.Estimate(document, "/sensitivity/" + std::string(Name(kClasses.at(truth))), 3);
  }
  return std::move(table).Finish();
}

std::string Curve(const json& document) {
  Plot plot("ROC curve",
            "Of patients with a murmur, those over a threshold; over the share of patients without "
            "one. The points stand in the JSON file under roc.",
            {.label = "absent, over the threshold", .low = 0, .high = 1, .names = {}},
            {.label = "present, over the threshold", .low = 0, .high = 1, .names = {}},
            {.width = 400, .height = 390});
  std::vector<double> x;
  std::vector<double> y;
  for (const json& point : document.at("roc")) {
    x.push_back(NumberOf(point.at(0)));
    y.push_back(NumberOf(point.at(1)));
  }
  if (!x.empty()) plot.Line(x, y, 0, false);
  plot.Rule(0, 0, 1, 1);
  return "<div class=\"many\">\n" +
         Figure(plot.Svg(), "Present against absent, by patient; the dashed line is chance.") +
         "</div>\n";
}

}  // namespace

json ToJson(const MurmurResults& results) {
  const MurmurMeasures& measures = results.measures;
  json patients = json::object();
  json sensitivity = json::object();
  json confusion = json::array();
  for (std::size_t c = 0; c < kClasses.size(); ++c) {
    const std::string name(Name(kClasses.at(c)));
    patients[name] = measures.patients.at(c);
    sensitivity[name] = ToJson(measures.sensitivity.at(c));
    confusion.push_back(measures.confusion.at(c));
  }
  json roc = json::array();
  for (const CurvePoint& point : measures.roc) roc.push_back({point.x, point.y});
  return {{"schema_version", MurmurResults::kSchemaVersion},
          {"program_version", results.program_version},
          {"protocol", "circor-murmur"},
          {"model",
           {{"name", results.model.name},
            {"version", results.model.version},
            {"sha256", results.model.sha256}}},
          {"data", results.data},
          {"split", results.split.empty() ? json(nullptr) : json(results.split)},
          {"resamples", results.resamples},
          {"patients", std::move(patients)},
          {"nothing_heard", measures.nothing_heard},
          {"recordings", measures.recordings},
          {"poor_quality", measures.poor_quality},
          {"refused", measures.refused},
          {"weighted_accuracy", ToJson(measures.weighted_accuracy)},
          {"auroc", ToJson(measures.auroc)},
          {"accuracy", ToJson(measures.accuracy)},
          {"sensitivity", std::move(sensitivity)},
          {"confusion_matrix", std::move(confusion)},
          {"roc", std::move(roc)}};
}

std::string ToTable(const MurmurMeasures& measures) {
  const std::size_t patients = measures.patients[0] + measures.patients[1] + measures.patients[2];
  std::array<char, 256> line{};
  std::snprintf(line.data(), line.size(), "%zu patients, %zu recordings, %zu refused\n", patients,
                measures.recordings, measures.refused);
  std::string table = line.data();
  for (const auto& [name, estimate] : {std::pair{"weighted accuracy", &measures.weighted_accuracy},
                                       {"AUROC, present against absent", &measures.auroc},
                                       {"accuracy", &measures.accuracy}}) {
    std::snprintf(line.data(), line.size(), "%-30s  %s\n", name, ToCell(*estimate).c_str());
    table += line.data();
  }
  std::snprintf(line.data(), line.size(), "\n%-10s %8s  %7s %7s %7s  %s\n", "murmur", "patients",
                "present", "unknown", "absent", "called so");
  table += line.data();
  for (std::size_t c = 0; c < kClasses.size(); ++c) {
    const auto& row = measures.confusion.at(c);
    std::snprintf(line.data(), line.size(), "%-10s %8zu  %7zu %7zu %7zu  %s\n",
                  std::string(Name(kClasses.at(c))).c_str(), measures.patients.at(c), row[0],
                  row[1], row[2], ToCell(measures.sensitivity.at(c)).c_str());
    table += line.data();
  }
  return table;
}

std::string PatientsCsv(std::span<const MurmurPatient> patients) {
  std::string csv =
      "database,patient,truth,called,present,unknown,absent,recordings,poor_quality,refused\n";
  for (const MurmurPatient& patient : patients) {
    csv += QuoteCsv(patient.database) + ',' + QuoteCsv(patient.patient) + ',' +
           std::string(Name(patient.truth)) + ',' + std::string(Name(patient.called)) +
           (patient.heard > 0 ? Cells(patient.probabilities) : ",,,") + ',' +
           std::to_string(patient.heard) + ',' + std::to_string(patient.poor_quality) + ',' +
           std::to_string(patient.refused) + '\n';
  }
  return csv;
}

std::string RecordingsCsv(std::span<const ScoredMurmur> recordings) {
  std::string csv =
      "record,database,patient,location,murmur_at_location,patient_murmur,present,unknown,absent,"
      "poor_quality,error\n";
  for (const ScoredMurmur& item : recordings) {
    const DatasetEntry& entry = item.entry;
    csv += QuoteCsv(entry.record) + ',' + QuoteCsv(entry.database) + ',' + QuoteCsv(entry.patient) +
           ',' + QuoteCsv(entry.location) + ',' + NameOf(entry.murmur_at_location) + ',' +
           NameOf(entry.patient_murmur);
    csv += item.IsHeard()
               ? Cells(item.probabilities) + (item.poor_quality ? ",true,\n" : ",false,\n")
               : ",,,,," + QuoteCsv(item.error) + '\n';
  }
  return csv;
}

base::Result<std::string> MurmurPage(const json& document) {
  try {
    const std::string title = "Murmurs by patient";
    const std::string body =
        "<header>\n<h1>" + title +
        "</h1>\n<p class=\"lead\">How well patients with a murmur are told from those without one, "
        "and from those of whom the experts could not tell. Decision support, not a "
        "diagnosis.</p>\n</header>\n" +
        Facts(document) + "<main>\n" + Section("figures", "Figures") + Figures(document) +
        Paragraph(
            "Weighted accuracy is the score of the George B. Moody PhysioNet Challenge 2022: "
            "a patient with a murmur counts five times, one of whom nobody could tell three "
            "times. A patient is one call over all locations; one of whom nothing could be "
            "read is called unknown. Intervals resample patients within each class.") +
        Calls(document) + Section("curve", "Curve") + Curve(document) +
        "</main>\n<footer>Every figure on this page stands in the JSON file beside it, at the "
        "place that its data-json attribute names; docs/evaluating.md has formulas and "
        "sources. HeartBeat AI is decision support and makes no diagnosis.</footer>\n";
    return HtmlPage(title, body);
  } catch (const json::exception&) {
    return base::Fail(base::ErrorCode::kInvalidArgument,
                      "This is not an evaluation of this version of heartbeat. Run heartbeat "
                      "evaluate again.");
  }
}

}  // namespace heartbeat::evaluation
