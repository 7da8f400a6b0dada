#include "server/test_certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>

namespace heartbeat::server {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(std::FILE* file) const { std::fclose(file); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

void Require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(std::string("the test certificate: ") + what);
}

Owned<std::FILE> Create(const std::filesystem::path& path) {
  Owned<std::FILE> file(std::fopen(path.c_str(), "wb"));
  Require(file != nullptr, "cannot make a file");
  return file;
}

}  // namespace

TestCertificate::TestCertificate(const Options& options) {
  std::string name = (std::filesystem::temp_directory_path() / "certificate-XXXXXX").string();
  Require(::mkdtemp(name.data()) != nullptr, "cannot make a folder");
  folder_ = name;
  const Owned<EVP_PKEY> key_pair(
      options.is_rsa ? EVP_RSA_gen(static_cast<unsigned>(options.rsa_bits)) : EVP_EC_gen("P-256"));
  const Owned<X509> made(X509_new());
  Require(key_pair && made, "no key");
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), options.valid_from_s);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), options.valid_to_s);
  X509_set_pubkey(made.get(), key_pair.get());
  X509_NAME* subject = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(made.get(), subject);
  Require(X509_sign(made.get(), key_pair.get(), EVP_sha256()) > 0, "cannot be signed");
  Require(PEM_write_X509(Create(certificate()).get(), made.get()) == 1, "cannot be written");
  const char* password = options.password.empty() ? nullptr : options.password.c_str();
  Require(
      PEM_write_PKCS8PrivateKey(Create(key()).get(), key_pair.get(),
                                password == nullptr ? nullptr : EVP_aes_256_cbc(), password,
                                static_cast<int>(options.password.size()), nullptr, nullptr) == 1,
      "its key cannot be written");
}

TestCertificate::~TestCertificate() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace heartbeat::server
