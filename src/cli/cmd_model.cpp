#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/data_folder.h"
#include "cli/default_model.h"
#include "cli/options.h"
#include "cli/text.h"
#include "server/model_shelf.h"
#include "store/store.h"

namespace heartbeat::cli {
namespace {

namespace fs = std::filesystem;
using base::Fail;
using nlohmann::ordered_json;
using server::ShelvedModel;

struct ModelOptions {
  std::string data_dir;  // "": the user's
  std::string version;
  std::string by = "unnamed";
  bool as_json = false;
};

constexpr std::size_t kShownDigits = 12;
constexpr std::size_t kMaxFileBytes = std::size_t{32} << 20;

base::Result<std::unique_ptr<store::Store>> OpenHistory(const fs::path& data_dir) {
  std::error_code error;
  if (!fs::exists(data_dir / "heartbeat.db", error)) {
    return Fail(base::ErrorCode::kNotFound,
                "there is no history in " + data_dir.string() +
                    "; name the data folder of the server with --data-dir DIR");
  }
  store::StoreOptions options;
  options.data_dir = data_dir;
  return store::Store::Open(options);
}

// The shelf with the history that it uses.
class Installation {
 public:
  static base::Result<Installation> Open(const std::string& named) {
    auto data_dir = DataFolder(named);
    if (!data_dir) return Fail(data_dir);
    auto history = OpenHistory(*data_dir);
    if (!history) return Fail(history);
    const auto shipped = ModelPath("");
    return Installation(*std::move(history), *data_dir, shipped ? *shipped : fs::path());
  }
  server::ModelShelf& shelf() { return shelf_; }

 private:
  Installation(std::unique_ptr<store::Store> history, const fs::path& data_dir,
               const fs::path& shipped)
      : history_(std::move(history)), shelf_(*history_, data_dir, shipped, kMaxFileBytes) {}

  std::unique_ptr<store::Store> history_;
  server::ModelShelf shelf_;
};

std::string PromotedText(const ShelvedModel& model) {
  return model.version.promoted ? base::FormatUtc(*model.version.promoted) : "-";
}

std::string ToTable(const std::vector<ShelvedModel>& models) {
  std::size_t version_columns = 7;
  for (const auto& model : models) {
    version_columns = std::max(version_columns, DisplayWidth(model.version.model.version));
  }
  constexpr std::size_t kTimeColumns = 24;
  constexpr std::size_t kSourceColumns = 9;
  std::string table;
  const auto add_row = [&](std::string version, std::string sha256, std::string source,
                           std::string added, std::string promoted, const std::string& file) {
    table += PadRight(std::move(version), version_columns) + "  " +
             PadRight(std::move(sha256), kShownDigits) + "  " +
             PadRight(std::move(source), kSourceColumns) + "  " +
             PadRight(std::move(added), kTimeColumns) + "  " +
             PadRight(std::move(promoted), kTimeColumns) + "  " + file + "\n";
  };
  add_row("version", "sha256", "source", "added", "promoted", "file");
  for (const auto& model : models) {
    add_row(Printable(model.version.model.version),
            model.version.model.sha256.substr(0, kShownDigits), std::string(Name(model.source)),
            base::FormatUtc(model.version.added), PromotedText(model),
            model.is_available ? "there" : "gone");
  }
  return table;
}

std::string ToJsonText(const std::vector<ShelvedModel>& models) {
  ordered_json rows = ordered_json::array();
  for (const auto& model : models) {
    const auto& version = model.version;
    rows.push_back({{"name", version.model.name},
                    {"version", version.model.version},
                    {"sha256", version.model.sha256},
                    {"source", Name(model.source)},
                    {"added", base::FormatUtc(version.added)},
                    {"promoted", version.promoted ? ordered_json(base::FormatUtc(*version.promoted))
                                                  : ordered_json(nullptr)},
                    {"available", model.is_available},
                    {"comparison", model.comparison}});
  }
  return rows.dump(1) + "\n";
}

int List(const ModelOptions& options) {
  auto installation = Installation::Open(options.data_dir);
  if (!installation) return Report(installation.error());
  const auto models = installation->shelf().List();
  if (!models) return Report(models.error());
  const auto written = WriteResult(options.as_json ? ToJsonText(*models) : ToTable(*models));
  return written ? 0 : Report(written.error());
}

// Loads it first: a server that follows must not be led to a model that does not work.
int PromoteFound(server::ModelShelf& shelf, const base::Result<ShelvedModel>& model,
                 const std::string& by) {
  if (!model) return Report(model.error());
  if (const auto opened = shelf.Open(*model); !opened) return Report(opened.error());
  const auto& identity = model->version.model;
  const auto promoted = shelf.Promote(identity.sha256, store::Now(), by);
  if (!promoted) return Report(promoted.error());
  Say("the model " + Printable(identity.version) +
      " is promoted; a server on this data folder serves it within a few seconds");
  return 0;
}

int Promote(const ModelOptions& options) {
  auto installation = Installation::Open(options.data_dir);
  if (!installation) return Report(installation.error());
  auto& shelf = installation->shelf();
  return PromoteFound(shelf, shelf.Find(options.version), options.by);
}

int RollBack(const ModelOptions& options) {
  auto installation = Installation::Open(options.data_dir);
  if (!installation) return Report(installation.error());
  auto& shelf = installation->shelf();
  return PromoteFound(shelf, shelf.FindPrevious(), options.by);
}

}  // namespace

void AddModel(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand(
      "model", "List the models of a data folder, promote one, or go back to the one before");
  verb->require_subcommand(1);
  auto options = std::make_shared<ModelOptions>();
  const auto add = [&](const char* name, const char* description, int (*run)(const ModelOptions&)) {
    CLI::App* part = verb->add_subcommand(name, description);
    part->add_option("--data-dir", options->data_dir,
                     "The server's data folder (default: $XDG_DATA_HOME/heartbeat or "
                     "~/.local/share/heartbeat)")
        ->type_name("DIR");
    part->callback([=, &action] { action = [options, run] { return run(*options); }; });
    return part;
  };
  const auto add_by = [&](CLI::App& part) {
    part.add_option("--by", options->by, "Who does this, for the audit trail")
        ->type_name("NAME")
        ->capture_default_str();
  };
  CLI::App* list = add("list", "The models, newest first", List);
  list->add_flag("--json", options->as_json, "Write JSON, not a table");
  CLI::App* promote = add("promote", "Let a model serve from now on", Promote);
  promote->add_option("VERSION", options->version, "Its version, or 8 or more digits of its sha256")
      ->required();
  add_by(*promote);
  CLI::App* rollback =
      add("rollback", "Let the model serve that did before the last promotion", RollBack);
  add_by(*rollback);
  for (CLI::App* part : {list, promote, rollback}) NameEnvironment(*part);
  verb->footer(
      "A server that runs on the data folder takes a promotion up within a few seconds, and no\n"
      "request is lost.\n"
      "\n"
      "Example: heartbeat model list\n"
      "         heartbeat model promote 0.3.0+r20261125T223015Z --by \"Dr. A\"\n"
      "         heartbeat model rollback");
}

}  // namespace heartbeat::cli
