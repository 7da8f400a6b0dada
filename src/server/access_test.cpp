#include "server/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/file.h"
#include "server/test_folder.h"

namespace heartbeat::server {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
constexpr std::string_view kAddress = "192.0.2.1";

class AccessTest : public testing::Test {
 protected:
  // The text of a new key that is in the file.
  std::string AddKey(ScopeSet scopes, const std::function<void(ApiKey&)>& adjust = {}) const {
    ApiKey wanted;
    wanted.name = "a key";
    wanted.scopes = scopes;
    const auto made = MakeKey(wanted);
    auto key = made->key;
    if (adjust) adjust(key);
    EXPECT_TRUE(ChangeKeys(file_, [&](std::vector<ApiKey>& keys) -> base::Result<void> {
      keys.push_back(key);
      return {};
    }));
    return made->text;
  }
  void RemoveKeys() const {
    EXPECT_TRUE(ChangeKeys(file_, [](std::vector<ApiKey>& keys) -> base::Result<void> {
      keys.clear();
      return {};
    }));
  }
  [[nodiscard]] std::unique_ptr<Access> Open(SessionLimits limits = {}) const {
    auto opened = Access::Open(file_, limits);
    if (!opened) throw std::runtime_error(opened.error().message);
    return *std::move(opened);
  }
  static Credentials Key(std::string text) { return {.key = std::move(text), .session = {}}; }
  static Credentials Session(std::string secret) {
    return {.key = {}, .session = std::move(secret)};
  }

  TestFolder folder_;
  const std::filesystem::path file_ = folder_.path() / "keys.toml";
};

TEST_F(AccessTest, AdmitsWhoHasAKeyWithTheRight) {
  const auto text = AddKey({Scope::kPredict});
  const auto access = Open();
  const auto caller = access->Admit(Key(text), Scope::kPredict, kAddress);
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->name, "a key");
  EXPECT_EQ(caller->key_id.size(), 8U);
  EXPECT_TRUE(caller->session.empty());
}

TEST_F(AccessTest, RefusesWhoHasNone) {
  const auto text = AddKey({Scope::kAdmin});
  const auto access = Open();
  const auto none = access->Admit({}, Scope::kRead, kAddress);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().refusal, AccessRefusal::kUnauthorized);
  EXPECT_EQ(none.error().challenge, "Bearer realm=\"HeartBeat AI\"");
  for (const auto& wrong : {std::string(), std::string("hb_"), text.substr(0, text.size() - 1),
                            text + "A", text.substr(3), FormatHash(HashSecret(text))}) {
    const auto refused = access->Admit(Key(wrong), Scope::kRead, kAddress);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().refusal, AccessRefusal::kUnauthorized);
    EXPECT_THAT(refused.error().challenge, HasSubstr("invalid_token"));
    if (wrong.empty()) continue;
    EXPECT_EQ(refused.error().detail.find(wrong), std::string::npos);
  }
}

TEST_F(AccessTest, RefusesWhatTheKeyHasNoRightTo) {
  const auto text = AddKey({Scope::kPredict, Scope::kRead});
  const auto admin = AddKey({Scope::kAdmin});
  const auto access = Open();
  for (const auto scope : {Scope::kLabel, Scope::kAdmin}) {
    const auto refused = access->Admit(Key(text), scope, kAddress);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().refusal, AccessRefusal::kForbidden);
    EXPECT_THAT(refused.error().challenge, HasSubstr("scope=\"" + std::string(Name(scope)) + "\""));
    EXPECT_EQ(refused.error().caller.name, "a key");
  }
  for (const auto scope : {Scope::kPredict, Scope::kRead, Scope::kLabel, Scope::kAdmin}) {
    EXPECT_TRUE(access->Admit(Key(admin), scope, kAddress));
  }
}

TEST_F(AccessTest, KnowsAKeyUntilItExpires) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto old = AddKey({Scope::kRead}, [&](ApiKey& key) { key.expires = now; });
  const auto fresh = AddKey({Scope::kRead}, [&](ApiKey& key) { key.expires = now + 1h; });
  const auto access = Open();
  EXPECT_FALSE(access->Admit(Key(old), Scope::kRead, kAddress));
  EXPECT_FALSE(access->Begin(old, kAddress));
  EXPECT_TRUE(access->Admit(Key(fresh), Scope::kRead, kAddress));
}

TEST_F(AccessTest, LimitsWhatAKeyAsks) {
  const auto text = AddKey({Scope::kRead}, [](ApiKey& key) { key.rate_per_minute = 3; });
  const auto other = AddKey({Scope::kRead});
  const auto access = Open();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(access->Admit(Key(text), Scope::kRead, kAddress));
  const auto refused = access->Admit(Key(text), Scope::kRead, kAddress);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().refusal, AccessRefusal::kRateLimited);
  EXPECT_GE(refused.error().retry_after_s, 19);
  EXPECT_LE(refused.error().retry_after_s, 20);
  EXPECT_TRUE(access->Admit(Key(other), Scope::kRead, kAddress));
  // Reading the file again gives nobody more.
  ASSERT_TRUE(access->Reload());
  EXPECT_FALSE(access->Admit(Key(text), Scope::kRead, kAddress));
}

