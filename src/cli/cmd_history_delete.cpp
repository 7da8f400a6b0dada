#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/parallel.h"
#include "base/progress.h"
#include "cli/ask.h"
#include "cli/console.h"
#include "cli/history_commands.h"
#include "cli/history_options.h"
#include "cli/history_pages.h"
#include "cli/history_table.h"
#include "cli/options.h"

namespace heartbeat::cli {
namespace {

using base::ErrorCode;
using base::Fail;

// Deletions that wait at the same time: the store writes them together, with one sync for all.
constexpr unsigned kTogether = 32;

struct DeleteOptions {
  std::vector<std::string> ids;
  std::string data_dir;
  store::Filter filter;
  std::string by;
  bool yes = false;
  bool dry_run = false;
};

// Hands what is to be deleted to `take`; gives how many of the ids that were given name nothing.
base::Result<int> ForEachChosen(const store::Store& history, const DeleteOptions& options,
                                const std::function<void(store::Prediction)>& take) {
  int unknown = 0;
  std::set<std::string> given;
  for (const auto& id : options.ids) {
    if (!given.insert(id).second) continue;
    auto prediction = history.Get(id);
    if (!prediction && prediction.error().code == ErrorCode::kNotFound) {
      Say(id + ": " + prediction.error().message);
      ++unknown;
      continue;
    }
    if (!prediction) return Fail(prediction);
    take(*std::move(prediction));
  }
  if (!options.ids.empty()) return unknown;
  HistoryPages pages(history, options.filter, 0);
  std::string cursor;
  do {
    auto page = pages.Next(cursor);
    if (!page) return Fail(page);
    for (auto& prediction : page->predictions) take(std::move(prediction));
    cursor = page->next_cursor;
  } while (!cursor.empty());
  return unknown;
}

std::string Count(std::size_t predictions) {
  return std::to_string(predictions) + (predictions == 1 ? " prediction" : " predictions");
}

// Shows what would be deleted; gives the exit code.
int DryRun(const store::Store& history, const DeleteOptions& options) {
  std::vector<store::Prediction> predictions;
  const auto unknown = ForEachChosen(history, options, [&](store::Prediction prediction) {
    predictions.push_back(std::move(prediction));
  });
  if (!unknown) return Report(unknown.error());
  constexpr std::size_t kUnlimited = 1 << 20;  // no name is cut
  const HistoryTable table(predictions, kUnlimited, false);
  auto written = WriteResult(table.Head());
  for (const auto& prediction : predictions) {
    if (written) written = WriteResult(table.Row(prediction));
  }
  if (!written) return Report(written.error());
  Say("would delete " + Count(predictions.size()) + "; nothing was deleted");
  return *unknown > 0 ? 1 : 0;
}

// Who deletes, for the audit trail, once that and the deletion itself are certain. Errors:
// kInvalidArgument where nobody is there to say it, kCancelled for another answer than yes.
base::Result<std::string> Confirm(const DeleteOptions& options, std::size_t predictions) {
  if (!options.yes) {
    const auto answer =
        Ask("delete " + Count(predictions) + " for ever, with labels and recordings? [y/N]");
    if (!answer) {
      return Fail(ErrorCode::kInvalidArgument,
                  "nobody is here to ask: confirm the deletion with --yes (--dry-run shows what "
                  "it would delete)");
    }
    if (*answer != "y" && *answer != "Y" && *answer != "yes") {
      return Fail(ErrorCode::kCancelled, "nothing was deleted");
    }
  }
  if (!options.by.empty()) return options.by;
  const auto name = Ask("your name, which the audit trail keeps:");
  if (name && !name->empty()) return *name;
  return Fail(ErrorCode::kInvalidArgument,
              "nothing was deleted: say who deletes with --by NAME, which the audit trail keeps");
}

// Deletes all; gives how many. Those that somebody else deleted meanwhile are passed over.
base::Result<std::size_t> DeleteAll(store::Store& history, const std::vector<std::string>& ids,
                                    const std::string& by) {
  base::Progress progress(ids.size(), base::Progress::ForStandardError(false));
  std::atomic<std::size_t> deleted = 0;
  std::atomic<bool> failed = false;
  std::mutex mutex;
  base::Result<void> failure;
  base::ParallelFor(ids.size(), kTogether, [&](std::size_t i) {
    if (failed) return;
    const auto gone = history.Delete(ids[i], by);
    if (gone) {
      progress.Set(++deleted);
    } else if (gone.error().code != ErrorCode::kNotFound) {
      const std::lock_guard lock(mutex);
      failure = gone;
      failed = true;
    }
  });
  if (!failure) {
    return Fail(failure.error().code,
                Count(deleted) + " deleted, then: " + failure.error().message);
  }
  return deleted.load();
}

int Delete(const DeleteOptions& options) {
  const auto history = OpenHistory(options.data_dir);
  if (!history) return Report(history.error());
  if (options.dry_run) return DryRun(**history, options);
  std::vector<std::string> ids;
  const auto unknown = ForEachChosen(**history, options, [&](store::Prediction prediction) {
    ids.push_back(std::move(prediction.id));
  });
  if (!unknown) return Report(unknown.error());
  const int code = *unknown > 0 ? 1 : 0;
  if (ids.empty()) {
    Say("nothing to delete");
    return code;
  }
  const auto by = Confirm(options, ids.size());
  if (!by) return Report(by.error());
  const auto deleted = DeleteAll(**history, ids, *by);
  if (!deleted) return Report(deleted.error());
  Say(Count(*deleted) + " deleted");
  return code;
}

}  // namespace

void AddHistoryDelete(CLI::App& history, Action& action) {
  CLI::App* verb = history.add_subcommand(
      "delete", "Delete predictions with their labels and recordings, for ever");
  auto options = std::make_shared<DeleteOptions>();
  verb->add_option("ID", options->ids, "Predictions, as heartbeat history list names them");
  AddDataDir(*verb, options->data_dir);
  AddFilters(*verb, options->filter);
  verb->add_option("--by", options->by, "Who deletes: the audit trail keeps it")
      ->type_name("NAME")
      ->configurable(false);
  verb->add_flag("--yes", options->yes, "Do not ask")->configurable(false);
  verb->add_flag("--dry-run", options->dry_run, "Only show what would be deleted")
      ->configurable(false);
  verb->footer(
      std::string(kFilterHelp) +
      "Takes ids or filters, not both. Without --yes or --by it asks, where there is a terminal.\n"
      "The recording goes with the last prediction that has it. The audit trail keeps who deleted\n"
      "which id and when; backups keep what they have.\n"
      "\n"
      "Example: heartbeat history delete --until 2025-01-01 --dry-run\n"
      "         heartbeat history delete --patient-ref P-17 --by 'Dr. A' --yes");
  NameEnvironment(*verb);
  verb->callback([=, &action] {
    if (options->ids.empty() && IsEmpty(options->filter)) {
      throw CLI::ValidationError("say what to delete: ids, or filters such as --until");
    }
    if (!options->ids.empty() && !IsEmpty(options->filter)) {
      throw CLI::ValidationError("give ids or filters, not both");
    }
    action = [options] { return Delete(*options); };
  });
}

}  // namespace heartbeat::cli
