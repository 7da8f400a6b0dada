#include "cli/history_pages.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "cli/data_folder.h"

namespace heartbeat::cli {
namespace {

constexpr std::int64_t kPage = 200;

}  // namespace

base::Result<std::unique_ptr<store::Store>> OpenHistory(const std::string& named) {
  const auto folder = DataFolder(named);
  if (!folder) return base::Fail(folder);
  // Opening would make one, and a slip in the name would look like a history without predictions.
  std::error_code error;
  if (!std::filesystem::exists(*folder / "heartbeat.db", error)) {
    return base::Fail(base::ErrorCode::kNotFound,
                      "there is no history in " + folder->string() +
                          "; name the folder that heartbeat serve keeps it in with --data-dir DIR");
  }
  store::StoreOptions options;
  options.data_dir = *folder;
  auto opened = store::Store::Open(options);
  if (!opened) {
    return base::Fail(opened.error().code, "cannot open the history in " + folder->string() + ": " +
                                               opened.error().message);
  }
  return opened;
}

base::Result<store::Page> HistoryPages::Next(const std::string& cursor) {
  const auto wanted = limit_ == 0 ? kPage : std::min(kPage, limit_ - given_);
  auto page = history_.List(
      filter_, {.cursor = cursor, .limit = static_cast<int>(wanted), .with_answers = false});
  if (!page) return page;
  given_ += static_cast<std::int64_t>(page->predictions.size());
  if (limit_ != 0 && given_ >= limit_) {
    cut_off_ = !page->next_cursor.empty();
    page->next_cursor.clear();
  }
  return page;
}

}  // namespace heartbeat::cli
