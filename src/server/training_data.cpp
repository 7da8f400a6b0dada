#include "server/training_data.h"

#include <array>
#include <cctype>
#include <mutex>
#include <string>
#include <system_error>

#include "audio/decode.h"
#include "audio/extension.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/log.h"

namespace heartbeat::server {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 2> kClasses = {"normal", "abnormal"};

fs::path FolderOf(const fs::path& data_dir, std::string_view training_class) {
  return data_dir / "train" / training_class;
}

// ".flac" for FLAC.
std::string ExtensionOf(const std::string& format) {
  std::string extension = ".";
  for (const char c : format) {
    extension += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return extension;
}

bool IsThere(const fs::path& folder, const std::string& sha256) {
  for (const auto extension : audio::kRecordingExtensions) {
    std::error_code error;
    if (fs::exists(folder / (sha256 + std::string(extension)), error)) return true;
  }
  return false;
}

std::uint64_t CountRecordings(const fs::path& folder) {
  std::error_code error;
  std::uint64_t count = 0;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::error_code ignored;  // an entry that vanished meanwhile is none
    if (audio::HasRecordingExtension(entry->path()) && entry->is_regular_file(ignored)) ++count;
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    base::LogWarning("the training data in " + folder.string() +
                     " cannot be counted: " + error.message());
  }
  return count;
}

}  // namespace

ClassCounts CountTrainingData(const fs::path& data_dir) {
  return {.normal = CountRecordings(data_dir / "train" / "normal"),
          .abnormal = CountRecordings(data_dir / "train" / "abnormal")};
}

bool IsTrainingClass(std::string_view name) { return name == kClasses[0] || name == kClasses[1]; }

base::Result<KeptForTraining> KeepForTraining(const fs::path& data_dir,
                                              std::string_view training_class,
                                              std::span<const std::byte> bytes,
                                              std::size_t max_file_bytes) {
  audio::DecodeLimits limits;
  limits.max_file_bytes = max_file_bytes;
  const auto decoded = audio::Decode(bytes, limits);
  if (!decoded) return base::Fail(decoded);
  const std::string sha256 = base::Sha256Hex(bytes);
  const auto other = training_class == kClasses[0] ? kClasses[1] : kClasses[0];

  // Two uploads at a time must not put the same bytes into both classes.
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  if (IsThere(FolderOf(data_dir, other), sha256)) {
    return base::Fail(base::ErrorCode::kInvalidArgument,
                      "the very same recording is already kept as " + std::string(other) +
                          ", and it cannot be both; remove it from train/" + std::string(other) +
                          " in the server's data folder if that was wrong");
  }
  const fs::path folder = FolderOf(data_dir, training_class);
  if (IsThere(folder, sha256)) return KeptForTraining{.was_there = true};
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    return base::Fail(base::ErrorCode::kIo,
                      "cannot make the folder " + folder.string() + ": " + error.message());
  }
  const auto written =
      base::WriteFileAtomically(folder / (sha256 + ExtensionOf(decoded->source.format)), bytes);
  if (!written) return base::Fail(written);
  return KeptForTraining{};
}

}  // namespace heartbeat::server
