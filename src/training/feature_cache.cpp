#include "training/feature_cache.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <mutex>
#include <span>
#include <string_view>
#include <utility>

#include "analysis/windows.h"
#include "audio/decode.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/parallel.h"
#include "evaluation/murmur_label.h"
#include "features/log_mel_fields.h"
#include "training/random.h"

namespace heartbeat::training {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Fail;
using base::Result;

// A file of one recording: this line, a Header, then its values or the reason of its refusal.
constexpr std::string_view kMagic = "heartbeat features 2\n";

struct Header {
  std::uint64_t samples = 0;
  std::uint32_t rows = 0;
  std::uint32_t frames = 0;  // 0: refused; the reason follows
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
  if (config.second_view) {
    text += "second view of " + std::to_string(config.second_view->bands) + " bands from " +
            std::to_string(config.second_view->first_band) + "\n";
  }
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

Result<Example> ComputeExample(const std::vector<std::byte>& bytes, const features::LogMel& log_mel,
                               std::size_t min_samples) {
  auto decoded = audio::Decode(bytes, {}, log_mel.config().sample_rate_hz);
  if (!decoded) return Fail(decoded);
  const audio::Recording heard =
      analysis::RepeatToLength(std::move(decoded->recording), min_samples);
  const auto spectrogram = log_mel.Compute(heard);
  if (!spectrogram) return Fail(spectrogram);
  Example example;
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

// A recording with its features, or why it has none.
struct Slot {
  Example example;
  std::string refusal;
  std::string sha256;  // of the recording's bytes
  bool from_cache = false;
};

std::string ToBytes(const Slot& slot) {
  const auto frames = static_cast<std::size_t>(slot.example.frames);
  const auto rows = frames > 0 ? slot.example.centibels.size() / frames : 0;
  const Header header{slot.example.samples, static_cast<std::uint32_t>(rows),
                      static_cast<std::uint32_t>(frames)};
  std::string bytes(kMagic);
  Append(bytes, &header, 1);
  Append(bytes, slot.example.centibels.data(), slot.example.centibels.size());
  return bytes + slot.refusal;
}

// False where the file is missing or not whole: then the features are computed again.
bool ReadCache(const fs::path& path, std::size_t rows, Slot& slot) {
  const auto bytes = base::ReadTextFile(path);
  if (!bytes || !bytes->starts_with(kMagic)) return false;
  std::string_view rest = std::string_view(*bytes).substr(kMagic.size());
  Header header;
  if (rest.size() < sizeof header) return false;
  std::memcpy(&header, rest.data(), sizeof header);
  rest.remove_prefix(sizeof header);
  if (header.frames == 0) {
    slot.refusal = rest;
    return !rest.empty();
  }
  const std::size_t count = rows * header.frames;
  if (header.rows != rows || rest.size() != count * sizeof(std::int16_t)) return false;
  slot.example.samples = header.samples;
  slot.example.frames = static_cast<int>(header.frames);
  slot.example.centibels.resize(count);
  std::memcpy(slot.example.centibels.data(), rest.data(), rest.size());
  return true;
}

class Loader {
 public:
  Loader(const features::LogMel& log_mel, std::size_t min_samples, fs::path cache_folder,
         std::string front_end)
      : log_mel_(log_mel),
        min_samples_(min_samples),
        cache_folder_(std::move(cache_folder)),
        front_end_(std::move(front_end)) {}

  [[nodiscard]] Result<Slot> Load(const evaluation::DatasetEntry& entry) const {
    const auto bytes = base::ReadFile(entry.path);
    if (!bytes) return Fail(bytes);
    Slot slot;
    slot.sha256 = base::Sha256Hex(*bytes);
    const std::string key = slot.sha256 + "\n" + front_end_;
    const fs::path path =
        cache_folder_ /
        (base::Sha256Hex(std::as_bytes(std::span(key))).substr(0, 32) + ".features");
    slot.from_cache = ReadCache(path, static_cast<std::size_t>(log_mel_.config().Rows()), slot);
    if (!slot.from_cache) {
      if (auto example = ComputeExample(*bytes, log_mel_, min_samples_)) {
        slot.example = std::move(*example);
      } else {
        slot.refusal = example.error().message;
      }
      if (const auto written = base::WriteFileAtomically(path, ToBytes(slot)); !written) {
        return Fail(written);
      }
    }
    slot.example.entry = entry;
    return slot;
  }

 private:
  const features::LogMel& log_mel_;
  std::size_t min_samples_;
  fs::path cache_folder_;
  std::string front_end_;
};

}  // namespace

Result<ExampleSet> LoadExamples(const std::vector<evaluation::DatasetEntry>& entries,
                                const features::LogMelConfig& config, std::size_t min_samples,
                                const fs::path& cache_folder,
                                const std::function<void(std::size_t)>& on_done) {
  const auto log_mel = features::LogMel::Create(config);
  if (!log_mel) return Fail(log_mel);
  const auto probe = ProbeText(*log_mel);
  if (!probe) return Fail(probe);
  std::error_code error;
  fs::create_directories(cache_folder, error);
  if (error) {
    return Fail(ErrorCode::kIo,
                "cannot make the folder " + cache_folder.string() + ": " + error.message());
  }
  const Loader loader(*log_mel, min_samples, cache_folder,
                      FrontEndText(config, min_samples) + *probe);
  std::vector<Slot> slots(entries.size());
  Result<void> result;
  std::mutex mutex;
  std::size_t done = 0;
  base::ParallelFor(entries.size(), 0, [&](std::size_t i) {
    auto slot = loader.Load(entries[i]);
    const std::lock_guard lock(mutex);
    if (slot) {
      slots[i] = std::move(*slot);
    } else if (result) {
      result = Fail(slot);
    }
    if (on_done) on_done(++done);
  });
  if (!result) return Fail(result);

  ExampleSet set;
  std::string listing;
  for (Slot& slot : slots) {
    const evaluation::DatasetEntry& entry = slot.example.entry;
    const std::string name = entry.database + "/" + entry.record;
    listing += name + "," + std::string(entry.label ? evaluation::Name(*entry.label) : "") + "," +
               slot.sha256;
    if (const auto murmur = evaluation::MurmurLabel(entry)) {
      listing += "," + std::string(evaluation::Name(*murmur));
    }
    listing += "\n";
    set.computed += slot.from_cache ? 0 : 1;
    if (slot.example.frames > 0) {
      set.examples.push_back(std::move(slot.example));
    } else {
      set.refused.push_back(name + ": " + slot.refusal);
    }
  }
  set.sha256 = base::Sha256Hex(std::as_bytes(std::span(listing)));
  if (set.examples.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "none of the recordings can be heard; the first: " + set.refused.front());
  }
  return set;
}

}  // namespace heartbeat::training
