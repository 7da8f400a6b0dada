#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "evaluation/html.h"
#include "evaluation/markup.h"
#include "evaluation/plot.h"
#include "evaluation/report_page.h"

namespace heartbeat::evaluation {
namespace {

using nlohmann::json;

std::string Spectrogram(const std::string& record, const SoundExhibit& exhibit) {
  Plot plot("", "Spectrogram of " + record + ", 0 to 800 Hz; bright is loud.",
            {.label = "s", .low = 0, .high = exhibit.seconds, .names = {}},
            {.label = "Hz", .low = 0, .high = SoundExhibit::kHighestHz, .names = {}},
            {.width = 420, .height = 180});
  plot.Picture(exhibit.png);
  return plot.Svg();
}

std::string Card(const json& document, std::size_t index,
                 const std::optional<SoundExhibit>& exhibit) {
  const std::string at = "/largest_errors/" + std::to_string(index);
  const json& error = document.at(json::json_pointer(at));
  const auto text = [&](const char* field) { return error.at(field).get<std::string>(); };
  const bool is_abnormal = text("label") == "abnormal";
  std::string html = "<figure class=\"card\">\n<h3>" +
                     EscapeHtml(text("database") + " / " + text("record")) + "</h3>\n";
  html += "<p><strong>" + std::string(is_abnormal ? "Missed" : "False alarm") +
          "</strong>: labelled " + EscapeHtml(text("label")) + ", probability of abnormal " +
          NumberSpan(document, at + "/probability_abnormal", 3) + " (threshold " +
          NumberSpan(document, at + "/threshold", 3) + "), verdict " + EscapeHtml(text("verdict"));
  for (const char* field : {"patient", "location", "split", "fold"}) {
    if (!text(field).empty()) html += std::string(", ") + field + " " + EscapeHtml(text(field));
  }
  html += ".</p>\n";
  if (!exhibit) return html + "<p>The recording could not be read again.</p>\n</figure>\n";
  html += Spectrogram(text("record"), *exhibit);
  html += "<audio controls=\"controls\" preload=\"metadata\" aria-label=\"Sound of " +
          EscapeHtml(text("record")) + "\" src=\"data:audio/wav;base64," +
          base::Base64(exhibit->wav) + "\"></audio>\n";
  return html + "</figure>\n";
}

}  // namespace

std::string LargestErrorsSection(const json& document,
                                 std::span<const std::optional<SoundExhibit>> exhibits) {
  std::string html = Section("errors", "The largest errors, to be listened to");
  const std::size_t errors = document.at("largest_errors").size();
  if (errors == 0) return html + Paragraph("No recording was called wrong.");
  html += Paragraph(
      "The wrong calls that were made with the greatest confidence, false alarms and misses alike: "
      "the first 8 s of each, 20 to 900 Hz, brought to the same peak. Heart sounds lie between 20 "
      "and 200 Hz: use headphones, since small speakers do not play them. The spectrograms cover "
      "60 "
      "dB. A label may be the one that is wrong; it is worth asking, and never worth changing to "
      "please the figures.");
  html += "<div class=\"many\">\n";
  for (std::size_t i = 0; i < errors; ++i) {
    html += Card(document, i, i < exhibits.size() ? exhibits[i] : std::nullopt);
  }
  return html + "</div>\n";
}

}  // namespace heartbeat::evaluation
