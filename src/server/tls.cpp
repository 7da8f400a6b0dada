#include "server/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

#include "base/log.h"

namespace heartbeat::server {
namespace {

namespace ssl = boost::asio::ssl;
using base::ErrorCode;
using base::Fail;

// Of TLS 1.2: forward secrecy and authenticated encryption alone, as Mozilla's intermediate
// recommendation has it. TLS 1.3 knows no weak ones.
constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr unsigned char kHttp[] = "\x08http/1.1";  // as ALPN lists it: length, name

// A client that names protocols but not ours is told so (RFC 7301, 3.2).
int SelectProtocol(SSL*, const unsigned char** chosen, unsigned char* chosen_length,
                   const unsigned char* offered, unsigned int offered_length, void*) {
  unsigned char* found = nullptr;
  const int agreed = SSL_select_next_proto(&found, chosen_length, kHttp, sizeof kHttp - 1, offered,
                                           offered_length);
  if (agreed != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

// Nobody is there to type one in, and OpenSSL would ask on the terminal.
int NoPassword(char*, int, int, void*) { return 0; }

base::Result<void> CheckReadable(const std::filesystem::path& path, std::string_view option) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return Fail(ErrorCode::kInvalidArgument,
                path.string() + " is a folder; " + std::string(option) + " takes a PEM file");
  }
  errno = 0;
  if (std::ifstream(path)) return {};
  return Fail(ErrorCode::kInvalidArgument,
              "cannot read " + path.string() + " of " + std::string(option) + ": " +
                  std::generic_category().message(errno) +
                  "; give a file that the user who runs the server may read");
}

// What OpenSSL says of its last failure, such as "no start line".
std::string Reason() {
  const auto code = ERR_peek_error();
  const char* reason = ERR_reason_error_string(code);
  return reason == nullptr ? "" : " (" + std::string(reason) + ")";
}

void WarnOfDates(SSL_CTX* context) {
  const X509* certificate = SSL_CTX_get0_certificate(context);
  if (certificate == nullptr) return;
  if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0) {
    base::LogWarning("the TLS certificate has expired: clients will refuse it; renew it");
  } else if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0) {
    base::LogWarning(
        "the TLS certificate is not valid yet: clients will refuse it; check the clock");
  }
}

}  // namespace

base::Result<std::unique_ptr<ssl::context>> LoadTls(const std::filesystem::path& certificate,
                                                    const std::filesystem::path& key) {
  if (auto readable = CheckReadable(certificate, "--tls-cert"); !readable) return Fail(readable);
  if (auto readable = CheckReadable(key, "--tls-key"); !readable) return Fail(readable);
  auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_cipher_list(native, kCiphers);
  SSL_CTX_set_alpn_select_cb(native, SelectProtocol, nullptr);
  SSL_CTX_set_default_passwd_cb(native, NoPassword);
  // Resumption is by tickets, which cost no memory here; buffers of silent connections none either.
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(native, certificate.c_str()) != 1) {
    return Fail(ErrorCode::kInvalidArgument,
                certificate.string() + " of --tls-cert is not a PEM certificate that can be used" +
                    Reason() +
                    "; it must begin with the server's own certificate, -----BEGIN CERTIFICATE-----"
                    ", with a key of at least 2048 bits for RSA");
  }
  const bool is_key = SSL_CTX_use_PrivateKey_file(native, key.c_str(), SSL_FILETYPE_PEM) == 1;
  const auto code = ERR_peek_error();
  // A key of another kind than the certificate's is found only by the second check.
  const bool is_another = is_key ? SSL_CTX_check_private_key(native) != 1
                                 : ERR_GET_LIB(code) == ERR_LIB_X509 &&
                                       ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH;
  if (is_another) {
    return Fail(ErrorCode::kInvalidArgument,
                "the key " + key.string() + " of --tls-key does not belong to the certificate " +
                    certificate.string() + " of --tls-cert; give the two that were made together");
  }
  if (!is_key) {
    return Fail(
        ErrorCode::kInvalidArgument,
        key.string() + " of --tls-key is not a PEM private key that can be used" + Reason() +
            "; it must hold a key without a password, -----BEGIN PRIVATE KEY----- (`openssl "
            "pkey -in FILE -out NEWFILE` takes a password away)");
  }
  WarnOfDates(native);
  return context;
}

}  // namespace heartbeat::server
