#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace heartbeat::evaluation {

enum class Label { kNormal = 0, kAbnormal = 1 };
// "normal", "abnormal".
[[nodiscard]] std::string_view Name(Label label);

// One labelled recording of a dataset. The file is not opened until it is used.
struct DatasetEntry {
  std::filesystem::path path;
  std::string record;  // the name without folder and extension, unique within its database
  std::string
      database;  // where it comes from, e.g. "training-a"; the folder's name for class folders
  Label label = Label::kNormal;
  std::string split;  // "train", "validation", "test", or empty where the dataset has none
};

// Reads a dataset, whose layout is told by what the folder holds:
//   manifest.csv          columns record, label (normal|abnormal), and optionally database and
//   split training-*/REFERENCE.csv or REFERENCE.csv   PhysioNet 2016: lines "a0001,1" (1 abnormal,
//   -1 normal) normal/ and abnormal/ one folder per class
// Recordings are found beside the index with any supported extension; .hea and other files are
// ignored. Sorted by database, then record. Errors: kNotFound (no such folder, or a recording named
// in the index is missing), kInvalidArgument (no layout known, a malformed row: with its line
// number, or no recordings at all).
[[nodiscard]] base::Result<std::vector<DatasetEntry>> ReadDataset(
    const std::filesystem::path& folder);

}  // namespace heartbeat::evaluation
