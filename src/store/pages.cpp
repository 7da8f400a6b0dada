#include "store/pages.h"

#include <soci/soci.h>

#include <limits>

#include "store/name_search.h"
#include "store/text.h"

namespace heartbeat::store {
namespace {

// The texts of a column that the filter lets through.
std::vector<std::string> ClassesOf(const Filter& filter) {
  if (filter.predicted_class) return {std::string(Name(*filter.predicted_class))};
  return {"normal", "abnormal"};
}

std::vector<std::string> VerdictsOf(const Filter& filter) {
  if (filter.verdict) return {std::string(Name(*filter.verdict))};
  return {"normal", "abnormal", "uncertain", "poor_quality"};
}

std::vector<std::string> LabelsOf(const Filter& filter) {
  if (!filter.label) return {"", "normal", "abnormal", "unsure"};
  switch (*filter.label) {
    case LabelFilter::kUnlabelled:
      return {""};
    case LabelFilter::kLabelled:
      return {"normal", "abnormal", "unsure"};
    case LabelFilter::kNormal:
      return {"normal"};
    case LabelFilter::kAbnormal:
      return {"abnormal"};
    case LabelFilter::kUnsure:
      return {"unsure"};
  }
  return {};
}

constexpr std::string_view kSelect = "SELECT time_ms, id FROM predictions WHERE ";
constexpr std::string_view kRange =
    "(time_ms, id) < (:after_ms, :after_id) AND time_ms >= :from_ms";
constexpr std::string_view kOrder = " ORDER BY time_ms DESC, id DESC LIMIT :count";

// One index range for each combination of class, verdict and label, merged: whatever is asked of
// them, nothing is read that is not asked for. The texts are ours.
std::string MergedQuery(const Filter& filter) {
  std::string merged;
  for (const auto& predicted_class : ClassesOf(filter)) {
    for (const auto& verdict : VerdictsOf(filter)) {
      for (const auto& label : LabelsOf(filter)) {
        if (!merged.empty()) merged += " UNION ALL ";
        merged += "SELECT * FROM (" + std::string(kSelect) + "predicted_class = '" +
                  predicted_class + "' AND verdict = '" + verdict + "' AND label = '" + label +
                  "' AND " + std::string(kRange) + std::string(kOrder) + ") AS one";
      }
    }
  }
  return "SELECT time_ms, id FROM (" + merged + ") AS merged" + std::string(kOrder);
}

std::string QueryOf(const Filter& filter) {
  if (!filter.patient_ref.empty()) {
    return std::string(kSelect) + "patient_ref = :patient_ref AND " + std::string(kRange) +
           Conditions(filter, false) + std::string(kOrder);
  }
  if (filter.predicted_class || filter.verdict || filter.label) return MergedQuery(filter);
  return std::string(kSelect) + std::string(kRange) + std::string(kOrder);
}

std::string Choice(std::string_view column, const std::vector<std::string>& values) {
  // The empty text behind it keeps the column's index out of the plan.
  std::string sql = " AND (" + std::string(column) + " || '') IN (";
  for (std::size_t i = 0; i < values.size(); ++i) {
    sql += (i > 0 ? ", '" : "'") + values[i] + "'";
  }
  return sql + ")";
}

}  // namespace

Position Newest() { return {std::numeric_limits<std::int64_t>::max(), ""}; }

std::string Conditions(const Filter& filter, bool with_patient_ref) {
  std::string sql;
  if (filter.predicted_class) sql += Choice("predicted_class", ClassesOf(filter));
  if (filter.verdict) sql += Choice("verdict", VerdictsOf(filter));
  if (filter.label) sql += Choice("label", LabelsOf(filter));
  if (with_patient_ref) sql += " AND (patient_ref || '') = :patient_ref";
  return sql;
}

std::vector<Position> SelectPositions(soci::session& session, const Filter& filter,
                                      const Position& after, std::size_t limit) {
  Position start = after;
  if (filter.until && filter.until->time_since_epoch().count() <= start.time_ms) {
    // No id comes before the empty one: what is at that moment is left out.
    start = {filter.until->time_since_epoch().count(), ""};
  }
  if (!filter.file_name_prefix.empty()) {
    return SelectPositionsByName(session, filter, start, limit);
  }

  const long long after_ms = start.time_ms;
  const long long from_ms = filter.from ? filter.from->time_since_epoch().count() : 0;
  const auto count = static_cast<long long>(limit);
  const std::string patient_ref = ToValidUtf8(filter.patient_ref);
  long long time_ms = 0;
  std::string id;
  soci::statement statement(session);
  statement.exchange(soci::into(time_ms));
  statement.exchange(soci::into(id));
  statement.exchange(soci::use(after_ms, "after_ms"));
  statement.exchange(soci::use(start.id, "after_id"));
  statement.exchange(soci::use(from_ms, "from_ms"));
  statement.exchange(soci::use(count, "count"));
  if (!patient_ref.empty()) statement.exchange(soci::use(patient_ref, "patient_ref"));
  statement.alloc();
  statement.prepare(QueryOf(filter));
  statement.define_and_bind();
  statement.execute();
  std::vector<Position> positions;
  while (statement.fetch()) positions.push_back({time_ms, id});
  return positions;
}

}  // namespace heartbeat::store
