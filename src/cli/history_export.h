#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace heartbeat::cli {

struct ExportReport {
  std::int64_t predictions = 0;
  std::int64_t recordings = 0;  // files written
  std::int64_t normal = 0;      // of those, by the clinicians' newest label
  std::int64_t abnormal = 0;
  struct Failure {
    std::string prediction_id;
    std::string why;
  };
  std::vector<Failure> failures;  // recordings that are missing or damaged
};

// Writes what `filter` lets through into `folder`, which is made (mode 0700) or is empty:
//   ID.flac, …       each recording once, byte for byte as it came, named by its newest prediction
//                    and by what it holds: never by a name that somebody gave
//   manifest.csv     a line for each recording: a dataset for evaluation::ReadDataset. `label` is
//                    the newest label of any of its predictions, empty where that is unsure or
//                    there is none; `patient` and `location` are those of its newest prediction
//   predictions.csv  a line for each prediction, as GET /predictions.csv has it
// manifest.csv comes last: a folder without it is no finished export. A recording that is missing
// or damaged is left out of the dataset and reported. `done` hears how many predictions are done.
// Errors: those of Store; kInvalidArgument for a folder that is not empty, kIo where it cannot be
// written.
[[nodiscard]] base::Result<ExportReport> ExportHistory(
    const store::Store& history, const store::Filter& filter, const std::filesystem::path& folder,
    const std::function<void(std::int64_t)>& done);

}  // namespace heartbeat::cli
