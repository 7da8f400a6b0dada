#include "server/tls.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "server/test_certificate.h"

namespace heartbeat::server {
namespace {

// Refused, as a mistake of whoever starts the server, in words that hold all of `words`.
void ExpectRefused(const std::filesystem::path& certificate, const std::filesystem::path& key,
                   const std::vector<std::string>& words) {
  const auto loaded = LoadTls(certificate, key);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, base::ErrorCode::kInvalidArgument);
  for (const auto& word : words) {
    EXPECT_NE(loaded.error().message.find(word), std::string::npos) << loaded.error().message;
  }
}

TEST(Tls, TakesKeysOfBothKinds) {
  const TestCertificate elliptic;
  EXPECT_TRUE(LoadTls(elliptic.certificate(), elliptic.key()));
  const TestCertificate rsa({.is_rsa = true});
  EXPECT_TRUE(LoadTls(rsa.certificate(), rsa.key()));
}

TEST(Tls, NamesAFileThatCannotBeRead) {
  const TestCertificate good;
  ExpectRefused("/nowhere/server.pem", good.key(), {"/nowhere/server.pem", "--tls-cert"});
  ExpectRefused(good.certificate(), "/nowhere/server.key", {"/nowhere/server.key", "--tls-key"});
  ExpectRefused(good.folder(), good.key(), {"--tls-cert", "folder"});
  if (::geteuid() == 0) return;  // root may read everything
  std::filesystem::permissions(good.key(), std::filesystem::perms::none);
  ExpectRefused(good.certificate(), good.key(), {"--tls-key", "Permission denied"});
}

TEST(Tls, NamesAFileThatIsSomethingElse) {
  const TestCertificate good;
  const auto nonsense = good.folder() / "nonsense";
  std::ofstream(nonsense) << "this is no PEM\n";
  ExpectRefused(nonsense, good.key(), {"nonsense", "--tls-cert", "BEGIN CERTIFICATE"});
  ExpectRefused(good.certificate(), nonsense, {"nonsense", "--tls-key", "BEGIN PRIVATE KEY"});
  ExpectRefused(good.key(), good.certificate(), {"--tls-cert"});
}

TEST(Tls, NamesAKeyOfAnotherCertificate) {
  const TestCertificate good;
  const TestCertificate other;
  ExpectRefused(good.certificate(), other.key(), {"does not belong", "--tls-cert", "--tls-key"});
  const TestCertificate rsa({.is_rsa = true});
  ExpectRefused(good.certificate(), rsa.key(), {"does not belong"});
}

TEST(Tls, AsksForNoPassword) {
  const TestCertificate locked({.password = "secret"});
  ExpectRefused(locked.certificate(), locked.key(), {"--tls-key", "password", "openssl pkey"});
}

TEST(Tls, RefusesAWeakKey) {
  const TestCertificate weak({.is_rsa = true, .rsa_bits = 1024});
  ExpectRefused(weak.certificate(), weak.key(), {"--tls-cert", "2048"});
}

TEST(Tls, TakesACertificateThatIsNotValidNow) {
  const TestCertificate expired({.valid_from_s = -7200, .valid_to_s = -3600});
  EXPECT_TRUE(LoadTls(expired.certificate(), expired.key()));
  const TestCertificate early({.valid_from_s = 3600, .valid_to_s = 7200});
  EXPECT_TRUE(LoadTls(early.certificate(), early.key()));
}

}  // namespace
}  // namespace heartbeat::server
