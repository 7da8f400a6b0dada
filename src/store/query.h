#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/records.h"

namespace heartbeat::store {

enum class LabelFilter { kUnlabelled, kLabelled, kNormal, kAbnormal, kUnsure };

// Which predictions; what is absent or empty lets all through. Any of class, verdict, label and
// time, alone or together, is answered from an index, and so are a patient reference and the
// beginning of a file name; a rare combination of the latter with others may read more.
struct Filter {
  std::optional<PredictedClass> predicted_class;
  std::optional<Verdict> verdict;
  std::optional<LabelFilter> label;
  std::optional<Time> from;      // this moment included
  std::optional<Time> until;     // this moment not included
  std::string file_name_prefix;  // A to Z and a to z are the same
  std::string patient_ref;       // the whole of it
};

struct PageRequest {
  static constexpr int kMaxLimit = 1000;
  std::string cursor;         // Page::next_cursor of the page before; empty: the newest
  int limit = 50;             // 1..kMaxLimit
  bool with_answers = false;  // else Prediction::answer is empty
};

// Newest first, equal times by id. Predictions that are added meanwhile come before the first page,
// so pages that follow each other show each prediction once.
struct Page {
  std::vector<Prediction> predictions;
  std::string next_cursor;  // empty: this is the last page
};

struct Counts {
  std::int64_t predictions = 0;
  std::array<std::int64_t, 2> by_class{};    // by PredictedClass
  std::array<std::int64_t, 4> by_verdict{};  // by Verdict
  std::array<std::int64_t, 3> by_label{};    // by LabelValue, the newest label of each prediction
  std::int64_t recordings = 0;
  std::int64_t recordings_bytes = 0;
  std::int64_t database_bytes =
      0;  // in use; space of deleted rows that is kept for new ones is not
};

}  // namespace heartbeat::store
