#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Sounds and files for this room's tests, made in memory.
namespace heartbeat::audio::test {

// A sine of `frequency_hz`; full scale is 1.
[[nodiscard]] std::vector<float> Sine(double duration_s, int sample_rate_hz,
                                      double frequency_hz = 50, double amplitude = 0.5);

// Interleaved [frame, channel] samples as a file of the libsndfile format (SF_FORMAT_...).
[[nodiscard]] std::vector<std::byte> Encode(std::span<const float> samples, int sample_rate_hz,
                                            int channels, int format);

// A WAV file put together by hand, so that each field can be wrong.
struct WavFields {
  std::uint16_t tag = 1;
  std::uint16_t channels = 1;
  std::uint32_t sample_rate_hz = 2000;
  std::uint16_t bits = 16;
  std::optional<std::uint16_t> frame_bytes = {};
  std::string_view riff = "RIFF";
  std::optional<std::uint32_t> riff_bytes = {};
  std::string before_format = {};  // whole chunks
  std::string before_data = {};    // whole chunks
  std::optional<std::uint32_t> data_bytes = {};
  std::string after_data = {};  // whole chunks
};
[[nodiscard]] std::vector<std::byte> MakeWav(const WavFields& fields, std::string_view data);

// A chunk with its padding byte, little-endian.
[[nodiscard]] std::string Chunk(std::string_view id, std::string_view body);

// The bytes of a value, and of a row of values, as they lie in memory (little-endian).
template <typename T>
[[nodiscard]] std::string Raw(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof(T)};
}
template <typename T>
[[nodiscard]] std::string RawRow(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

// The sine in `bits`-bit two's complement (16, 24 or 32), little-endian.
[[nodiscard]] std::string Pcm(std::span<const float> samples, int bits);

[[nodiscard]] std::vector<std::byte> ToBytes(std::string_view text);

// A file of tests/data, such as "a0001.flac". Fails the test if it cannot be read.
[[nodiscard]] std::filesystem::path DataPath(std::string_view name);
[[nodiscard]] std::vector<std::byte> ReadData(std::string_view name);

// Largest difference over the common length.
[[nodiscard]] double MaxDifference(std::span<const float> a, std::span<const float> b);

}  // namespace heartbeat::audio::test
