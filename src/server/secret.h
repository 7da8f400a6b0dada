#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace heartbeat::server {

// 32 bytes of the system's generator (getrandom) in base64url (RFC 4648, 5), 43 characters: nobody
// guesses them. Throws std::system_error where the system has none to give.
[[nodiscard]] std::string NewSecret();
// So many random bytes as lower-case hexadecimal digits: what names something and opens nothing.
[[nodiscard]] std::string NewName(std::size_t bytes);

// What is kept of a secret: BLAKE2b of 256 bits (RFC 7693), keyed with "heartbeat-key-v1", so that
// it is no hash of anything else. Python: hashlib.blake2b(secret, digest_size=32,
// key=b"heartbeat-key-v1").
using SecretHash = std::array<std::uint8_t, 32>;
[[nodiscard]] SecretHash HashSecret(std::string_view secret);
// 64 lower-case hexadecimal digits.
[[nodiscard]] std::string FormatHash(const SecretHash& hash);
[[nodiscard]] std::optional<SecretHash> ParseHash(std::string_view text);
// Takes the same time wherever they differ.
[[nodiscard]] bool SameHash(const SecretHash& a, const SecretHash& b);

}  // namespace heartbeat::server
