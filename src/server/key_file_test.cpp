#include "server/key_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "base/file.h"
#include "server/test_folder.h"

namespace heartbeat::server {
namespace {

using namespace std::chrono_literals;

ApiKey Wanted(std::string name, ScopeSet scopes) {
  ApiKey key;
  key.name = std::move(name);
  key.scopes = scopes;
  return key;
}

TEST(KeyFile, MakesKeysThatNobodyGuesses) {
  const auto made = MakeKey(Wanted("ward 3", {Scope::kRead}));
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->text.starts_with("hb_"));
  EXPECT_EQ(made->text.size(), 46U);
  EXPECT_EQ(made->key.hash, HashSecret(made->text));
  EXPECT_EQ(made->key.id.size(), 8U);
  EXPECT_NE(MakeKey(Wanted("ward 3", {Scope::kRead}))->text, made->text);
}

TEST(KeyFile, RefusesKeysThatMakeNoSense) {
  auto key = Wanted("a", {Scope::kRead});
  key.rate_per_minute = 0;
  EXPECT_FALSE(MakeKey(key));
  key = Wanted("a", {Scope::kRead});
  key.expires = ApiKey::Time(1h);
  EXPECT_FALSE(MakeKey(key));
  EXPECT_FALSE(MakeKey(Wanted("a", {})));
  EXPECT_FALSE(MakeKey(Wanted(" ", {Scope::kRead})));
  EXPECT_FALSE(MakeKey(Wanted("a\nb", {Scope::kRead})));
  EXPECT_FALSE(MakeKey(Wanted(std::string(201, 'a'), {Scope::kRead})));
}

TEST(KeyFile, ReadsWhatItWrites) {
  std::vector<ApiKey> keys;
  auto wanted = Wanted("\"quoted\" \\ \u00e4", {Scope::kAdmin, Scope::kPredict});
  wanted.rate_per_minute = 600;
  wanted.expires = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) + 1h;
  keys.push_back(MakeKey(wanted)->key);
  keys.push_back(MakeKey(Wanted("plain", {Scope::kLabel}))->key);
  const auto text = FormatKeys(keys);
  const auto read = ParseKeys(text, "keys.toml");
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ((*read)[i].id, keys[i].id);
    EXPECT_EQ((*read)[i].name, keys[i].name);
    EXPECT_EQ((*read)[i].scopes, keys[i].scopes);
    EXPECT_EQ((*read)[i].hash, keys[i].hash);
    EXPECT_EQ((*read)[i].created, keys[i].created);
    EXPECT_EQ((*read)[i].rate_per_minute, keys[i].rate_per_minute);
    EXPECT_EQ((*read)[i].expires, keys[i].expires);
  }
  EXPECT_EQ(FormatKeys(*read), text);
}

std::string With(std::string_view line, std::string_view instead) {
  std::string text =
      "version = 1\n[[key]]\nid = \"0123abcd\"\nname = \"a\"\nscopes = [\"read\"]\nhash = "
      "\"blake2b-256:" +
      FormatHash(HashSecret("a")) + "\"\ncreated = 2026-01-31T12:00:00+01:00\n";
  const auto at = text.find(line);
  return text.replace(at, text.find('\n', at) - at, instead);
}

TEST(KeyFile, TakesTimesWithTheirOffset) {
  const auto read = ParseKeys(With("id", "id = \"0123abcd\""), "f");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->front().created, std::chrono::sys_days(2026y / 1 / 31) + 11h);
}

