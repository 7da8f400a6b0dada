#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "store/backend.h"
#include "store/embedded.h"

namespace heartbeat::store {

struct Migration {
  int number = 0;           // 1, 2, 3…
  std::string_view name;    // of the file
  std::string_view script;  // statements without BEGIN and COMMIT
};

// Of `files`, those of the backend with this name and those of every backend, by number.
[[nodiscard]] std::vector<Migration> MigrationsOf(std::string_view backend_name,
                                                  std::span<const EmbeddedFile> files);

// Brings the schema up to the last of `migrations`, each in a transaction of its own that also
// notes it in schema_migrations; programs that do so at the same time wait for each other. Throws
// Refused (kIo) where the schema is newer than they are, and what SOCI throws.
void Migrate(const Backend& backend, soci::session& session, std::span<const Migration> migrations);

// Throws Refused (kIo) where the database is no history or one that is newer than `migrations`;
// changes nothing.
void RequireKnownSchema(soci::session& session, std::span<const Migration> migrations);

}  // namespace heartbeat::store
