#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "evaluation/dataset.h"
#include "evaluation/results.h"

namespace heartbeat::evaluation {

// What the results of a protocol depend on. Finished folds are only gone on from where all of it
// agrees.
struct RunIdentity {
  std::string protocol;
  std::size_t folds = 0;  // of cross-validation
  std::uint64_t seed = 0;
  std::map<std::string, std::string> recipe;  // Recipe::WhatIsLearned
  std::string rows_sha256;     // of the recordings that take part: names, labels, splits and bytes
  std::string trainer_sha256;  // of heartbeat-train

  bool operator==(const RunIdentity&) const = default;
};

// Each difference in words, such as "optimizer.epochs was 20 and is 24".
[[nodiscard]] std::vector<std::string> Differences(const RunIdentity& before,
                                                   const RunIdentity& now);

// Schema version 1, docs/evaluating.md. Errors of reading: kInvalidArgument.
[[nodiscard]] std::string ToJsonText(const RunIdentity& identity);
[[nodiscard]] base::Result<RunIdentity> ParseRunIdentity(std::string_view json);

// A fold that is done: its results, and the files that they were made from.
struct FinishedFold {
  FoldResults results;
  std::string predictions_sha256;  // of predictions.csv
  std::string program_sha256;      // of the heartbeat that scored it
};
[[nodiscard]] std::string ToJsonText(const FinishedFold& fold);
[[nodiscard]] base::Result<FinishedFold> ParseFinishedFold(std::string_view json);

// SHA-256 of a file's bytes. Errors: those of base::ReadFile.
[[nodiscard]] base::Result<std::string> HashFile(const std::filesystem::path& path);
// Of each entry's file, on all cores. Errors: those of base::ReadFile.
[[nodiscard]] base::Result<std::vector<std::string>> HashRecordings(
    const std::vector<DatasetEntry>& entries);
// `hashes` as HashRecordings gives them. The order of `entries` does not matter.
[[nodiscard]] std::string HashRows(const std::vector<DatasetEntry>& entries,
                                   const std::vector<std::string>& hashes);

// Holds a folder for one evaluation at a time, until it is destroyed or the program ends.
class FolderLock {
 public:
  // Makes the folder where it is missing. Errors: kIo; kInvalidArgument where another evaluation
  // holds it.
  [[nodiscard]] static base::Result<FolderLock> Take(const std::filesystem::path& folder);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace heartbeat::evaluation
