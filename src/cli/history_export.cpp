#include "cli/history_export.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "audio/container.h"
#include "base/clock.h"
#include "base/descriptor.h"
#include "base/digest.h"
#include "base/file.h"
#include "cli/history_pages.h"
#include "cli/text.h"
#include "server/history_csv.h"

namespace heartbeat::cli {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Fail;

std::unexpected<base::Error> FailWriting(const fs::path& path) {
  return Fail(ErrorCode::kIo, "cannot write " + path.string() + ": " + std::strerror(errno));
}

base::Result<void> MakeEmptyFolder(const fs::path& folder) {
  std::error_code error;
  if (fs::exists(folder, error) &&
      !(fs::is_directory(folder, error) && fs::is_empty(folder, error))) {
    return Fail(ErrorCode::kInvalidArgument,
                folder.string() + " is not an empty folder; name one that is, or is not there yet");
  }
  if (folder.has_parent_path()) fs::create_directories(folder.parent_path(), error);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return FailWriting(folder);
  return {};
}

// A text file that grows; it is new.
class TextFile {
 public:
  explicit TextFile(const fs::path& path)
      : path_(path), file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)) {}

  [[nodiscard]] base::Result<void> Add(std::string_view text) const {
    if (file_ && base::WriteAll(file_.get(), std::as_bytes(std::span(text)))) return {};
    return FailWriting(path_);
  }

 private:
  fs::path path_;
  base::Descriptor file_;
};

std::optional<std::string> ExtensionOf(std::span<const std::byte> recording) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kExtensions = {{
      {"WAV", ".wav"},
      {"FLAC", ".flac"},
      {"OGG", ".ogg"},
      {"MP3", ".mp3"},
  }};
  const auto container = audio::InspectContainer(recording);
  if (!container) return std::nullopt;
  for (const auto& [format, extension] : kExtensions) {
    if (format == container->format) return std::string(extension);
  }
  return std::nullopt;
}

// What the manifest says of a recording.
struct Line {
  std::string record;  // empty: its file could not be written
  std::string patient;
  std::string location;
  std::string time;
  std::optional<store::Label> label;  // the newest
};

class Export {
 public:
  Export(const store::Store& history, fs::path folder)
      : history_(history), folder_(std::move(folder)) {}

  base::Result<void> Add(const store::Prediction& prediction) {
    auto [found, is_new] = lines_.try_emplace(prediction.sha256);
    Line& line = found->second;
    if (is_new) {
      line.patient = prediction.patient_ref.value_or("");
      line.location = prediction.location.value_or("");
      line.time = base::FormatUtc(prediction.time);
      if (auto written = WriteRecording(prediction, line); !written) return written;
    }
    ++report_.predictions;
    if (!prediction.label) return {};
    const auto labels = history_.Labels(prediction.id);
    // Perhaps it was deleted since.
    if (!labels && labels.error().code == ErrorCode::kNotFound) return {};
    if (!labels) return Fail(labels);
    if (!labels->empty() && (!line.label || labels->back().time > line.label->time)) {
      line.label = labels->back();
    }
    return {};
  }

  // Writes the manifest.
  base::Result<ExportReport> Finish() {
    std::map<std::string, std::string> rows;  // by record, and with that by time
    for (const auto& [sha256, line] : lines_) {
      if (line.record.empty()) continue;
      std::string label;
      if (line.label && line.label->value != store::LabelValue::kUnsure) {
        label = store::Name(line.label->value);
        ++(line.label->value == store::LabelValue::kNormal ? report_.normal : report_.abnormal);
      }
      std::string& row = rows[line.record];
      row.append(line.record).append(",").append(label).append(",").append(Cell(line.patient));
      row.append(",").append(Cell(line.location)).append(",").append(line.time);
      row.append(",").append(sha256).append("\r\n");
    }
    std::string manifest = "record,label,patient,location,timestamp,sha256\r\n";
    for (const auto& [record, row] : rows) manifest += row;
    if (auto written = base::WriteFileAtomically(folder_ / "manifest.csv", manifest); !written) {
      return Fail(written);
    }
    return std::move(report_);
  }

 private:
  // What has no line break: readers of datasets take a line for a row.
  static std::string Cell(const std::string& text) {
    return server::ForeignCsvField(Printable(text));
  }

  // A recording that cannot be had is reported, and no error.
  base::Result<void> WriteRecording(const store::Prediction& prediction, Line& line) {
    const auto lacks = [&](std::string why) {
      report_.failures.push_back({prediction.id, std::move(why)});
      return base::Result<void>();
    };
    const auto recording = history_.ReadRecording(prediction.sha256);
    if (!recording) return lacks(recording.error().message);
    if (base::Sha256Hex(recording->bytes) != prediction.sha256) {
      return lacks("The recording is damaged: its bytes are not those that were kept.");
    }
    const auto extension = ExtensionOf(recording->bytes);
    if (!extension) return lacks("The recording is in no format that is known.");
    if (auto written =
            base::WriteFileAtomically(folder_ / (prediction.id + *extension), recording->bytes);
        !written) {
      return written;
    }
    line.record = prediction.id;
    ++report_.recordings;
    return {};
  }

  const store::Store& history_;
  const fs::path folder_;
  std::map<std::string, Line> lines_;  // by SHA-256
  ExportReport report_;
};

}  // namespace

base::Result<ExportReport> ExportHistory(const store::Store& history, const store::Filter& filter,
                                         const fs::path& folder,
                                         const std::function<void(std::int64_t)>& done) {
  if (auto made = MakeEmptyFolder(folder); !made) return Fail(made);
  const TextFile table(folder / "predictions.csv");
  if (auto written = table.Add(server::HistoryCsvHead()); !written) return Fail(written);
  Export exported(history, folder);
  HistoryPages pages(history, filter, 0);
  std::string cursor;
  std::int64_t count = 0;
  do {
    const auto page = pages.Next(cursor);
    if (!page) return Fail(page);
    for (const auto& prediction : page->predictions) {
      if (auto added = exported.Add(prediction); !added) return Fail(added);
      if (auto added = table.Add(server::HistoryCsvRow(prediction)); !added) return Fail(added);
      done(++count);
    }
    cursor = page->next_cursor;
  } while (!cursor.empty());
  return exported.Finish();
}

}  // namespace heartbeat::cli
