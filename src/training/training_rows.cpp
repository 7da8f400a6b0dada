#include "training/training_rows.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "base/file.h"
#include "evaluation/csv.h"
#include "evaluation/murmur_label.h"

namespace heartbeat::training {
namespace {

using base::ErrorCode;
using base::Fail;
using base::Result;
using Entries = std::vector<evaluation::DatasetEntry>;
using Key = std::pair<std::string, std::string>;  // database, record

Result<Entries> ReadFolders(const std::vector<std::string>& folders) {
  Entries all;
  for (const std::string& folder : folders) {
    auto entries = evaluation::ReadDataset(folder);
    if (!entries) return entries;
    std::ranges::move(*entries, std::back_inserter(all));
  }
  return all;
}

bool IsOfSplit(const evaluation::DatasetEntry& entry, const DataConfig& config) {
  return entry.split.empty() || entry.split == config.split;
}

// The keys in the order of the file, each with its line.
Result<std::map<Key, std::size_t>> ReadKeys(const std::string& file) {
  const auto text = base::ReadTextFile(file);
  if (!text) return Fail(text);
  const auto table = evaluation::CsvTable::Parse(*text);
  if (!table) return Fail(ErrorCode::kInvalidArgument, file + ", " + table.error().message);
  if (!table->HasColumn("database") || !table->HasColumn("record")) {
    return Fail(ErrorCode::kInvalidArgument, file + ": needed are the columns database and record");
  }
  std::map<Key, std::size_t> keys;
  for (std::size_t row = 0; row < table->rows(); ++row) {
    const auto [at, is_new] =
        keys.emplace(Key{table->At(row, "database"), table->At(row, "record")}, table->LineOf(row));
    if (!is_new) {
      return Fail(ErrorCode::kInvalidArgument,
                  file + ", line " + std::to_string(table->LineOf(row)) +
                      ": the same recording as in line " + std::to_string(at->second));
    }
  }
  return keys;
}

// Whether there is something to learn from it.
bool IsOfUse(const evaluation::DatasetEntry& entry, bool with_murmurs) {
  return entry.label || (with_murmurs && evaluation::MurmurLabel(entry));
}

Result<Entries> ChooseRows(Entries all, const DataConfig& config, bool with_murmurs) {
  auto keys = ReadKeys(config.rows);
  if (!keys) return Fail(keys);
  Entries rows;
  std::map<Key, std::size_t> seen;
  for (evaluation::DatasetEntry& entry : all) {
    const Key key{entry.database, entry.record};
    const auto wanted = keys->find(key);
    if (wanted == keys->end()) continue;
    const std::string place = config.rows + ", line " + std::to_string(wanted->second) + ": ";
    if (!IsOfSplit(entry, config)) {
      return Fail(ErrorCode::kInvalidArgument, place + "this recording belongs to the split \"" +
                                                   entry.split + "\", not to \"" + config.split +
                                                   "\"");
    }
    if (!IsOfUse(entry, with_murmurs)) {
      return Fail(ErrorCode::kInvalidArgument, place + "this recording has no label");
    }
    if (++seen[key] > 1) {
      return Fail(ErrorCode::kInvalidArgument,
                  place + "the folders hold two recordings of this name");
    }
    rows.push_back(std::move(entry));
  }
  for (const auto& [key, line] : *keys) {
    if (!seen.contains(key)) {
      return Fail(ErrorCode::kInvalidArgument, config.rows + ", line " + std::to_string(line) +
                                                   ": data.folders hold no such recording");
    }
  }
  return rows;
}

// A place of a patient with a murmur where none is heard says nothing of the patient's heart.
void LabelByMurmur(Entries& entries) {
  for (evaluation::DatasetEntry& entry : entries) {
    const auto heard = evaluation::MurmurLabel(entry);
    if (entry.label || !heard) continue;
    if (heard == evaluation::Murmur::kPresent) {
      entry.label = evaluation::Label::kAbnormal;
    } else if (entry.patient_murmur.value_or(*heard) == evaluation::Murmur::kAbsent &&
               heard == evaluation::Murmur::kAbsent) {
      entry.label = evaluation::Label::kNormal;
    }
  }
}

Result<void> CountMurmurs(TrainingRows& found) {
  for (const auto murmur : {evaluation::Murmur::kPresent, evaluation::Murmur::kAbsent}) {
    const auto has_murmur = [&](const auto& e) { return evaluation::MurmurLabel(e) == murmur; };
    if (std::ranges::none_of(found.rows, has_murmur)) {
      return Fail(ErrorCode::kInvalidArgument,
                  "murmur.weight is over 0, but no recording of data.folders to learn from has a "
                  "murmur that is " +
                      std::string(evaluation::Name(murmur)) +
                      "; add a dataset that says so, such as CirCor 2022, or set it to 0");
    }
  }
  found.with_murmur = static_cast<std::size_t>(std::ranges::count_if(
      found.rows, [](const auto& e) { return evaluation::MurmurLabel(e).has_value(); }));
  return {};
}

}  // namespace

Result<TrainingRows> ReadTrainingRows(const DataConfig& config, const MurmurConfig& murmur) {
  const bool with_murmurs = murmur.weight > 0;
  auto all = ReadFolders(config.folders);
  if (!all) return Fail(all);
  if (murmur.label_weight > 0) LabelByMurmur(*all);
  TrainingRows found;
  if (config.rows.empty()) {
    for (evaluation::DatasetEntry& entry : *all) {
      if (!IsOfSplit(entry, config)) continue;
      if (IsOfUse(entry, with_murmurs)) {
        found.rows.push_back(std::move(entry));
      } else {
        ++found.without_label;
      }
    }
  } else {
    auto rows = ChooseRows(std::move(*all), config, with_murmurs);
    if (!rows) return Fail(rows);
    found.rows = std::move(*rows);
  }
  if (found.rows.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "no recording of data.folders that belongs to the split \"" + config.split +
                    "\" has a label, normal or abnormal");
  }
  for (const auto label : {evaluation::Label::kNormal, evaluation::Label::kAbnormal}) {
    const auto has_label = [&](const auto& entry) { return entry.label == label; };
    if (std::ranges::none_of(found.rows, has_label)) {
      return Fail(
          ErrorCode::kInvalidArgument,
          "there is no " + std::string(evaluation::Name(label)) + " recording to learn from");
    }
  }
  if (with_murmurs) {
    if (auto counted = CountMurmurs(found); !counted) return Fail(counted);
  }
  return found;
}

}  // namespace heartbeat::training
