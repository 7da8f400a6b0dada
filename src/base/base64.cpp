#include "base/base64.h"

#include <openssl/evp.h>

#include <algorithm>

namespace heartbeat::base {

std::string Base64(std::span<const std::byte> bytes) {
  // EVP_EncodeBlock counts in int; whole groups of three are joined without padding between them.
  constexpr std::size_t kPiece = std::size_t{3} << 20;
  std::string text;
  text.reserve(4 * ((bytes.size() + 2) / 3) + 1);
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(kPiece, bytes.size()));
    const std::size_t at = text.size();
    // It ends what it writes with a NUL.
    text.resize(at + 4 * ((piece.size() + 2) / 3) + 1);
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data() + at),
                    reinterpret_cast<const unsigned char*>(piece.data()),
                    static_cast<int>(piece.size()));
    text.pop_back();
    bytes = bytes.subspan(piece.size());
  }
  return text;
}

}  // namespace heartbeat::base
