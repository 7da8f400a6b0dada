#include "server/secret.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <span>
#include <stdexcept>
#include <system_error>

#include "base/base64.h"

namespace heartbeat::server {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::string_view kHashKey = "heartbeat-key-v1";

void FillRandomly(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const auto got = ::getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw std::system_error(errno, std::generic_category(), "getrandom");
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

std::string ToHex(std::span<const std::uint8_t> bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const auto byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

using Mac = std::unique_ptr<EVP_MAC, void (*)(EVP_MAC*)>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, void (*)(EVP_MAC_CTX*)>;

// OpenSSL 3.0 has BLAKE2b of 256 bits as a MAC only; its digest has 512 whatever one asks for.
MacContext MakeHasher() {
  static const Mac algorithm(EVP_MAC_fetch(nullptr, "BLAKE2BMAC", nullptr), EVP_MAC_free);
  MacContext context(EVP_MAC_CTX_new(algorithm.get()), EVP_MAC_CTX_free);
  std::size_t size = std::tuple_size_v<SecretHash>;
  const std::array<OSSL_PARAM, 2> parameters = {
      OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size), OSSL_PARAM_construct_end()};
  if (!context ||
      EVP_MAC_init(context.get(), reinterpret_cast<const unsigned char*>(kHashKey.data()),
                   kHashKey.size(), parameters.data()) != 1) {
    throw std::runtime_error("OpenSSL has no BLAKE2b");
  }
  return context;
}

}  // namespace

std::string NewSecret() {
  std::array<std::uint8_t, 32> bytes{};
  FillRandomly(bytes);
  auto text = base::Base64(std::as_bytes(std::span(bytes)));
  OPENSSL_cleanse(bytes.data(), bytes.size());
  std::erase(text, '=');
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

std::string NewName(std::size_t bytes) {
  std::string random(bytes, '\0');
  const std::span<std::uint8_t> span(reinterpret_cast<std::uint8_t*>(random.data()), bytes);
  FillRandomly(span);
  return ToHex(span);
}

SecretHash HashSecret(std::string_view secret) {
  static const MacContext prepared = MakeHasher();
  const MacContext context(EVP_MAC_CTX_dup(prepared.get()), EVP_MAC_CTX_free);
  SecretHash hash{};
  std::size_t length = 0;
  if (!context ||
      EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(secret.data()),
                     secret.size()) != 1 ||
      EVP_MAC_final(context.get(), hash.data(), &length, hash.size()) != 1 ||
      length != hash.size()) {
    throw std::runtime_error("OpenSSL could not hash");
  }
  return hash;
}

std::string FormatHash(const SecretHash& hash) { return ToHex(hash); }

std::optional<SecretHash> ParseHash(std::string_view text) {
  SecretHash hash{};
  if (text.size() != 2 * hash.size()) return std::nullopt;
  for (std::size_t i = 0; i < hash.size(); ++i) {
    const auto high = kDigits.find(text[2 * i]);
    const auto low = kDigits.find(text[2 * i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    hash[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return hash;
}

bool SameHash(const SecretHash& a, const SecretHash& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace heartbeat::server
