#include "server/labelled_recordings.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "audio/extension.h"
#include "base/digest.h"
#include "base/file.h"
#include "store/recording_files.h"

namespace heartbeat::server {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Fail;
using base::Result;

constexpr std::size_t kSha256Digits = 64;
constexpr std::uintmax_t kMaxRecordingBytes = std::uintmax_t{1} << 30;

bool IsSha256(std::string_view text) {
  return text.size() == kSha256Digits && text.find_first_not_of("0123456789abcdef") == text.npos;
}

// What was uploaded has it for a name; what somebody put there need not.
Result<std::string> Sha256Of(const fs::path& file) {
  auto stem = file.stem().string();
  if (IsSha256(stem)) return stem;
  const auto bytes = base::ReadFile(file, kMaxRecordingBytes);
  if (!bytes) return Fail(bytes);
  return base::Sha256Hex(*bytes);
}

// As a dataset's reader looks for it.
std::string LowerCase(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string ExtensionOf(const store::Prediction& prediction) {
  const auto answer = nlohmann::json::parse(prediction.answer, nullptr, false);
  const auto format = answer.is_object() && answer.contains("recording")
                          ? answer["recording"].value("format", "")
                          : std::string();
  if (format == "FLAC") return ".flac";
  if (format == "OGG") return ".ogg";
  if (format == "MP3") return ".mp3";
  return ".wav";  // what it is named does not matter: its content decides
}

class Collector {
 public:
  Result<void> AddFolder(const fs::path& folder, bool is_abnormal) {
    std::error_code error;
    fs::directory_iterator entry(folder, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      std::error_code ignored;  // an entry that vanished meanwhile is none
      if (!audio::HasRecordingExtension(entry->path()) || !entry->is_regular_file(ignored)) {
        continue;
      }
      auto sha256 = Sha256Of(entry->path());
      if (!sha256) return Fail(sha256);
      const auto [at, is_new] = found_.try_emplace(*sha256);
      if (!is_new && at->second.is_abnormal != is_abnormal) contradictory_.insert(*sha256);
      at->second = {.sha256 = *sha256,
                    .is_abnormal = is_abnormal,
                    .extension = LowerCase(entry->path().extension().string()),
                    .patient = {},
                    .file = entry->path()};
    }
    if (error && error != std::errc::no_such_file_or_directory) {
      return Fail(ErrorCode::kIo, "cannot list " + folder.string() + ": " + error.message());
    }
    return {};
  }

  Result<void> AddHistory(const store::Store& history) {
    store::Filter filter;
    filter.label = store::LabelFilter::kLabelled;
    return history.ForEach(filter, [this](const store::Prediction& prediction) -> Result<void> {
      AddPrediction(prediction);
      return {};
    });
  }

  LabelledRecordings Finish() {
    LabelledRecordings labelled;
    std::set<std::string> normal_people;
    std::set<std::string> abnormal_people;
    for (auto& [sha256, recording] : found_) {
      if (contradictory_.contains(sha256)) continue;
      ++(recording.is_abnormal ? labelled.abnormal : labelled.normal);
      ++(recording.file.empty() ? labelled.from_history : labelled.from_folder);
      (recording.is_abnormal ? abnormal_people : normal_people)
          .insert(recording.patient.empty() ? sha256 : recording.patient);
      labelled.recordings.push_back(std::move(recording));
    }
    labelled.normal_people = normal_people.size();
    labelled.abnormal_people = abnormal_people.size();
    return labelled;
  }

 private:
  void AddPrediction(const store::Prediction& prediction) {
    if (!heard_.insert(prediction.sha256).second) return;  // a newer one has spoken
    const std::string patient = prediction.patient_ref ? NumberOf(*prediction.patient_ref) : "";
    const auto there = found_.find(prediction.sha256);
    if (there != found_.end()) {
      there->second.patient = patient;
      return;
    }
    if (prediction.label == store::LabelValue::kUnsure) return;
    found_.emplace(prediction.sha256, LabelledRecording{.sha256 = prediction.sha256,
                                                        .is_abnormal = prediction.label ==
                                                                       store::LabelValue::kAbnormal,
                                                        .extension = ExtensionOf(prediction),
                                                        .patient = patient,
                                                        .file = {}});
  }

  std::string NumberOf(const std::string& patient_ref) {
    const auto [at, is_new] = patients_.try_emplace(patient_ref, patients_.size() + 1);
    return std::to_string(at->second);
  }

  std::map<std::string, LabelledRecording> found_;  // by SHA-256
  std::set<std::string> contradictory_;
  std::set<std::string> heard_;
  std::map<std::string, std::size_t> patients_;
};

bool LinkOrCopy(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_hard_link(from, to, error);
  if (!error) return true;
  fs::copy_file(from, to, error);
  return !error;
}

}  // namespace

Result<LabelledRecordings> CollectLabelled(const store::Store& history, const fs::path& data_dir) {
  Collector collector;
  for (const bool is_abnormal : {false, true}) {
    auto added = collector.AddFolder(data_dir / "train" / (is_abnormal ? "abnormal" : "normal"),
                                     is_abnormal);
    if (!added) return Fail(added);
  }
  if (auto added = collector.AddHistory(history); !added) return Fail(added);
  return collector.Finish();
}

Result<void> LayOut(const LabelledRecordings& labelled, const fs::path& data_dir,
                    const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    return Fail(ErrorCode::kIo,
                "cannot make the folder " + folder.string() + ": " + error.message());
  }
  const store::RecordingFiles kept(data_dir / "recordings");
  const fs::path linked = folder / "linked";
  const store::RecordingFiles links(linked);
  if (auto prepared = links.Prepare(); !prepared) return prepared;
  std::string manifest = "record,database,label,patient\n";
  for (const auto& recording : labelled.recordings) {
    const auto& sha256 = recording.sha256;
    const fs::path place = folder / (sha256 + recording.extension);
    if (recording.file.empty()) {
      if (!kept.LinkTo(links, sha256)) continue;
      fs::rename(linked / sha256.substr(0, 2) / (sha256.substr(2) + ".bin"), place, error);
      if (error) continue;
    } else if (!LinkOrCopy(recording.file, place)) {
      continue;
    }
    manifest += sha256 + ",labelled," + (recording.is_abnormal ? "abnormal" : "normal") + "," +
                recording.patient + "\n";
  }
  fs::remove_all(linked, error);
  return base::WriteFileAtomically(folder / "manifest.csv", manifest);
}

}  // namespace heartbeat::server
