#include "server/scope.h"

#include <gtest/gtest.h>

namespace heartbeat::server {
namespace {

TEST(Scope, IsKnownByItsName) {
  for (const auto scope : {Scope::kPredict, Scope::kRead, Scope::kLabel, Scope::kAdmin}) {
    EXPECT_EQ(ParseScope(Name(scope)), scope);
  }
  for (const auto* name : {"", "none", "Read", "write", "read "}) {
    EXPECT_EQ(ParseScope(name), std::nullopt) << name;
  }
}

TEST(ScopeSet, AllowsWhatIsInIt) {
  const ScopeSet none;
  EXPECT_TRUE(none.empty());
  EXPECT_TRUE(none.Allows(Scope::kNone));
  EXPECT_FALSE(none.Allows(Scope::kPredict));
  const ScopeSet few = {Scope::kLabel, Scope::kPredict};
  EXPECT_TRUE(few.Allows(Scope::kPredict));
  EXPECT_TRUE(few.Allows(Scope::kLabel));
  EXPECT_FALSE(few.Allows(Scope::kRead));
  EXPECT_FALSE(few.Allows(Scope::kAdmin));
  EXPECT_EQ(few.List(), (std::vector{Scope::kPredict, Scope::kLabel}));
}

TEST(ScopeSet, AllowsAnAdministratorEverything) {
  const ScopeSet admin = {Scope::kAdmin};
  for (const auto scope :
       {Scope::kNone, Scope::kPredict, Scope::kRead, Scope::kLabel, Scope::kAdmin}) {
    EXPECT_TRUE(admin.Allows(scope));
  }
  EXPECT_EQ(admin.List(), std::vector{Scope::kAdmin});
}

TEST(ScopeSet, CannotHoldNone) { EXPECT_TRUE(ScopeSet({Scope::kNone}).empty()); }

}  // namespace
}  // namespace heartbeat::server
