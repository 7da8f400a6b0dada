#include "evaluation/dataset.h"

#include <algorithm>
#include <array>
#include <optional>
#include <system_error>
#include <tuple>

#include "audio/extension.h"
#include "base/file.h"
#include "evaluation/csv.h"

namespace heartbeat::evaluation {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Fail;
using base::Result;
using Entries = std::vector<DatasetEntry>;

constexpr std::uintmax_t kMaxIndexBytes = 64U << 20;
constexpr std::array kClassColumns = {"label", "murmur_at_location", "patient_murmur"};

std::string LowerCase(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return text;
}

std::optional<fs::path> FindRecording(const fs::path& folder, const std::string& record) {
  // An index is data: a record's name must not lead out of its folder.
  if (record.empty() || record.find_first_of("/\\") != std::string::npos || record == "..")
    return {};
  for (const std::string_view extension : audio::kRecordingExtensions) {
    fs::path path = folder / (record + std::string(extension));
    std::error_code error;
    if (fs::is_regular_file(path, error)) return path;
  }
  return {};
}

std::unexpected<base::Error> MissingRecording(const fs::path& index, std::size_t line,
                                              const std::string& record) {
  return Fail(ErrorCode::kNotFound, index.string() + ", line " + std::to_string(line) +
                                        ": no recording \"" + record + "\" beside it");
}

constexpr std::array kLabels = {Label::kNormal, Label::kAbnormal};
constexpr std::array kMurmurs = {Murmur::kPresent, Murmur::kUnknown, Murmur::kAbsent};

// Leaves `value` as it is where the field is empty or missing.
template <typename T, std::size_t kCount>
Result<void> ReadChoice(const CsvTable& table, std::size_t row, const char* column,
                        const std::array<T, kCount>& choices, std::optional<T>& value) {
  const std::string& field = table.At(row, column);
  if (field.empty()) return {};
  std::string allowed;
  for (const T choice : choices) {
    if (LowerCase(field) == Name(choice)) {
      value = choice;
      return {};
    }
    allowed += (allowed.empty() ? "" : ", ") + std::string(Name(choice));
  }
  return Fail(ErrorCode::kInvalidArgument,
              std::string(column) + " \"" + field + "\" is none of: " + allowed);
}

Result<Entries> ReadManifest(const fs::path& index) {
  const auto text = base::ReadTextFile(index, kMaxIndexBytes);
  if (!text) return Fail(text);
  const auto table = CsvTable::Parse(*text);
  if (!table) {
    return Fail(ErrorCode::kInvalidArgument, index.string() + ": " + table.error().message);
  }
  const bool says_something =
      std::ranges::any_of(kClassColumns, [&](const char* name) { return table->HasColumn(name); });
  if (!table->HasColumn("record") || !says_something) {
    return Fail(ErrorCode::kInvalidArgument,
                index.string() +
                    ": needed are the column \"record\" and one of \"label\", "
                    "\"murmur_at_location\" and \"patient_murmur\"");
  }
  const fs::path folder = index.parent_path();
  Entries entries;
  for (std::size_t row = 0; row < table->rows(); ++row) {
    DatasetEntry entry;
    entry.record = table->At(row, "record");
    entry.split = table->At(row, "split");
    entry.patient = table->At(row, "patient");
    entry.location = table->At(row, "location");
    const std::string place =
        index.string() + ", line " + std::to_string(table->LineOf(row)) + ": ";
    for (const auto& read :
         {ReadChoice(*table, row, "label", kLabels, entry.label),
          ReadChoice(*table, row, "murmur_at_location", kMurmurs, entry.murmur_at_location),
          ReadChoice(*table, row, "patient_murmur", kMurmurs, entry.patient_murmur)}) {
      if (!read) return Fail(ErrorCode::kInvalidArgument, place + read.error().message);
    }
    entry.database =
        table->HasColumn("database") ? table->At(row, "database") : folder.filename().string();
    const auto path = FindRecording(folder, entry.record);
    if (!path) return MissingRecording(index, table->LineOf(row), entry.record);
    entry.path = *path;
    entries.push_back(std::move(entry));
  }
  return entries;
}

// PhysioNet 2016: no header; "a0001,1" is abnormal, "a0001,-1" normal.
Result<Entries> ReadReference(const fs::path& index) {
  const auto text = base::ReadTextFile(index, kMaxIndexBytes);
  if (!text) return Fail(text);
  const auto table = CsvTable::Parse("record,label\n" + *text);
  if (!table) {
    return Fail(ErrorCode::kInvalidArgument, index.string() + ": " + table.error().message);
  }
  const fs::path folder = index.parent_path();
  Entries entries;
  for (std::size_t row = 0; row < table->rows(); ++row) {
    const std::size_t line = table->LineOf(row) - 1;
    DatasetEntry entry;
    entry.record = table->At(row, "record");
    const std::string& label = table->At(row, "label");
    if (label != "1" && label != "-1") {
      return Fail(ErrorCode::kInvalidArgument, index.string() + ", line " + std::to_string(line) +
                                                   ": label \"" + label +
                                                   "\" is neither 1 (abnormal) nor -1 (normal)");
    }
    entry.label = label == "1" ? Label::kAbnormal : Label::kNormal;
    entry.database = folder.filename().string();
    const auto path = FindRecording(folder, entry.record);
    if (!path) return MissingRecording(index, line, entry.record);
    entry.path = *path;
    entries.push_back(std::move(entry));
  }
  return entries;
}

Result<Entries> ReadClassFolders(const fs::path& folder) {
  Entries entries;
  for (const Label label : {Label::kNormal, Label::kAbnormal}) {
    std::error_code error;
    for (fs::directory_iterator it(folder / Name(label), error), end; !error && it != end;
         it.increment(error)) {
      if (!audio::HasRecordingExtension(it->path())) continue;
      DatasetEntry entry;
      entry.path = it->path();
      entry.record = it->path().stem().string();
      entry.database = folder.filename().string();
      entry.label = label;
      entries.push_back(std::move(entry));
    }
    if (error) {
      return Fail(ErrorCode::kIo,
                  "cannot list " + (folder / Name(label)).string() + ": " + error.message());
    }
  }
  return entries;
}

Result<Entries> ReadPhysioNet(const fs::path& folder) {
  Entries entries;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const fs::path index = it->path() / "REFERENCE.csv";
    if (!it->path().filename().string().starts_with("training-") || !fs::exists(index)) continue;
    auto part = ReadReference(index);
    if (!part) return part;
    std::ranges::move(*part, std::back_inserter(entries));
  }
  if (error) {
    return Fail(ErrorCode::kIo, "cannot list " + folder.string() + ": " + error.message());
  }
  return entries;
}

