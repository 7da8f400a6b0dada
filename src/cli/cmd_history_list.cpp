#include <unistd.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "analysis/guidance.h"
#include "base/terminal.h"
#include "cli/console.h"
#include "cli/history_commands.h"
#include "cli/history_options.h"
#include "cli/history_pages.h"
#include "cli/history_table.h"
#include "cli/options.h"
#include "server/history_csv.h"
#include "server/history_record.h"

namespace heartbeat::cli {
namespace {

using nlohmann::json;

constexpr std::int64_t kTableRows = 50;

enum class Shape { kTable, kJson, kJsonl, kCsv };

struct ListOptions {
  std::string data_dir;
  store::Filter filter;
  std::optional<std::int64_t> limit;  // 0: all
  bool json = false;
  bool jsonl = false;
  bool csv = false;
  Shape shape = Shape::kTable;
};

std::string Dump(const json& value, int indent) {
  return value.dump(indent, ' ', false, json::error_handler_t::replace);
}

// The text of one page. `is_first`: nothing was written before it.
std::string PageText(Shape shape, const store::Page& page, bool is_first,
                     std::optional<HistoryTable>& table) {
  std::string text;
  if (shape == Shape::kTable && !table) {
    constexpr std::size_t kUnlimited = 1 << 20;  // what goes into a file is not cut
    const auto columns =
        base::IsTerminal(STDOUT_FILENO) ? base::TerminalColumns(STDOUT_FILENO) : kUnlimited;
    table.emplace(page.predictions, columns, base::WantsColor(STDOUT_FILENO));
    text += table->Head();
  }
  for (const auto& prediction : page.predictions) {
    switch (shape) {
      case Shape::kTable:
        text += table->Row(prediction);
        break;
      case Shape::kJson:
        text += (is_first ? "" : ",\n") + Dump(server::EntryJson(prediction), 2);
        break;
      case Shape::kJsonl:
        text += Dump(server::EntryJson(prediction), -1) + "\n";
        break;
      case Shape::kCsv:
        text += server::HistoryCsvRow(prediction);
        break;
    }
    is_first = false;
  }
  return text;
}

// Writes the rows; gives how many.
base::Result<std::int64_t> WriteRows(Shape shape, HistoryPages& pages) {
  std::int64_t count = 0;
  std::optional<HistoryTable> table;
  std::string cursor;
  do {
    const auto page = pages.Next(cursor);
    if (!page) return base::Fail(page);
    const auto written = WriteResult(PageText(shape, *page, count == 0, table));
    if (!written) return base::Fail(written);
    count += static_cast<std::int64_t>(page->predictions.size());
    cursor = page->next_cursor;
  } while (!cursor.empty());
  return count;
}

int List(const ListOptions& options) {
  const auto history = OpenHistory(options.data_dir);
  if (!history) return Report(history.error());
  const bool is_table = options.shape == Shape::kTable;
  HistoryPages pages(**history, options.filter, options.limit.value_or(is_table ? kTableRows : 0));
  auto written = WriteResult(options.shape == Shape::kCsv    ? server::HistoryCsvHead()
                             : options.shape == Shape::kJson ? "[\n"
                                                             : "");
  if (!written) return Report(written.error());
  const auto count = WriteRows(options.shape, pages);
  if (!count) return Report(count.error());
  if (options.shape == Shape::kJson) written = WriteResult(*count == 0 ? "]\n" : "\n]\n");
  if (!written) return Report(written.error());
  if (!is_table) return 0;
  if (*count == 0) Say(IsEmpty(options.filter) ? "no predictions yet" : "no prediction matches");
  if (pages.cut_off()) {
    Say("these are the newest " + std::to_string(*count) +
        "; --limit 0 shows all, and filters fewer");
  }
  if (*count > 0) Say(analysis::kDisclaimer);
  return 0;
}

struct ShowOptions {
  std::string data_dir;
  std::string id;
  bool json = false;
};

int Show(const ShowOptions& options) {
  const auto history = OpenHistory(options.data_dir);
  if (!history) return Report(history.error());
  const auto prediction = (*history)->Get(options.id);
  if (!prediction) return Report(prediction.error());
  const auto labels = (*history)->Labels(options.id);
  if (!labels) return Report(labels.error());
  const auto kept = server::KeptPredictionJson(*prediction, *labels);
  if (!kept) return Report(kept.error());
  const auto written = WriteResult(options.json ? Dump(*kept, 2) + "\n" : PredictionText(*kept));
  if (!written) return Report(written.error());
  if (!options.json) Say(analysis::kDisclaimer);
  return 0;
}

}  // namespace

void AddHistoryList(CLI::App& history, Action& action) {
  CLI::App* verb = history.add_subcommand("list", "List predictions, newest first");
  auto options = std::make_shared<ListOptions>();
  AddDataDir(*verb, options->data_dir);
  AddFilters(*verb, options->filter);
  verb->add_option("--limit", options->limit,
                   "At most this many, 0 for all (default: 50 in the table, else all)")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1'000'000'000}).description(""))
      ->type_name("N")
      ->configurable(false);
  const CLI::Option* as_json = verb->add_flag("--json", options->json, "Write one JSON array");
  const CLI::Option* as_jsonl =
      verb->add_flag("--jsonl", options->jsonl, "Write JSON lines, one object a line");
  const CLI::Option* as_csv =
      verb->add_flag("--csv", options->csv, "Write CSV, as GET /predictions.csv does");
  verb->footer(std::string(kFilterHelp) +
               "Without --json, --jsonl or --csv, a table. The objects are those of GET\n"
               "/predictions.\n"
               "\n"
               "Example: heartbeat history list --verdict abnormal --label none\n"
               "         heartbeat history list --from 2026-11-01 --csv > november.csv");
  NameEnvironment(*verb);
  verb->callback([=, &action] {
    const CLI::Option* chosen = OneOf(*verb, {as_json, as_jsonl, as_csv});
    options->shape = chosen == as_json    ? Shape::kJson
                     : chosen == as_jsonl ? Shape::kJsonl
                     : chosen == as_csv   ? Shape::kCsv
                                          : Shape::kTable;
    action = [options] { return List(*options); };
  });
}

void AddHistoryShow(CLI::App& history, Action& action) {
  CLI::App* verb =
      history.add_subcommand("show", "Show one prediction as it was answered, with its labels");
  auto options = std::make_shared<ShowOptions>();
  verb->add_option("ID", options->id, "The prediction, as heartbeat history list names it")
      ->required();
  AddDataDir(*verb, options->data_dir);
  verb->add_flag("--json", options->json, "Write JSON, as GET /predictions/{id} answers it");
  verb->footer(
      "Example: heartbeat history show 01890c0e-7b1a-7c3e-8f6d-2b1e0c9d8f7a\n"
      "         heartbeat history show --json 01890c0e-7b1a-7c3e-8f6d-2b1e0c9d8f7a");
  NameEnvironment(*verb);
  verb->callback([=, &action] { action = [options] { return Show(*options); }; });
}

}  // namespace heartbeat::cli
