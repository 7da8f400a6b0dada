#include "evaluation/describe.h"

#include <array>
#include <mutex>

#include "audio/decode.h"
#include "audio/resample.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/parallel.h"
#include "evaluation/fingerprint.h"

namespace heartbeat::evaluation {
namespace {

constexpr std::array<std::string_view, 6> kClasses = {
    "normal", "murmur absent", "murmur unknown", "abnormal", "murmur present", "unlabelled"};

std::string SamplesDigest(const audio::Recording& recording) {
  return std::to_string(recording.sample_rate_hz) + ":" +
         base::Sha256Hex(std::as_bytes(std::span(recording.samples)));
}

// A report is passed on, and says nothing of the machine's folders.
std::string WithoutFolder(std::string message, const std::filesystem::path& path) {
  const std::string whole = path.string();
  if (const auto at = message.find(whole); at != std::string::npos) {
    message.replace(at, whole.size(), path.filename().string());
  }
  return message;
}

class Describer {
 public:
  // `fingerprint` is filled where the recording is heard.
  base::Result<void> Run(DescribedRecording& described, std::vector<std::uint32_t>& fingerprint) {
    const audio::DecodeLimits limits;
    const auto bytes = base::ReadFile(described.entry.path, limits.max_file_bytes);
    if (!bytes)
      return base::Fail(bytes.error().code,
                        WithoutFolder(bytes.error().message, described.entry.path));
    described.file_bytes = bytes->size();
    described.file_sha256 = base::Sha256Hex(*bytes);
    const auto decoded = audio::Decode(*bytes, limits);
    if (!decoded) return base::Fail(decoded);
    const audio::Recording& recording = decoded->recording;
    described.source = decoded->source;
    described.duration_s = recording.DurationSeconds();
    described.samples_sha256 = SamplesDigest(recording);
    described.levels = MeasureLevels(recording);
    auto spectrum = spectrum_meter_.Measure(recording);
    if (!spectrum) return base::Fail(spectrum);
    described.spectrum = std::move(*spectrum);
    const auto resampled = audio::Resample(recording, kFingerprintRateHz);
    if (!resampled) return base::Fail(resampled);
    auto bits = fingerprinter_.Compute(*resampled);
    if (!bits) return base::Fail(bits);
    fingerprint = std::move(*bits);
    return {};
  }

 private:
  SpectrumMeter spectrum_meter_;
  Fingerprinter fingerprinter_;
};

}  // namespace

Description Describe(std::span<const DatasetEntry> entries, unsigned threads,
                     const std::function<void(std::size_t)>& on_done) {
  Describer describer;
  Description description;
  description.recordings.resize(entries.size());
  std::vector<std::vector<std::uint32_t>> fingerprints(entries.size());
  std::mutex mutex;
  std::size_t done = 0;
  base::ParallelFor(entries.size(), threads, [&](std::size_t i) {
    DescribedRecording& described = description.recordings[i];
    described.entry = entries[i];
    const auto result = describer.Run(described, fingerprints[i]);
    if (!result) described.error = result.error().message;
    const std::lock_guard lock(mutex);
    ++done;
    if (on_done) on_done(done);
  });
  description.near_copies = FindNearCopies(
      fingerprints, [&](std::size_t i) { return LoadForFingerprint(entries[i]); }, threads);
  return description;
}

std::string ClassOf(const DatasetEntry& entry) {
  if (entry.label) return std::string(Name(*entry.label));
  const auto murmur = entry.patient_murmur ? entry.patient_murmur : entry.murmur_at_location;
  return murmur ? "murmur " + std::string(Name(*murmur)) : "unlabelled";
}

std::optional<bool> IsPositive(const DatasetEntry& entry) {
  if (entry.label) return *entry.label == Label::kAbnormal;
  const auto murmur = entry.patient_murmur ? entry.patient_murmur : entry.murmur_at_location;
  if (!murmur || *murmur == Murmur::kUnknown) return std::nullopt;
  return *murmur == Murmur::kPresent;
}

int ClassRank(std::string_view class_name) {
  for (std::size_t i = 0; i < kClasses.size(); ++i) {
    if (kClasses[i] == class_name) return static_cast<int>(i);
  }
  return static_cast<int>(kClasses.size());
}

}  // namespace heartbeat::evaluation
