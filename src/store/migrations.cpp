#include "store/migrations.h"

#include <soci/soci.h>

#include <algorithm>
#include <charconv>

#include "store/records.h"
#include "store/transaction.h"

namespace heartbeat::store {
namespace {

// The number of the last migration that the database has had.
long long CheckedSchema(soci::session& session, std::span<const Migration> migrations) {
  long long current = 0;
  session << "SELECT COALESCE(MAX(number), 0) FROM schema_migrations", soci::into(current);
  const int newest = migrations.empty() ? 0 : migrations.back().number;
  if (current > newest) {
    throw Refused(base::ErrorCode::kIo,
                  "The history was written by a newer HeartBeat AI (its schema is " +
                      std::to_string(current) + ", this program knows " + std::to_string(newest) +
                      "). Use that version, or restore a backup that this one made.");
  }
  return current;
}

// Does one step, or says that there is none.
bool Step(const Backend& backend, soci::session& session, std::span<const Migration> migrations) {
  Transaction transaction(backend, session);
  session << "CREATE TABLE IF NOT EXISTS schema_migrations (number BIGINT NOT NULL PRIMARY KEY, "
             "name TEXT NOT NULL, applied_ms BIGINT NOT NULL)";
  const long long current = CheckedSchema(session, migrations);
  const auto next = std::ranges::find_if(
      migrations, [&](const Migration& migration) { return migration.number > current; });
  if (next == migrations.end()) {
    transaction.Commit();
    return false;
  }
  backend.RunScript(session, next->script);
  const long long number = next->number;
  const std::string name(next->name);
  const long long now_ms = Now().time_since_epoch().count();
  session
      << "INSERT INTO schema_migrations (number, name, applied_ms) VALUES (:number, :name, :now)",
      soci::use(number, "number"), soci::use(name, "name"), soci::use(now_ms, "now");
  transaction.Commit();
  return true;
}

}  // namespace

std::vector<Migration> MigrationsOf(std::string_view backend_name,
                                    std::span<const EmbeddedFile> files) {
  const std::string own = "." + std::string(backend_name) + ".sql";
  std::vector<Migration> migrations;
  for (const auto& file : files) {
    const bool of_all = std::ranges::count(file.name, '.') == 1;
    if (!of_all && !file.name.ends_with(own)) continue;
    Migration migration{0, file.name, file.content};
    std::from_chars(file.name.data(), file.name.data() + file.name.size(), migration.number);
    migrations.push_back(migration);
  }
  std::ranges::sort(migrations, {}, &Migration::number);
  return migrations;
}

void RequireKnownSchema(soci::session& session, std::span<const Migration> migrations) {
  const Refused no_history(base::ErrorCode::kIo,
                           "The file heartbeat.db is no history of HeartBeat AI.");
  try {
    if (CheckedSchema(session, migrations) == 0) throw no_history;
  } catch (const soci::soci_error&) {
    throw no_history;  // there is no such table
  }
}

void Migrate(const Backend& backend, soci::session& session,
             std::span<const Migration> migrations) {
  while (Step(backend, session, migrations)) {
  }
}

}  // namespace heartbeat::store
