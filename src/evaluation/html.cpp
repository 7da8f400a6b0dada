#include "evaluation/html.h"

#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "evaluation/markup.h"
#include "evaluation/plot_style.h"

namespace heartbeat::evaluation {
namespace {

using nlohmann::json;

constexpr std::string_view kPageStyle = R"css(
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem 1.25rem 4rem;max-width:72rem;background:var(--paper);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
h1{font-size:1.7rem;line-height:1.2;margin:.2rem 0 .3rem}
h2{font-size:1.25rem;margin:2.6rem 0 .6rem;padding-top:.5rem;border-top:1px solid var(--line)}
h3{font-size:1.02rem;margin:1.6rem 0 .4rem}
p,ul,ol,dl{max-width:48rem}p.lead{color:var(--soft);margin:.1rem 0 1rem}
a{color:var(--s0)}code{font:.92em ui-monospace,"DejaVu Sans Mono",monospace}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;padding:0;margin:.8rem 0 0;max-width:none}
dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:.6rem 0}
dl.facts dt{color:var(--soft)}dl.facts dd{margin:0;overflow-wrap:anywhere}
.tiles{display:flex;flex-wrap:wrap;gap:.7rem;margin:1rem 0}
.tile{background:var(--panel);border:1px solid var(--line);border-radius:.5rem;padding:.55rem .9rem;min-width:8.5rem}
.tile b{display:block;font-size:1.35rem;line-height:1.25;font-variant-numeric:tabular-nums}
.tile span.name,.tile span.more{color:var(--soft);font-size:.85rem;display:block}
.note{border-left:3px solid var(--s1);padding:.4rem .9rem;background:var(--panel);max-width:48rem;margin:1rem 0}
.wide{overflow-x:auto;margin:.8rem 0 1.2rem}
table{border-collapse:collapse;font-size:.87rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--soft);padding-bottom:.4rem;max-width:48rem}
th,td{padding:.2rem .65rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
thead th{border-bottom:2px solid var(--soft);vertical-align:bottom}
td.n{text-align:right;white-space:nowrap}td.e{white-space:nowrap}td.e .interval{display:block}.interval{color:var(--soft);font-size:.92em}tbody th{font-weight:500;white-space:nowrap}
td.strong{font-weight:600}td.bad{font-weight:600;color:var(--s1)}
td.u1{background:rgba(var(--mark),.12)}td.u2{background:rgba(var(--mark),.28)}td.u3{background:rgba(var(--mark),.5);font-weight:600}
td.d1{background:rgba(var(--cool),.12)}td.d2{background:rgba(var(--cool),.28)}td.d3{background:rgba(var(--cool),.5);font-weight:600}
.many{display:grid;grid-template-columns:repeat(auto-fill,minmax(21rem,1fr));gap:1rem 1.4rem;margin:1rem 0}
figure{margin:1rem 0;break-inside:avoid}.many figure{margin:0}
figure svg,figure img{max-width:100%;height:auto;display:block}
figcaption{color:var(--soft);font-size:.85rem;max-width:48rem;margin-top:.3rem}
audio{width:100%;height:2.2rem;display:block;margin:.4rem 0}
footer{margin-top:3rem;padding-top:.8rem;border-top:1px solid var(--line);color:var(--soft);font-size:.85rem}
@media print{body{font-size:10pt;max-width:none;padding:0}nav,audio{display:none}.wide{overflow:visible}
h2,h3{break-after:avoid}tr{break-inside:avoid}.many{grid-template-columns:repeat(2,1fr)}
.note,.tile{-webkit-print-color-adjust:exact;print-color-adjust:exact}td{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
)css";

}  // namespace

std::string HtmlPage(std::string_view title, std::string_view body) {
  std::string html = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n";
  html += "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"/>\n";
  // Nothing may be fetched, whatever a record's name holds.
  html +=
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'; img-src data:; media-src data:\"/>\n";
  html += "<title>" + EscapeHtml(title) + "</title>\n<style>";
  html.append(PlotStyle()).append(kPageStyle).append("</style>\n</head>\n<body>\n");
  html.append(body);
  return html + "</body>\n</html>\n";
}

std::string Figure(std::string_view picture, std::string_view caption) {
  std::string html = "<figure>";
  html.append(picture);
  if (!caption.empty()) html += "<figcaption>" + EscapeHtml(caption) + "</figcaption>";
  return html + "</figure>\n";
}

std::string NumberSpan(const json& document, const std::string& pointer, int decimals) {
  return "<span data-json=\"" + EscapeHtml(pointer) + "\">" +
         NumberText(NumberOf(document.at(json::json_pointer(pointer))), decimals) + "</span>";
}

std::string EstimateSpan(const json& document, const std::string& pointer, int decimals) {
  const json& estimate = document.at(json::json_pointer(pointer));
  std::string html = NumberSpan(document, pointer + "/value", decimals);
  if (estimate.at("low").is_number()) {
    html += " <span class=\"interval\">[" + NumberSpan(document, pointer + "/low", decimals) +
            ", " + NumberSpan(document, pointer + "/high", decimals) + "]</span>";
  }
  return html;
}

std::string Paragraph(std::string_view text) { return "<p>" + EscapeHtml(text) + "</p>\n"; }

std::string Section(std::string_view id, std::string_view title) {
  return "<h2 id=\"" + EscapeHtml(id) + "\">" + EscapeHtml(title) + "</h2>\n";
}

std::string TextOf(const json& value) {
  return value.is_null() ? std::string() : value.get<std::string>();
}

double NumberOf(const json& value) {
  return value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN();
}

std::vector<double> NumbersOf(const json& list) {
  std::vector<double> values;
  for (const json& value : list) values.push_back(NumberOf(value));
  return values;
}

HtmlTable::HtmlTable(std::string_view caption)
    : html_("<div class=\"wide\"><table><caption>" + EscapeHtml(caption) + "</caption>\n") {}

void HtmlTable::Columns(std::span<const std::string> headers) {
  html_ += "<thead><tr>";
  for (const std::string& header : headers) {
    html_ += header.empty() ? "<td></td>" : "<th scope=\"col\">" + EscapeHtml(header) + "</th>";
  }
  html_ += "</tr></thead>\n";
}

void HtmlTable::BeginRow() {
  if (!in_body_) html_ += "<tbody>\n";
  if (in_row_) html_ += "</tr>\n";
  html_ += "<tr>";
  in_body_ = in_row_ = true;
}

void HtmlTable::RowHeader(std::string_view text) {
  html_ += "<th scope=\"row\">" + EscapeHtml(text) + "</th>";
}

void HtmlTable::Text(std::string_view text) { Html(EscapeHtml(text)); }

void HtmlTable::Html(std::string_view html, std::string_view style) {
  html_ += style.empty() ? "<td>" : "<td class=\"" + std::string(style) + "\">";
  html_.append(html).append("</td>");
}

void HtmlTable::Number(const json& document, const std::string& pointer, int decimals,
                       std::string_view style) {
  html_.append("<td class=\"n");
  if (!style.empty()) html_.append(" ").append(style);
  html_ += "\" data-json=\"" + EscapeHtml(pointer) + "\">" +
           NumberText(NumberOf(document.at(json::json_pointer(pointer))), decimals) + "</td>";
}

void HtmlTable::Estimate(const json& document, const std::string& pointer, int decimals) {
  Html(EstimateSpan(document, pointer, decimals), "e");
}

std::string HtmlTable::Finish() && {
  if (in_row_) html_ += "</tr>\n";
  if (in_body_) html_ += "</tbody>";
  return std::move(html_) + "</table></div>\n";
}

std::string FolderName(const std::string& folder) {
  const std::filesystem::path path = std::filesystem::path(folder).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

}  // namespace heartbeat::evaluation
