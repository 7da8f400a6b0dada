#include "server/training_data.h"

#include <system_error>

#include "audio/extension.h"
#include "base/log.h"

namespace heartbeat::server {
namespace {

namespace fs = std::filesystem;

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

}  // namespace heartbeat::server
