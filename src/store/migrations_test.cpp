#include "store/migrations.h"

#include <gtest/gtest.h>
#include <soci/soci.h>

#include <array>
#include <thread>

#include "store/sqlite_backend.h"
#include "store/test_history.h"

namespace heartbeat::store {
namespace {

class MigrationsTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(backend_.Prepare());
    session_ = backend_.Connect();
  }

  base::Result<void> Run(std::span<const Migration> migrations) {
    return Guard(backend_, [&] { Migrate(backend_, *session_, migrations); });
  }
  long long Number(const std::string& query) {
    long long value = -1;
    *session_ << query, soci::into(value);
    return value;
  }

  TestFolder folder_;
  SqliteBackend backend_{folder_ / "heartbeat.db", 10};
  std::unique_ptr<soci::session> session_;
};

constexpr std::array kTwo = {
    Migration{1, "0001-a.sql", "CREATE TABLE a (x BIGINT); INSERT INTO a VALUES (1);"},
    Migration{2, "0002-b.sql", "INSERT INTO a VALUES (2);"}};

TEST_F(MigrationsTest, EachRunsOnce) {
  ASSERT_TRUE(Run(std::span(kTwo).first(1)));
  EXPECT_EQ(Number("SELECT SUM(x) FROM a"), 1);
  ASSERT_TRUE(Run(kTwo));
  ASSERT_TRUE(Run(kTwo));
  EXPECT_EQ(Number("SELECT SUM(x) FROM a"), 3);
  EXPECT_EQ(Number("SELECT MAX(number) FROM schema_migrations"), 2);
}

TEST_F(MigrationsTest, OneThatFailsLeavesNothing) {
  const std::array broken = {kTwo[0],
                             Migration{2, "0002-b.sql", "INSERT INTO a VALUES (2); NO SQL;"}};
  EXPECT_FALSE(Run(broken));
  EXPECT_EQ(Number("SELECT SUM(x) FROM a"), 1);
  EXPECT_EQ(Number("SELECT MAX(number) FROM schema_migrations"), 1);
}

TEST_F(MigrationsTest, ANewerSchemaIsRefused) {
  ASSERT_TRUE(Run(kTwo));
  const auto older = Run(std::span(kTwo).first(1));
  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().code, base::ErrorCode::kIo);
  EXPECT_NE(older.error().message.find("newer HeartBeat AI"), std::string::npos);
}

TEST_F(MigrationsTest, ManyAtOnceRunEachOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const SqliteBackend backend(folder_ / "heartbeat.db", 30);
      const auto done = Guard(backend, [&] {
        const auto session = backend.Connect();
        Migrate(backend, *session, kTwo);
      });
      EXPECT_TRUE(done) << done.error().message;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(Number("SELECT SUM(x) FROM a"), 3);
}

TEST(MigrationsOf, TakesCommonOnesAndTheBackendsOwnInOrder) {
  constexpr std::array files = {EmbeddedFile{"0003-c.postgresql.sql", ""},
                                EmbeddedFile{"0002-b.sqlite.sql", ""},
                                EmbeddedFile{"0001-a.sql", ""}};
  const auto migrations = MigrationsOf("sqlite", files);
  ASSERT_EQ(migrations.size(), 2U);
  EXPECT_EQ(migrations[0].number, 1);
  EXPECT_EQ(migrations[1].name, "0002-b.sqlite.sql");
}

TEST_F(MigrationsTest, TheAuditTrailRefusesChange) {
  ASSERT_TRUE(Run(MigrationsOf("sqlite", MigrationFiles())));
  *session_ << "INSERT INTO audit_trail VALUES (1, 0, 'who', 'did', 'what', '')";
  EXPECT_THROW(*session_ << "UPDATE audit_trail SET who = 'nobody'", soci::soci_error);
  EXPECT_THROW(*session_ << "DELETE FROM audit_trail", soci::soci_error);
  EXPECT_THROW(*session_ << "INSERT OR REPLACE INTO audit_trail VALUES (1, 0, 'x', 'y', '', '')",
               soci::soci_error);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM audit_trail WHERE who = 'who'"), 1);
}

}  // namespace
}  // namespace heartbeat::store
