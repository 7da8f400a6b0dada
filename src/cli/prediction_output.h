#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "analysis/prediction.h"
#include "base/result.h"

namespace heartbeat::cli {

// What `heartbeat predict` found out about one file.
struct Outcome {
  std::string file;  // as it was given
  base::Result<analysis::Prediction> prediction;
};

enum class Format { kTable, kJson, kJsonl, kCsv };

struct OutputOptions {
  Format format = Format::kTable;
  bool murmur = false;            // the model says of murmurs: a column of the table
  std::size_t file_columns = 40;  // of the table's first column; a longer name begins with "…"
  bool color = false;             // of the table
};

// The width of the murmur column with the gap after it.
inline constexpr std::size_t kMurmurColumns = 11;

// Outcomes as text, one at a time: the output is Head, then Row of each with Between in between,
// then Tail. JSON is always an array of the API's predictions with "status":"success", or of
// {"file_name","status":"error","error","code"}; JSON lines has one of them a line; CSV is RFC 4180
// with the columns file, predicted_class, verdict, probability_abnormal, confidence, quality_ok
// (true or false), duration_s, error. Const and thread-safe.
class PredictionOutput {
 public:
  explicit PredictionOutput(const OutputOptions& options) : options_(options) {}

  [[nodiscard]] std::string Head() const;
  [[nodiscard]] std::string Row(const Outcome& outcome) const;
  [[nodiscard]] std::string Between() const;
  [[nodiscard]] std::string Tail() const;

 private:
  [[nodiscard]] std::optional<std::string> MurmurCell(std::string text) const;

  OutputOptions options_;
};

// Columns for the names of `files`: as wide as the widest, but so that a row with a short note fits
// into `columns`.
[[nodiscard]] std::size_t FileColumns(std::span<const std::string> files, std::size_t columns);

// How many there were, for the line after the results.
struct Tally {
  std::size_t normal = 0;
  std::size_t abnormal = 0;
  std::size_t uncertain = 0;
  std::size_t poor_quality = 0;
  std::size_t failed = 0;
  std::string first_failure;  // "file: why"

  void Add(const Outcome& outcome);
  // What comes after this one.
  void Add(const Tally& next);
  // "3 recordings: 2 normal, 1 abnormal; 1 file failed, the first: b.wav: ..."
  [[nodiscard]] std::string ToText(double elapsed_s) const;
};

}  // namespace heartbeat::cli
