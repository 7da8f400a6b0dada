#include "features/npy.h"

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace heartbeat::features {
namespace {

constexpr std::string_view kMagic("\x93NUMPY\x01\x00", 8);
// NumPy aligns the data to this, so that it can be mapped into memory.
constexpr std::size_t kAlignment = 64;

void AppendText(std::vector<std::byte>& bytes, std::string_view text) {
  for (const char c : text) bytes.push_back(static_cast<std::byte>(c));
}

template <typename Unsigned>
void AppendLittleEndian(std::vector<std::byte>& bytes, Unsigned value) {
  for (std::size_t i = 0; i < sizeof value; ++i) {
    bytes.push_back(static_cast<std::byte>((value >> (8 * i)) & 0xFF));
  }
}

}  // namespace

std::vector<std::byte> ToNpy(const Spectrogram& spectrogram) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" +
                       std::to_string(spectrogram.mel_bands) + ", " +
                       std::to_string(spectrogram.frames) + "), }";
  const std::size_t before = kMagic.size() + sizeof(std::uint16_t);
  const std::size_t unpadded = before + header.size() + 1;
  header.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
  header.push_back('\n');

  std::vector<std::byte> bytes;
  bytes.reserve(before + header.size() + spectrogram.values.size() * sizeof(float));
  AppendText(bytes, kMagic);
  AppendLittleEndian(bytes, static_cast<std::uint16_t>(header.size()));
  AppendText(bytes, header);
  for (const float value : spectrogram.values) {
    AppendLittleEndian(bytes, std::bit_cast<std::uint32_t>(value));
  }
  return bytes;
}

}  // namespace heartbeat::features
