#include "audio/test_sound.h"

#include <gtest/gtest.h>
#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "base/file.h"

namespace heartbeat::audio::test {
namespace {

struct MemoryFile {
  std::vector<std::byte> bytes;
  std::size_t position = 0;
};

MemoryFile& File(void* user) { return *static_cast<MemoryFile*>(user); }

sf_count_t GetLength(void* user) { return static_cast<sf_count_t>(File(user).bytes.size()); }

sf_count_t Seek(sf_count_t offset, int whence, void* user) {
  const sf_count_t origin = whence == SEEK_CUR   ? static_cast<sf_count_t>(File(user).position)
                            : whence == SEEK_END ? GetLength(user)
                                                 : 0;
  File(user).position = static_cast<std::size_t>(origin + offset);
  return origin + offset;
}

sf_count_t Read(void* to, sf_count_t count, void* user) {
  MemoryFile& file = File(user);
  const std::size_t left = file.bytes.size() - std::min(file.position, file.bytes.size());
  const std::size_t step = std::min(static_cast<std::size_t>(count), left);
  std::memcpy(to, file.bytes.data() + file.position, step);
  file.position += step;
  return static_cast<sf_count_t>(step);
}

sf_count_t Write(const void* from, sf_count_t count, void* user) {
  MemoryFile& file = File(user);
  const auto size = static_cast<std::size_t>(count);
  file.bytes.resize(std::max(file.bytes.size(), file.position + size));
  std::memcpy(file.bytes.data() + file.position, from, size);
  file.position += size;
  return count;
}

sf_count_t Tell(void* user) { return static_cast<sf_count_t>(File(user).position); }

}  // namespace

std::vector<float> Sine(double duration_s, int sample_rate_hz, double frequency_hz,
                        double amplitude) {
  std::vector<float> samples(static_cast<std::size_t>(std::llround(duration_s * sample_rate_hz)));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double time_s = static_cast<double>(i) / sample_rate_hz;
    samples[i] =
        static_cast<float>(amplitude * std::sin(2 * std::numbers::pi * frequency_hz * time_s));
  }
  return samples;
}

std::vector<std::byte> Encode(std::span<const float> samples, int sample_rate_hz, int channels,
                              int format) {
  MemoryFile memory;
  SF_VIRTUAL_IO io{
      .get_filelen = GetLength, .seek = Seek, .read = Read, .write = Write, .tell = Tell};
  SF_INFO info{};
  info.samplerate = sample_rate_hz;
  info.channels = channels;
  info.format = format;
  SNDFILE* file = sf_open_virtual(&io, SFM_WRITE, &info, &memory);
  if (file == nullptr) {
    ADD_FAILURE() << "libsndfile cannot write this: " << sf_strerror(nullptr);
    return {};
  }
  const auto frames = static_cast<sf_count_t>(samples.size()) / channels;
  EXPECT_EQ(sf_writef_float(file, samples.data(), frames), frames);
  sf_close(file);
  return std::move(memory.bytes);
}

std::string Chunk(std::string_view id, std::string_view body) {
  std::string chunk(id);
  chunk += Raw(static_cast<std::uint32_t>(body.size()));
  chunk += body;
  if (body.size() % 2 != 0) {
    chunk += '\0';
  }
  return chunk;
}

std::vector<std::byte> MakeWav(const WavFields& fields, std::string_view data) {
  const auto frame_bytes = fields.frame_bytes.value_or(
      static_cast<std::uint16_t>(fields.channels * ((fields.bits + 7) / 8)));
  const std::string format = Raw(fields.tag) + Raw(fields.channels) + Raw(fields.sample_rate_hz) +
                             Raw(fields.sample_rate_hz * frame_bytes) + Raw(frame_bytes) +
                             Raw(fields.bits);
  std::string chunks = fields.before_format + Chunk("fmt ", format) + fields.before_data;
  chunks += "data" + Raw(fields.data_bytes.value_or(static_cast<std::uint32_t>(data.size())));
  chunks += data;
  chunks += fields.after_data;
  const auto riff_bytes = static_cast<std::uint32_t>(chunks.size() + 4);
  return ToBytes(std::string(fields.riff) + Raw(fields.riff_bytes.value_or(riff_bytes)) + "WAVE" +
                 chunks);
}

std::string Pcm(std::span<const float> samples, int bits) {
  std::string raw;
  for (const float sample : samples) {
    const auto value =
        static_cast<std::int64_t>(std::llround(static_cast<double>(sample) * std::exp2(bits - 1)));
    raw += Raw(value).substr(0, static_cast<std::size_t>(bits) / 8);
  }
  return raw;
}

std::vector<std::byte> ToBytes(std::string_view text) {
  std::vector<std::byte> bytes(text.size());
  std::ranges::transform(text, bytes.begin(), [](char c) { return static_cast<std::byte>(c); });
  return bytes;
}

std::filesystem::path DataPath(std::string_view name) {
  return std::filesystem::path(HEARTBEAT_SOURCE_DIR) / "tests" / "data" / name;
}

std::vector<std::byte> ReadData(std::string_view name) {
  auto bytes = base::ReadFile(DataPath(name));
  if (!bytes) {
    ADD_FAILURE() << name << ": " << bytes.error().message;
    return {};
  }
  return *std::move(bytes);
}

double MaxDifference(std::span<const float> a, std::span<const float> b) {
  double worst = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    worst = std::max(worst, std::abs(static_cast<double>(a[i]) - b[i]));
  }
  return worst;
}

}  // namespace heartbeat::audio::test
