#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "store/store.h"

namespace heartbeat::cli {

// Opens the history in `named`, or where that is empty in the data folder of DataFolder. Makes
// none: errors are kNotFound where there is none, else those of Store::Open, with the folder.
[[nodiscard]] base::Result<std::unique_ptr<store::Store>> OpenHistory(const std::string& named);

// The pages of a history, up to a number of predictions. Without their answers.
class HistoryPages {
 public:
  // `limit`: 0 for all. `history` must outlive this.
  HistoryPages(const store::Store& history, store::Filter filter, std::int64_t limit)
      : history_(history), filter_(std::move(filter)), limit_(limit) {}

  // The page behind a cursor, "" for the first, as store::Store::List has it; each in its turn, and
  // none behind the limit. Errors: those of List.
  [[nodiscard]] base::Result<store::Page> Next(const std::string& cursor);
  // Whether the limit kept predictions back.
  [[nodiscard]] bool cut_off() const { return cut_off_; }

 private:
  const store::Store& history_;
  const store::Filter filter_;
  const std::int64_t limit_;
  std::int64_t given_ = 0;
  bool cut_off_ = false;
};

}  // namespace heartbeat::cli
