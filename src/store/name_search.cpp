#include "store/name_search.h"

#include <soci/soci.h>

#include <string>

#include "store/pages.h"
#include "store/text.h"

namespace heartbeat::store {
namespace {

constexpr long long kDayMs = 86'400'000;
// How many of the newest are looked at before days are: a few milliseconds.
constexpr long long kNewest = 2000;

// The parameters of both ways, and the columns that they answer.
struct Search {
  Search(const Filter& filter, const Position& after)
      : prefix(LowerAscii(ToValidUtf8(filter.file_name_prefix))),
        // Behind every name that begins with the prefix: the last character that there is.
        prefix_end(prefix + "\xF4\x8F\xBF\xBF"),
        patient_ref(ToValidUtf8(filter.patient_ref)),
        from_ms(filter.from ? filter.from->time_since_epoch().count() : 0),
        after_ms(after.time_ms),
        after_id(after.id) {}

  void Bind(soci::statement& statement) {
    statement.exchange(soci::into(time_ms));
    statement.exchange(soci::into(id));
    statement.exchange(soci::use(prefix, "prefix"));
    statement.exchange(soci::use(prefix_end, "prefix_end"));
    statement.exchange(soci::use(from_ms, "from_ms"));
    statement.exchange(soci::use(after_ms, "after_ms"));
    statement.exchange(soci::use(after_id, "after_id"));
    statement.exchange(soci::use(count, "count"));
    if (!patient_ref.empty()) statement.exchange(soci::use(patient_ref, "patient_ref"));
  }

  std::string prefix;
  std::string prefix_end;
  std::string patient_ref;
  long long from_ms;
  long long after_ms;
  std::string after_id;
  long long count = 0;
  long long time_ms = 0;
  std::string id;
};

void Prepare(soci::statement& statement, const std::string& query) {
  statement.alloc();
  statement.prepare(query);
  statement.define_and_bind();
}

constexpr std::string_view kName = "name_key >= :prefix AND name_key < :prefix_end";

// Looks at the newest alone; what matches goes to `found`, and `search` moves behind what was
// looked at. False: there is nothing older.
bool LookAtNewest(soci::session& session, Search& search, const std::string& conditions,
                  std::size_t limit, std::vector<Position>& found) {
  search.count = kNewest;
  int matches = 0;
  soci::statement statement(session);
  search.Bind(statement);
  statement.exchange(soci::into(matches));
  Prepare(
      statement,
      "SELECT time_ms, id, CASE WHEN " + std::string(kName) + conditions +
          " THEN 1 ELSE 0 END FROM predictions WHERE (time_ms, id) < (:after_ms, :after_id) AND "
          "time_ms >= :from_ms ORDER BY time_ms DESC, id DESC LIMIT :count");
  statement.execute();
  long long seen = 0;
  while (found.size() < limit && statement.fetch()) {
    ++seen;
    if (matches != 0) found.push_back({search.time_ms, search.id});
  }
  if (seen > 0) {
    search.after_ms = search.time_ms;
    search.after_id = search.id;
  }
  return seen == kNewest;
}

void GoThroughDays(soci::session& session, Search& search, const std::string& conditions,
                   std::size_t limit, std::vector<Position>& found) {
  long long day = 0;
  const long long first_day = search.after_ms / kDayMs;
  const long long last_day = search.from_ms / kDayMs;
  soci::statement of_day(session);
  search.Bind(of_day);
  of_day.exchange(soci::use(day, "day"));
  // The sums keep the index by time, which would go through all names, out of the plan.
  Prepare(of_day, "SELECT time_ms, id FROM predictions WHERE day = :day AND " + std::string(kName) +
                      " AND (time_ms + 0, id) < (:after_ms, :after_id) AND "
                      "time_ms + 0 >= :from_ms" +
                      conditions + " ORDER BY time_ms DESC, id DESC LIMIT :count");

  long long has_names = 0;
  soci::statement days(session);
  days.exchange(soci::into(day));
  days.exchange(soci::into(has_names));
  days.exchange(soci::use(first_day, "first_day"));
  days.exchange(soci::use(last_day, "last_day"));
  days.exchange(soci::use(search.prefix, "prefix"));
  days.exchange(soci::use(search.prefix_end, "prefix_end"));
  // Each day from the one before, so that none is counted through.
  Prepare(
      days,
      "WITH RECURSIVE days (day) AS ("
      "SELECT MAX(day) FROM predictions WHERE day <= :first_day UNION ALL "
      "SELECT (SELECT MAX(p.day) FROM predictions p WHERE p.day < days.day) FROM days "
      "WHERE days.day > :last_day) "
      "SELECT day, has_names FROM (SELECT day, (SELECT COUNT(*) FROM (SELECT 1 FROM predictions p "
      "WHERE p.day = days.day AND p.name_key >= :prefix AND p.name_key < :prefix_end LIMIT 1) AS "
      "one) AS has_names FROM days WHERE day >= :last_day) AS each_day WHERE has_names > 0");
  days.execute();
  while (found.size() < limit && days.fetch()) {
    search.count = static_cast<long long>(limit - found.size());
    of_day.execute();
    while (of_day.fetch()) found.push_back({search.time_ms, search.id});
  }
}

}  // namespace

std::vector<Position> SelectPositionsByName(soci::session& session, const Filter& filter,
                                            const Position& after, std::size_t limit) {
  const std::string conditions = Conditions(filter, !filter.patient_ref.empty());
  Search search(filter, after);
  std::vector<Position> found;
  if (LookAtNewest(session, search, conditions, limit, found) && found.size() < limit) {
    GoThroughDays(session, search, conditions, limit, found);
  }
  return found;
}

}  // namespace heartbeat::store
