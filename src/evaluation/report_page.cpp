#include "evaluation/report_page.h"

#include <nlohmann/json.hpp>

#include "evaluation/html.h"
#include "evaluation/markup.h"

namespace heartbeat::evaluation {
namespace {

using nlohmann::json;
using nlohmann::json_literals::operator""_json_pointer;

struct ProtocolText {
  const char* name;
  const char* title;
  const char* meaning;
};

constexpr ProtocolText kProtocols[] = {
    {"scoring", "Scores of a model",
     "A finished model was scored on the recordings named here. Nothing was trained. Whether it "
     "has "
     "heard some of them in training this report cannot tell: where it has, the figures are too "
     "good."},
    {"validation", "Trained on train, tested on validation",
     "The recipe was trained on the rows of split train, and tested on those of split validation, "
     "which are balanced within each database, so that knowing the stethoscope does not help. The "
     "recordings still come from the same hospitals as those of training."},
    {"cross-validation", "Cross-validation",
     "Each recording was tested by the one model, of several, that was not trained on it. All "
     "hospitals are in training, and no subject is known: a subject with several recordings may "
     "stand on both sides. What a new hospital will see is worse; leave-one-database-out says how "
     "much."},
    {"leave-one-database-out", "A whole database left out, in turn",
     "Each database was tested by a model that was trained on the others and has heard nothing of "
     "it, which comes closest to what a new hospital will see. Judge by the mean over databases: "
     "the pooled figures are governed by the largest one."},
};

ProtocolText ProtocolNamed(const std::string& protocol) {
  for (const ProtocolText& text : kProtocols) {
    if (protocol == text.name) return text;
  }
  return {"", "Evaluation", "The protocol is described in docs/evaluating.md."};
}

std::string Facts(const json& document) {
  std::string html = "<dl class=\"facts\">\n";
  const auto add = [&](const std::string& name, const std::string& value) {
    html += "<dt>" + EscapeHtml(name) + "</dt><dd>" + value + "</dd>\n";
  };
  add("Protocol", EscapeHtml(TextOf(document.at("protocol"))));
  const json& model = document.at("model");
  if (!model.is_null()) {
    add("Model", EscapeHtml(TextOf(model.at("name")) + " " + TextOf(model.at("version"))));
    add("Its SHA-256", "<code>" + EscapeHtml(TextOf(model.at("sha256"))) + "</code>");
    add("Threshold", NumberSpan(document, "/threshold", 4));
  } else {
    add("Recipe", "<code>recipe.toml</code> in the folder of this page");
  }
  std::string folders;
  for (const json& folder : document.at("data")) {
    folders += (folders.empty() ? "" : ", ") + FolderName(TextOf(folder));
  }
  add("Data", EscapeHtml(folders));
  if (document.at("split").is_string()) add("Split", EscapeHtml(TextOf(document.at("split"))));
  add("Recordings", NumberSpan(document, "/groups/0/normal", 0) + " normal, " +
                        NumberSpan(document, "/groups/0/abnormal", 0) + " abnormal; " +
                        NumberSpan(document, "/groups/0/refused", 0) + " refused, " +
                        NumberSpan(document, "/groups/0/unlabelled", 0) + " without a label");
  add("Made", "by heartbeat " + EscapeHtml(TextOf(document.at("program_version"))) + ", " +
                  EscapeHtml(TextOf(document.at("created_at"))));
  add("Machine", EscapeHtml(TextOf(document.at("machine"))));
  return html + "</dl>\n";
}

std::string Tile(const json& document, const std::string& name, const std::string& pointer) {
  const json& estimate = document.at(json::json_pointer(pointer));
  std::string html = "<div class=\"tile\"><span class=\"name\">" + EscapeHtml(name) + "</span><b>" +
                     NumberSpan(document, pointer + "/value", 3) + "</b>";
  if (estimate.at("low").is_number()) {
    html += "<span class=\"more\">" + NumberSpan(document, pointer + "/low", 3) + " to " +
            NumberSpan(document, pointer + "/high", 3) + "</span>";
  }
  return html + "</div>\n";
}

std::string Tiles(const json& document, const std::string& title, const std::string& at) {
  std::string html = "<h3>" + EscapeHtml(title) + "</h3>\n<div class=\"tiles\">\n";
  html += Tile(document, "AUROC", at + "/auroc") + Tile(document, "MAcc", at + "/macc") +
          Tile(document, "Sensitivity", at + "/sensitivity") +
          Tile(document, "Specificity", at + "/specificity") +
          Tile(document, "Average precision", at + "/auprc") +
          Tile(document, "Brier score", at + "/brier") +
          Tile(document, "Calibration error", at + "/calibration_error");
  return html + "</div>\n";
}

std::string Names(const json& list) {
  std::string names;
  for (const json& name : list) names += (names.empty() ? "" : ", ") + TextOf(name);
  return names;
}

std::string Header(const json& document) {
  const ProtocolText protocol = ProtocolNamed(TextOf(document.at("protocol")));
  std::string html =
      "<header>\n<h1>" + EscapeHtml(protocol.title) + "</h1>\n" +
      "<p class=\"lead\">How well recordings are told normal from abnormal. Decision "
      "support, not a diagnosis.</p>\n<nav><ul>\n";
  for (const auto& [id, title] :
       std::initializer_list<std::pair<const char*, const char*>>{{"figures", "Figures"},
                                                                  {"curves", "Curves"},
                                                                  {"databases", "Databases"},
                                                                  {"calibration", "Calibration"},
                                                                  {"abstaining", "Abstaining"},
                                                                  {"errors", "Largest errors"}}) {
    html += std::string("<li><a href=\"#") + id + "\">" + title + "</a></li>\n";
  }
  html += "</ul></nav>\n</header>\n" + Facts(document);
  html += Paragraph(protocol.meaning);
  if (!document.at("reductions").empty()) {
    html +=
        "<p class=\"note\"><strong>A reduced run</strong>, to judge an idea, and no figure to "
        "quote: " +
        EscapeHtml(Names(document.at("reductions"))) + ".</p>\n";
  }
  return html;
}

std::string Headline(const json& document) {
  std::string html = Section("figures", "Figures");
  const json& mean = document.at("mean_over_databases");
  if (!mean.at("databases").empty()) {
    html += Tiles(document, "Mean over databases", "/mean_over_databases");
    std::string which = "Each counts the same: " + Names(mean.at("databases")) + ".";
    if (!mean.at("left_out").empty()) {
      which += " Left out, with too few recordings of a class: " + Names(mean.at("left_out")) + ".";
    }
    html += Paragraph(which);
  }
  html += Tiles(document, "All recordings together", "/groups/0");
  html +=
      "<p>In brackets, or below a figure: its 95 % interval, by " +
      NumberSpan(document, "/resamples", 0) +
      " bootstrap resamples within each class, of patients where they are known, else of "
      "recordings. It says how far a figure may move with other recordings of the same kind. It "
      "does not cover another hospital, another stethoscope or wrong labels, and it is too "
      "narrow where one subject stands in several recordings and nobody said so.</p>\n";

  HtmlTable confusion("All recordings at the shipped threshold. Abnormal is the positive class.");
  confusion.Columns(std::vector<std::string>{"", "Called abnormal", "Called normal", "Right"});
  const std::string at = "/groups/0/confusion_matrix/";
  confusion.BeginRow();
  confusion.RowHeader("Abnormal");
  confusion.Number(document, at + "true_positive", 0, "strong");
  confusion.Number(document, at + "false_negative", 0);
  confusion.Estimate(document, "/groups/0/sensitivity", 3);
  confusion.BeginRow();
  confusion.RowHeader("Normal");
  confusion.Number(document, at + "false_positive", 0);
  confusion.Number(document, at + "true_negative", 0, "strong");
  confusion.Estimate(document, "/groups/0/specificity", 3);
  return html + std::move(confusion).Finish();
}

std::string Curves(const json& document) {
  return Section("curves", "Curves") + "<div class=\"many\">\n" + RocFigure(document) +
         PrecisionRecallFigure(document) + "</div>\n";
}

struct Column {
  const char* title;
  const char* pointer;  // within a group
};

// One row a group, and one for the mean over databases where there is one.
std::string GroupTable(const json& document, std::string_view caption,
                       std::span<const Column> columns, bool with_counts) {
  HtmlTable table(caption);
  std::vector<std::string> headers = {"Database"};
  if (with_counts) headers.insert(headers.end(), {"Normal", "Abnormal", "Refused"});
  for (const Column& column : columns) headers.emplace_back(column.title);
  table.Columns(headers);
  const auto add_estimates = [&](const std::string& at) {
    for (const Column& column : columns) table.Estimate(document, at + column.pointer, 3);
  };
  for (std::size_t i = 0; i < document.at("groups").size(); ++i) {
    const std::string at = "/groups/" + std::to_string(i) + "/";
    table.BeginRow();
    table.RowHeader(TextOf(document.at("groups").at(i).at("database")));
    if (with_counts) {
      for (const char* count : {"normal", "abnormal", "refused"}) {
        table.Number(document, at + count, 0);
      }
    }
    add_estimates(at);
  }
  if (!document.at("mean_over_databases").at("databases").empty()) {
    table.BeginRow();
    table.RowHeader("mean of databases");
    if (with_counts) {
      for (int i = 0; i < 3; ++i) table.Text("");
    }
    add_estimates("/mean_over_databases/");
  }
  return std::move(table).Finish();
}

std::string Folds(const json& document) {
  const json& folds = document.at("folds");
  if (folds.empty()) return {};
  std::string html = "<h3>Folds</h3>\n";
  HtmlTable table(
      "One model each. Recordings that it learned from; that were held out of them to stop in "
      "time; "
      "that it was tested on; and those of the test whose bytes are also those of a training "
      "recording of another name, which make the figures too good.");
  table.Columns(std::vector<std::string>{"Fold", "Trained on", "Held out", "Tested on",
                                         "Equal to a training one", "Threshold", "Best epoch",
                                         "Training (s)", "Model"});
  for (std::size_t i = 0; i < folds.size(); ++i) {
    const std::string at = "/folds/" + std::to_string(i) + "/";
    table.BeginRow();
    table.RowHeader(TextOf(folds[i].at("name")));
    for (const char* field : {"training_recordings", "holdout_recordings", "test_recordings"}) {
      table.Number(document, at + field, 0);
    }
    table.Number(document, at + "test_recordings_in_training", 0,
                 folds[i].at("test_recordings_in_training") > 0 ? "bad" : std::string_view());
    table.Number(document, at + "threshold", 3);
    table.Number(document, at + "best_epoch", 0);
    table.Number(document, at + "training_s", 0);
    table.Html("<code>" + EscapeHtml(TextOf(folds[i].at("model_sha256")).substr(0, 12)) +
               "</code>");
  }
  return html + std::move(table).Finish();
}

std::string Databases(const json& document) {
  std::string html = Section("databases", "By database");
  html += "<div class=\"many\">\n" + ForestFigure(document, "auroc", "AUROC") +
          ForestFigure(document, "macc", "MAcc") + "</div>\n";
  constexpr Column kMain[] = {{"AUROC", "auroc"},
                              {"MAcc", "macc"},
                              {"Sensitivity", "sensitivity"},
                              {"Specificity", "specificity"}};
  html +=
      GroupTable(document, "At the shipped threshold. MAcc: mean of sensitivity and specificity.",
                 kMain, true);
  constexpr Column kOther[] = {{"Average precision", "auprc"},
                               {"Accuracy", "accuracy"},
                               {"Precision", "precision"},
                               {"F1", "f1"}};
  html +=
      GroupTable(document,
                 "Figures that go with the share of abnormal recordings, which no two databases "
                 "have in common: not to be compared between them.",
                 kOther, false);
  return html + Folds(document);
}

std::string Calibration(const json& document) {
  std::string html = Section("calibration", "Calibration: does a probability mean what it says?");
  html += "<div class=\"many\">\n" + ReliabilityFigure(document) + "</div>\n";
  HtmlTable table(
      "Expected calibration error over ten bins of equal size, beside the range that a perfectly "
      "calibrated model would show by chance with so many recordings (95 %). Chance only ever adds "
      "to "
      "this error, so that a value within that range is no sign of poor calibration. The intervals "
      "are less what resampling adds.");
  table.Columns(
      std::vector<std::string>{"Database", "Brier score", "Calibration error", "By chance"});
  for (std::size_t i = 0; i < document.at("groups").size(); ++i) {
    const std::string at = "/groups/" + std::to_string(i) + "/";
    table.BeginRow();
    table.RowHeader(TextOf(document.at("groups").at(i).at("database")));
    table.Estimate(document, at + "brier", 3);
    table.Estimate(document, at + "calibration_error", 3);
    table.Estimate(document, at + "calibration_error_by_chance", 3);
  }
  html += std::move(table).Finish();
  html +=
      "<p>As if the share of abnormal recordings were " + NumberSpan(document, "/prevalence", 2) +
      ", which is what the model's probabilities are meant for, by weighting the classes.</p>\n";
  constexpr Column kColumns[] = {{"Accuracy", "at_prevalence/accuracy"},
                                 {"Precision", "at_prevalence/precision"},
                                 {"F1", "at_prevalence/f1"},
                                 {"Average precision", "at_prevalence/auprc"},
                                 {"Brier score", "at_prevalence/brier"},
                                 {"Calibration error", "at_prevalence/calibration_error"}};
  return html + GroupTable(document, "At that prevalence.", kColumns, false);
}

std::string Abstaining(const json& document) {
  std::string html = Section("abstaining", "Abstaining, and sets that hold the truth");
  html += "<div class=\"many\">\n" + RiskCoverageFigure(document) + "</div>\n";
  constexpr Column kVerdicts[] = {{"Area under risk and coverage", "risk_coverage_area"},
                                  {"Answered", "verdicts/answered_share"},
                                  {"MAcc of the answered", "verdicts/answered_macc"},
                                  {"Uncertain", "verdicts/uncertain_share"},
                                  {"Error of the uncertain", "verdicts/uncertain_error"},
                                  {"Poor quality", "verdicts/poor_quality_share"},
                                  {"Error of the poor", "verdicts/poor_quality_error"}};
  if (document.at("/groups/0/verdicts/answered_share/value"_json_pointer) == 1) {
    html += GroupTable(document, "Every recording was answered with normal or abnormal.",
                       std::span(kVerdicts).first(1), false);
  } else {
    html += GroupTable(document,
                       "By verdict: shares of recordings. The error of a recording that was not "
                       "answered is that of the class it would have been called.",
                       kVerdicts, false);
  }
  const json& sets = document.at("prediction_sets");
  if (sets.is_null()) {
    return html + Paragraph(
                      "There are no conformal prediction sets: they need predictions on recordings "
                      "that the model was not trained on, and none were given.");
  }
  html += "<h3>Conformal prediction sets</h3>\n";
  html +=
      "<p>A set of classes that should hold the true one for at least 1 - " +
      NumberSpan(document, "/prediction_sets/error_level", 2) +
      " of the recordings of each class, as long as they are like those that it was fitted on: " +
      EscapeHtml(TextOf(sets.at("fitted_on"))) +
      ". Where the coverage of a database is lower, its recordings are not like them.</p>\n";
  constexpr Column kSets[] = {{"Coverage", "prediction_sets/coverage"},
                              {"Of normal", "prediction_sets/coverage_normal"},
                              {"Of abnormal", "prediction_sets/coverage_abnormal"},
                              {"Mean size", "prediction_sets/mean_size"},
                              {"Empty", "prediction_sets/empty_share"},
                              {"One class", "prediction_sets/single_share"}};
  return html + GroupTable(document, "Shares of recordings, and classes a set.", kSets, false);
}

}  // namespace

base::Result<std::string> ReportPage(const json& document,
                                     std::span<const std::optional<SoundExhibit>> exhibits) {
  try {
    const std::string body = Header(document) + "<main>\n" + Headline(document) + Curves(document) +
                             Databases(document) + Calibration(document) + Abstaining(document) +
                             LargestErrorsSection(document, exhibits) +
                             "</main>\n<footer>Every figure on this page stands in the JSON file "
                             "beside it, at the place "
                             "that its data-json attribute names; docs/evaluating.md has formulas "
                             "and sources. HeartBeat "
                             "AI is decision support and makes no diagnosis.</footer>\n";
    return HtmlPage(ProtocolNamed(TextOf(document.at("protocol"))).title, body);
  } catch (const json::exception&) {
    return base::Fail(base::ErrorCode::kInvalidArgument,
                      "This is not an evaluation of this version of heartbeat. Run heartbeat "
                      "evaluate again.");
  }
}

}  // namespace heartbeat::evaluation