TEST(KeyFile, NamesTheLineThatIsWrong) {
  const std::vector<std::tuple<std::string_view, std::string_view, int>> faults = {
      {"version", "version = 2", 1},
      {"version", "", 1},
      {"[[key]]", "[key]", 2},
      {"id", "id = \"0123ABCD\"", 3},
      {"id", "id = 5", 3},
      {"name", "name = \"\"", 4},
      {"name", "name = \"a", 4},
      {"name", "nome = \"a\"", 4},
      {"scopes", "scopes = []", 5},
      {"scopes", "scopes = [\"read\", \"none\"]", 5},
      {"scopes", "scopes = \"read\"", 5},
      {"hash", "hash = \"hb_secret\"", 6},
      {"created", "created = 2026-01-31", 7},
      {"created", "created = 1970-01-01T00:30:00+01:00", 7},
      {"created", "created = 9999-12-31T23:30:00-01:00", 7},
      {"created", "created = 2026-01-31T12:00:00Z\nrate_per_minute = 0", 8},
      {"created", "created = 2026-01-31T12:00:00Z\nexpires = \"never\"", 8},
      {"created", "created = 2026-01-31T12:00:00Z\nmore = 1", 8},
      {"created", "", 2},
  };
  for (const auto& [line, instead, number] : faults) {
    const auto read = ParseKeys(With(line, instead), "the-file");
    ASSERT_FALSE(read) << instead;
    EXPECT_EQ(read.error().code, base::ErrorCode::kInvalidArgument);
    EXPECT_TRUE(read.error().message.starts_with("the-file line " + std::to_string(number) + ": "))
        << read.error().message;
    EXPECT_EQ(read.error().message.find("secret"), std::string::npos);
  }
}

TEST(KeyFile, RefusesTwoOfTheSame) {
  const auto text = FormatKeys({MakeKey(Wanted("a", {Scope::kRead}))->key});
  const auto key = text.substr(text.find("[[key]]"));
  const auto read = ParseKeys(text + key, "f");
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find("same"), std::string::npos);
}

class KeyFileOnDisk : public testing::Test {
 protected:
  [[nodiscard]] mode_t ModeOf(const std::filesystem::path& path) const {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_mode & 0777;
  }
  TestFolder folder_;
  const std::filesystem::path file_ = folder_.path() / "new" / "keys.toml";
};

TEST_F(KeyFileOnDisk, IsTheOwnersAlone) {
  EXPECT_EQ(ReadKeys(file_).error().code, base::ErrorCode::kNotFound);
  ASSERT_TRUE(ChangeKeys(file_, [](std::vector<ApiKey>& keys) -> base::Result<void> {
    keys.push_back(MakeKey(Wanted("a", {Scope::kRead}))->key);
    return {};
  }));
  EXPECT_EQ(ModeOf(file_), 0600U);
  EXPECT_EQ(ModeOf(file_.parent_path()), 0700U);
  ASSERT_EQ(ReadKeys(file_)->size(), 1U);
  ::chmod(file_.c_str(), 0620);
  const auto refused = ReadKeys(file_);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("chmod go-w"), std::string::npos);
}

TEST_F(KeyFileOnDisk, StaysAsItIsWhereTheChangeFails) {
  ASSERT_TRUE(ChangeKeys(file_, [](auto&) -> base::Result<void> { return {}; }));
  const auto before = base::ReadTextFile(file_);
  EXPECT_FALSE(ChangeKeys(file_, [](std::vector<ApiKey>& keys) -> base::Result<void> {
    keys.push_back(MakeKey(Wanted("a", {Scope::kRead}))->key);
    return base::Fail(base::ErrorCode::kNotFound, "no");
  }));
  EXPECT_EQ(*base::ReadTextFile(file_), *before);
  std::ofstream(file_) << "version = 1\nbroken";
  EXPECT_FALSE(ChangeKeys(file_, [](auto&) -> base::Result<void> { return {}; }));
  EXPECT_EQ(*base::ReadTextFile(file_), "version = 1\nbroken");
}

TEST_F(KeyFileOnDisk, LosesNoChangeOfSeveralAtOnce) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([this] {
      for (int j = 0; j < 5; ++j) {
        EXPECT_TRUE(ChangeKeys(file_, [](std::vector<ApiKey>& keys) -> base::Result<void> {
          keys.push_back(MakeKey(Wanted("a", {Scope::kRead}))->key);
          return {};
        }));
      }
    });
  }
  threads.clear();
  EXPECT_EQ(ReadKeys(file_)->size(), 40U);
}

}  // namespace
}  // namespace heartbeat::server
