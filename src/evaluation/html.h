#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heartbeat::evaluation {

// Pages that stand alone: one file that opens offline, without scripts, in light and dark, and
// prints. What is built here is also well-formed XML.

// A whole document; `body` is HTML.
[[nodiscard]] std::string HtmlPage(std::string_view title, std::string_view body);

// <figure> around a picture, which is HTML, with its caption, which is text.
[[nodiscard]] std::string Figure(std::string_view picture, std::string_view caption);

// Numbers on a page are shown as they stand in a JSON document, and say where: the element has
// data-json="/pointer" (RFC 6901), so that a reader, or a test, finds the exact value. What is null
// shows as "–".
[[nodiscard]] std::string NumberSpan(const nlohmann::json& document, const std::string& pointer,
                                     int decimals);

// "0.925 [0.90, 0.95]" of an object with "value", "low" and "high"; "–" where it is not defined.
[[nodiscard]] std::string EstimateSpan(const nlohmann::json& document, const std::string& pointer,
                                       int decimals);

// A paragraph and the heading of a section, of text.
[[nodiscard]] std::string Paragraph(std::string_view text);
[[nodiscard]] std::string Section(std::string_view id, std::string_view title);

// A text of a document, empty where it is null; a number, NaN where it is null.
[[nodiscard]] std::string TextOf(const nlohmann::json& value);
[[nodiscard]] double NumberOf(const nlohmann::json& value);
[[nodiscard]] std::vector<double> NumbersOf(const nlohmann::json& list);

// The last part of a folder's path: a report tells nothing of the machine's folders.
[[nodiscard]] std::string FolderName(const std::string& folder);

// A table with a caption; header cells carry their scope. Wide ones scroll in themselves.
class HtmlTable {
 public:
  explicit HtmlTable(std::string_view caption);

  // One column each; the text may be empty. Called once, before any row.
  void Columns(std::span<const std::string> headers);
  void BeginRow();
  void RowHeader(std::string_view text);
  void Text(std::string_view text);
  void Html(std::string_view html, std::string_view style = {});
  // `style`: a class of the page's style sheet, such as "strong", or empty.
  void Number(const nlohmann::json& document, const std::string& pointer, int decimals,
              std::string_view style = {});

  // A cell of EstimateSpan.
  void Estimate(const nlohmann::json& document, const std::string& pointer, int decimals);

  [[nodiscard]] std::string Finish() &&;

 private:
  std::string html_;
  bool in_row_ = false;
  bool in_body_ = false;
};

}  // namespace heartbeat::evaluation
