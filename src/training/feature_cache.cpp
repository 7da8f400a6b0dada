#include "training/feature_cache.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <span>

#include "analysis/windows.h"
#include "audio/decode.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/parallel.h"
#include "features/log_mel_fields.h"
#include "training/random.h"

namespace heartbeat::training {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Fail;
using base::Result;

// The file: this line, then for each recording in the order of the dataset a Header and its values.
constexpr std::string_view kMagic = "heartbeat features 1\n";

struct Header {
  std::uint64_t samples = 0;
  std::uint32_t mel_bands = 0;
  std::uint32_t frames = 0;  // 0: refused; then a 32-bit length and the reason
};

std::string FrontEndText(const features::LogMelConfig& config, std::size_t min_samples) {
  std::string text = "repeated to " + std::to_string(min_samples) + " samples\n";
  features::ForEachField(config, [&](const char* name, const auto& field) {
    using Field = std::remove_cvref_t<decltype(field)>;
    if constexpr (std::is_enum_v<Field>) {
      text += std::string(name) + "=" + std::string(features::EnumName(field)) + "\n";
    } else {
      text += std::string(name) + "=" + std::to_string(field) + "\n";
    }
  });
  return text;
}

// What the front end makes of a fixed sound: where its code changes, so does this, and features
// that the old code computed are not taken for those of the new.
Result<std::string> ProbeText(const features::LogMel& log_mel) {
  audio::Recording probe;
  probe.sample_rate_hz = log_mel.config().sample_rate_hz;
  Random random(2016, 0, 0);
  for (int i = 0; i < probe.sample_rate_hz; ++i) {
    probe.samples.push_back(static_cast<float>(random.Uniform(-1, 1)));
  }
  const auto spectrogram = log_mel.Compute(probe);
  if (!spectrogram) return Fail(spectrogram);
  std::string text;
  for (const float decibels : spectrogram->values) {
    text += std::to_string(std::lround(decibels * 10)) + ' ';
  }
  return text;
}

Result<Example> ComputeExample(const evaluation::DatasetEntry& entry,
                               const std::vector<std::byte>& bytes, const features::LogMel& log_mel,
                               std::size_t min_samples) {
  auto decoded = audio::Decode(bytes, {}, log_mel.config().sample_rate_hz);
  if (!decoded) return Fail(decoded);
  const audio::Recording heard =
      analysis::RepeatToLength(std::move(decoded->recording), min_samples);
  const auto spectrogram = log_mel.Compute(heard);
  if (!spectrogram) return Fail(spectrogram);
  Example example;
  example.entry = entry;
  example.samples = heard.samples.size();
  example.frames = spectrogram->frames;
  example.centibels.reserve(spectrogram->values.size());
  for (const float decibels : spectrogram->values) {
    example.centibels.push_back(
        static_cast<std::int16_t>(std::lround(std::clamp(decibels * 100, -32767.0F, 32767.0F))));
  }
  return example;
}

template <typename T>
void Append(std::string& out, const T* data, std::size_t count) {
  out.append(reinterpret_cast<const char*>(data), count * sizeof(T));
}

void AppendExample(std::string& out, const Example& example, const std::string& refusal) {
  const Header header{
      example.samples,
      static_cast<std::uint32_t>(example.frames > 0 ? example.centibels.size() /
                                                          static_cast<std::size_t>(example.frames)
                                                    : 0),
      static_cast<std::uint32_t>(example.frames)};
  Append(out, &header, 1);
  if (example.frames > 0) {
    Append(out, example.centibels.data(), example.centibels.size());
  } else {
    const auto length = static_cast<std::uint32_t>(refusal.size());
    Append(out, &length, 1);
    out += refusal;
  }
}

class CacheReader {
 public:
  explicit CacheReader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  template <typename T>
  bool Read(T* out, std::size_t count) {
    if (count > bytes_.size() / sizeof(T)) return false;
    std::memcpy(out, bytes_.data(), count * sizeof(T));
    bytes_ = bytes_.subspan(count * sizeof(T));
    return true;
  }
  [[nodiscard]] std::size_t left() const { return bytes_.size(); }

