#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace heartbeat::evaluation {

enum class Label { kNormal = 0, kAbnormal = 1 };
// "normal", "abnormal".
[[nodiscard]] std::string_view Name(Label label);

// Whether a murmur is heard, as an expert annotated it; the order is the challenge's (2022).
enum class Murmur { kPresent = 0, kUnknown = 1, kAbsent = 2 };
// "present", "unknown", "absent".
[[nodiscard]] std::string_view Name(Murmur murmur);

// One recording of a dataset with what is known about it. The file is not opened until it is used.
struct DatasetEntry {
  std::filesystem::path path;
  std::string record;          // the name without folder and extension, unique within its database
  std::string database;        // where it comes from, e.g. "training-a"; else the folder's name
  std::optional<Label> label;  // nothing where the dataset does not say
  std::string split;           // "train", "validation", "test", or empty where the dataset has none
  std::string patient;         // unique within its database; empty where unknown
  std::string location;        // where the stethoscope stood, e.g. "AV"; empty where unknown
  std::optional<Murmur> murmur_at_location;  // heard in this recording
  std::optional<Murmur> patient_murmur;      // heard anywhere on this patient
};

// Reads a dataset, whose layout is told by what the folder holds:
//   manifest.csv
//       columns record and at least one of label (normal, abnormal), murmur_at_location and
//       patient_murmur (present, unknown, absent; large or small letters); optionally database,
//       split, patient and location. An empty field is one that is not known.
//   training-*/REFERENCE.csv, or REFERENCE.csv
//       PhysioNet 2016: lines "a0001,1" (1 abnormal, -1 normal)
//   normal/ and abnormal/
//       one folder per class
// Recordings are found beside the index with any supported extension; .hea and other files are
// ignored. Sorted by database, then record. Errors: kNotFound (no such folder, or a recording named
// in the index is missing), kInvalidArgument (no layout known, a malformed row: with its line
// number, or no recordings at all).
[[nodiscard]] base::Result<std::vector<DatasetEntry>> ReadDataset(
    const std::filesystem::path& folder);

}  // namespace heartbeat::evaluation
