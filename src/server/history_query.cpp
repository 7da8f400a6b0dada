#include "server/history_query.h"

#include <array>
#include <charconv>
#include <span>
#include <string>

#include "server/query_string.h"
#include "server/rfc3339.h"

namespace heartbeat::server {
namespace {

using base::ErrorCode;
using base::Fail;

constexpr std::array<std::string_view, 9> kNames = {
    "class", "verdict", "label", "from", "until", "file_name", "patient_ref", "limit", "cursor"};
constexpr std::size_t kFilters = 7;  // of these, the first

std::unexpected<base::Error> Refuse(std::string_view name, std::string_view may_be) {
  return Fail(ErrorCode::kInvalidArgument,
              "the parameter `" + std::string(name) + "` must be " + std::string(may_be));
}

// Reads one parameter after the other, up to the first that makes no sense.
class Reader {
 public:
  explicit Reader(const QueryParameters& parameters) : parameters_(parameters) {}

  // What `parse` makes of the parameter; nothing where it is missing.
  template <typename Parse>
  auto Take(std::string_view name, std::string_view may_be, Parse parse)
      -> decltype(parse(std::string_view())) {
    const auto found = parameters_.find(name);
    if (found == parameters_.end()) return std::nullopt;
    auto parsed = parse(std::string_view(found->second));
    if (!parsed && result_) result_ = Refuse(name, may_be);
    return parsed;
  }

  [[nodiscard]] std::string Text(std::string_view name) const {
    const auto found = parameters_.find(name);
    return found == parameters_.end() ? std::string() : found->second;
  }

  [[nodiscard]] const base::Result<void>& result() const { return result_; }

 private:
  const QueryParameters& parameters_;
  base::Result<void> result_;
};

std::optional<int> ParseLimit(std::string_view text) {
  int limit = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), limit);
  const bool is_number = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  if (!is_number || limit < 1 || limit > store::PageRequest::kMaxLimit) return std::nullopt;
  return limit;
}

}  // namespace

std::optional<store::LabelFilter> ParseLabelFilter(std::string_view name) {
  using store::LabelFilter;
  constexpr std::array<std::pair<std::string_view, LabelFilter>, 5> kLabels = {{
      {"none", LabelFilter::kUnlabelled},
      {"any", LabelFilter::kLabelled},
      {"normal", LabelFilter::kNormal},
      {"abnormal", LabelFilter::kAbnormal},
      {"unsure", LabelFilter::kUnsure},
  }};
  for (const auto& [label_name, label] : kLabels) {
    if (label_name == name) return label;
  }
  return std::nullopt;
}

base::Result<HistoryQuery> ParseHistoryQuery(std::string_view query, Paging paging) {
  constexpr std::string_view kTimes =
      "a time such as 2026-01-31T12:00:00Z or 2026-01-31T13:00:00+01:00 (whose + is %2B in an "
      "address), or a date such as 2026-01-31, which is its first moment in UTC";
  const auto known = std::span(kNames).first(paging == Paging::kAllowed ? kNames.size() : kFilters);
  const auto parameters = ParseQuery(query, known);
  if (!parameters) return Fail(parameters);
  Reader reader(*parameters);
  HistoryQuery parsed;
  parsed.filter = {
      .predicted_class = reader.Take("class", "`normal` or `abnormal`", store::ParsePredictedClass),
      .verdict = reader.Take("verdict", "`normal`, `abnormal`, `uncertain` or `poor_quality`",
                             store::ParseVerdict),
      .label =
          reader.Take("label", "`normal`, `abnormal`, `unsure`, `any` or `none`", ParseLabelFilter),
      .from = reader.Take("from", kTimes, ParseRfc3339),
      .until = reader.Take("until", kTimes, ParseRfc3339),
      .file_name_prefix = reader.Text("file_name"),
      .patient_ref = reader.Text("patient_ref"),
  };
  parsed.page.limit =
      reader.Take("limit", "a number from 1 to 1000", ParseLimit).value_or(parsed.page.limit);
  parsed.page.cursor = reader.Text("cursor");
  if (!reader.result()) return Fail(reader.result());
  return parsed;
}

}  // namespace heartbeat::server