 private:
  std::span<const std::byte> bytes_;
};

struct Slot {
  Example example;
  std::string refusal;
};

// Nothing where the file is missing or not whole: then the features are computed again.
std::optional<std::vector<Slot>> ReadCache(const fs::path& path,
                                           const std::vector<evaluation::DatasetEntry>& entries,
                                           std::size_t mel_bands) {
  const auto bytes = base::ReadFile(path);
  if (!bytes) return {};
  CacheReader reader(*bytes);
  std::string magic(kMagic.size(), '\0');
  if (!reader.Read(magic.data(), magic.size()) || magic != kMagic) return {};
  std::vector<Slot> slots(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    Slot& slot = slots[i];
    Header header;
    if (!reader.Read(&header, 1)) return {};
    slot.example.entry = entries[i];
    slot.example.samples = header.samples;
    slot.example.frames = static_cast<int>(header.frames);
    if (header.frames > 0) {
      if (header.mel_bands != mel_bands ||
          header.frames > reader.left() / (mel_bands * sizeof(std::int16_t))) {
        return {};
      }
      slot.example.centibels.resize(mel_bands * header.frames);
      if (!reader.Read(slot.example.centibels.data(), slot.example.centibels.size())) return {};
    } else {
      std::uint32_t length = 0;
      if (!reader.Read(&length, 1) || length > reader.left()) return {};
      slot.refusal.resize(length);
      if (!reader.Read(slot.refusal.data(), length)) return {};
    }
  }
  return reader.left() == 0 ? std::optional(std::move(slots)) : std::nullopt;
}

Result<std::vector<std::string>> HashFiles(const std::vector<evaluation::DatasetEntry>& entries) {
  std::vector<std::string> hashes(entries.size());
  std::mutex mutex;
  Result<void> result;
  base::ParallelFor(entries.size(), 0, [&](std::size_t i) {
    if (const auto bytes = base::ReadFile(entries[i].path)) {
      hashes[i] = base::Sha256Hex(*bytes);
    } else {
      const std::lock_guard lock(mutex);
      if (result) result = Fail(bytes);
    }
  });
  if (!result) return Fail(result);
  return hashes;
}

}  // namespace

Result<ExampleSet> LoadExamples(const std::vector<evaluation::DatasetEntry>& entries,
                                const features::LogMelConfig& config, std::size_t min_samples,
                                const fs::path& cache_folder,
                                const std::function<void(std::size_t)>& on_done) {
  const auto log_mel = features::LogMel::Create(config);
  if (!log_mel) return Fail(log_mel);
  const auto hashes = HashFiles(entries);
  if (!hashes) return Fail(hashes);
  std::string listing;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    listing += entries[i].database + "/" + entries[i].record + "," +
               std::string(evaluation::Name(entries[i].label)) + "," + (*hashes)[i] + "\n";
  }
  ExampleSet set;
  set.sha256 = base::Sha256Hex(std::as_bytes(std::span(listing)));
  const auto probe = ProbeText(*log_mel);
  if (!probe) return Fail(probe);
  const std::string key = listing + FrontEndText(config, min_samples) + *probe;
  const fs::path path =
      cache_folder / (base::Sha256Hex(std::as_bytes(std::span(key))).substr(0, 24) + ".features");

  std::error_code error;
  fs::create_directories(cache_folder, error);
  if (error) {
    return Fail(ErrorCode::kIo,
                "cannot make the folder " + cache_folder.string() + ": " + error.message());
  }
  auto slots = ReadCache(path, entries, static_cast<std::size_t>(config.mel_bands));
  set.from_cache = slots.has_value();
  if (!slots) {
    slots.emplace(entries.size());
    std::mutex mutex;
    std::size_t done = 0;
    base::ParallelFor(entries.size(), 0, [&](std::size_t i) {
      Slot& slot = (*slots)[i];
      slot.example.entry = entries[i];
      const auto bytes = base::ReadFile(entries[i].path);
      auto example =
          bytes ? ComputeExample(entries[i], *bytes, *log_mel, min_samples) : Fail(bytes);
      if (example) {
        slot.example = std::move(*example);
      } else {
        slot.refusal = example.error().message;
      }
      const std::lock_guard lock(mutex);
      if (on_done) on_done(++done);
    });
    std::string file(kMagic);
    for (const Slot& slot : *slots) AppendExample(file, slot.example, slot.refusal);
    if (const auto written = base::WriteFileAtomically(path, file); !written) return Fail(written);
  }
  for (Slot& slot : *slots) {
    if (slot.example.frames > 0) {
      set.examples.push_back(std::move(slot.example));
    } else {
      set.refused.push_back(slot.example.entry.database + "/" + slot.example.entry.record + ": " +
                            slot.refusal);
    }
  }
  if (set.examples.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "none of the recordings can be heard; the first: " + set.refused.front());
  }
  return set;
}

}  // namespace heartbeat::training