TEST_F(AccessTest, LimitsWhatIsTriedInVain) {
  const auto text = AddKey({Scope::kRead});
  const auto access = Open();
  for (int i = 0; i < FailedAttempts::kAtOnce; ++i) {
    const auto refused = access->Admit(Key("hb_wrong"), Scope::kRead, kAddress);
    EXPECT_EQ(refused.error().refusal, AccessRefusal::kUnauthorized);
  }
  EXPECT_EQ(access->Begin("hb_wrong", kAddress).error().refusal, AccessRefusal::kRateLimited);
  const auto limited = access->Admit(Key("hb_wrong"), Scope::kRead, kAddress);
  EXPECT_EQ(limited.error().refusal, AccessRefusal::kRateLimited);
  EXPECT_TRUE(limited.error().caller.key_id.empty());
  // Nobody is locked out by another one at the same address, such as that of a proxy.
  EXPECT_TRUE(access->Admit(Key(text), Scope::kRead, kAddress));
  EXPECT_EQ(access->Admit(Key("hb_wrong"), Scope::kRead, "192.0.2.2").error().refusal,
            AccessRefusal::kUnauthorized);
}

TEST_F(AccessTest, LetsPeopleLogInAndOut) {
  const auto text = AddKey({Scope::kRead});
  const auto access = Open();
  EXPECT_FALSE(access->Begin("hb_wrong", kAddress));
  const auto login = access->Begin(text, kAddress);
  ASSERT_TRUE(login);
  EXPECT_EQ(login->key.name, "a key");
  EXPECT_EQ(login->session.find(text), std::string::npos);
  const auto session = Session(login->session);
  const auto caller = access->Admit(session, Scope::kRead, kAddress);
  ASSERT_TRUE(caller);
  EXPECT_FALSE(caller->session.empty());
  EXPECT_EQ(access->Admit(session, Scope::kLabel, kAddress).error().refusal,
            AccessRefusal::kForbidden);
  EXPECT_EQ(access->Identify(session)->name, "a key");
  EXPECT_TRUE(access->StillAllows(*caller, Scope::kRead));
  EXPECT_FALSE(access->StillAllows(*caller, Scope::kLabel));
  // The secret of a session is no key.
  EXPECT_FALSE(access->Admit(Key(login->session), Scope::kRead, kAddress));
  access->End(session);
  EXPECT_FALSE(access->Admit(session, Scope::kRead, kAddress));
  EXPECT_FALSE(access->Identify(session));
  EXPECT_FALSE(access->StillAllows(*caller, Scope::kRead));
}

TEST_F(AccessTest, PrefersTheKeyThatWasSentToTheCookie) {
  const auto text = AddKey({Scope::kRead});
  const auto access = Open();
  const auto session = access->Begin(text, kAddress)->session;
  EXPECT_FALSE(access->Admit({.key = "hb_wrong", .session = session}, Scope::kRead, kAddress));
}

TEST_F(AccessTest, EndsSessionsAndStreamsOfAKeyThatIsRevoked) {
  const auto text = AddKey({Scope::kRead});
  const auto access = Open();
  const auto session = Session(access->Begin(text, kAddress)->session);
  const auto by_key = access->Admit(Key(text), Scope::kRead, kAddress);
  const auto by_session = access->Admit(session, Scope::kRead, kAddress);
  RemoveKeys();
  EXPECT_TRUE(access->Admit(Key(text), Scope::kRead, kAddress));
  EXPECT_EQ(*access->Reload(), 0U);
  EXPECT_FALSE(access->Admit(Key(text), Scope::kRead, kAddress));
  EXPECT_FALSE(access->Admit(session, Scope::kRead, kAddress));
  EXPECT_FALSE(access->StillAllows(*by_key, Scope::kRead));
  EXPECT_FALSE(access->StillAllows(*by_session, Scope::kRead));
}

TEST_F(AccessTest, KeepsItsKeysWhereTheFileIsBroken) {
  const auto text = AddKey({Scope::kRead});
  const auto access = Open();
  std::ofstream(file_) << "version = 1\n[[key]]\nid = 5\n";
  const auto broken = access->Reload();
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().message, HasSubstr(file_.string() + " line 3"));
  EXPECT_TRUE(access->Admit(Key(text), Scope::kRead, kAddress));
  std::filesystem::remove(file_);
  EXPECT_FALSE(access->Reload());
  EXPECT_TRUE(access->Admit(Key(text), Scope::kRead, kAddress));
  EXPECT_FALSE(Access::Open(file_));
}

}  // namespace
}  // namespace heartbeat::server