Result<Entries> ReadLayout(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return Fail(ErrorCode::kNotFound, "there is no folder " + folder.string());
  }
  if (fs::exists(folder / "manifest.csv", error)) return ReadManifest(folder / "manifest.csv");
  if (fs::exists(folder / "REFERENCE.csv", error)) return ReadReference(folder / "REFERENCE.csv");
  if (fs::is_directory(folder / "normal", error) && fs::is_directory(folder / "abnormal", error)) {
    return ReadClassFolders(folder);
  }
  return ReadPhysioNet(folder);
}

}  // namespace

std::string_view Name(Label label) { return label == Label::kAbnormal ? "abnormal" : "normal"; }

std::string_view Name(Murmur murmur) {
  switch (murmur) {
    case Murmur::kPresent:
      return "present";
    case Murmur::kUnknown:
      return "unknown";
    case Murmur::kAbsent:
      return "absent";
  }
  return "";
}

Result<std::vector<DatasetEntry>> ReadDataset(const fs::path& folder) {
  // A trailing slash would leave the folder without a name.
  const fs::path clean = folder.has_filename() ? folder : folder.parent_path();
  auto entries = ReadLayout(clean);
  if (!entries) return entries;
  if (entries->empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "no recordings with a label in " + clean.string() +
                    ": expected manifest.csv, training-*/REFERENCE.csv, or the folders normal and "
                    "abnormal");
  }
  std::ranges::sort(*entries, {}, [](const DatasetEntry& entry) {
    return std::tie(entry.database, entry.record, entry.path);
  });
  return entries;
}

}  // namespace heartbeat::evaluation
