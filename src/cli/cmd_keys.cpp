#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/data_folder.h"
#include "cli/options.h"
#include "cli/text.h"
#include "server/key_file.h"
#include "server/rfc3339.h"

namespace heartbeat::cli {
namespace {

using base::ErrorCode;
using base::Fail;
using nlohmann::ordered_json;
using server::ApiKey;

struct KeysOptions {
  std::string file;      // "": that of the data folder
  std::string data_dir;  // "": the user's
  bool as_json = false;
};

base::Result<std::filesystem::path> FileOf(const KeysOptions& options) {
  if (!options.file.empty()) return options.file;
  auto data_dir = DataFolder(options.data_dir);
  if (!data_dir) return data_dir;
  return *data_dir / server::kKeyFileName;
}

std::string ScopesText(const ApiKey& key) {
  std::string text;
  for (const auto scope : key.scopes.List()) {
    text += (text.empty() ? "" : ",") + std::string(server::Name(scope));
  }
  return text;
}

// To the second: the file has no more.
std::string TimeText(ApiKey::Time time) {
  auto text = base::FormatUtc(time);
  return text.substr(0, text.find('.')) + "Z";
}

bool IsExpired(const ApiKey& key) { return key.IsExpired(std::chrono::system_clock::now()); }

ordered_json ToJson(const ApiKey& key) {
  auto scopes = ordered_json::array();
  for (const auto scope : key.scopes.List()) scopes.push_back(server::Name(scope));
  ordered_json json = {{"id", key.id},
                       {"name", key.name},
                       {"scopes", scopes},
                       {"created", TimeText(key.created)},
                       {"rate_per_minute", nullptr},
                       {"expires", nullptr},
                       {"expired", IsExpired(key)}};
  if (key.rate_per_minute) json["rate_per_minute"] = *key.rate_per_minute;
  if (key.expires) json["expires"] = TimeText(*key.expires);
  return json;
}

std::string Dump(const ordered_json& json) {
  return json.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

void SayHowItTakesEffect(const std::filesystem::path& file) {
  Say("a server that runs with " + file.string() +
      " takes note when it is told to: kill -HUP its process");
}

struct AddOptions {
  KeysOptions keys;
  ApiKey wanted;
};

int Add(const AddOptions& options) {
  const auto file = FileOf(options.keys);
  if (!file) return Report(file.error());
  const auto made = server::MakeKey(options.wanted);
  if (!made) return Report(made.error());
  const auto added =
      server::ChangeKeys(*file, [&](std::vector<ApiKey>& keys) -> base::Result<void> {
        const auto& id = made->key.id;
        // One in four thousand million; then nothing is lost but this try.
        if (std::ranges::find(keys, id, &ApiKey::id) != keys.end()) {
          return Fail(ErrorCode::kInternal, "another key has the same id; try again");
        }
        keys.push_back(made->key);
        return {};
      });
  if (!added) return Report(added.error());
  auto json = ToJson(made->key);
  json["key"] = made->text;
  const auto written = WriteResult(options.keys.as_json ? Dump(json) : made->text + "\n");
  if (!written) return Report(written.error());
  Say("this is the key " + made->key.id + " (" + ScopesText(made->key) + ") for " +
      Printable(made->key.name) + ": it is shown once, and kept nowhere");
  SayHowItTakesEffect(*file);
  return 0;
}

std::string Table(const std::vector<ApiKey>& keys) {
  std::vector<std::vector<std::string>> rows = {
      {"id", "scopes", "a minute", "created", "expires", "name"}};
  for (const auto& key : keys) {
    rows.push_back({key.id, ScopesText(key),
                    key.rate_per_minute ? std::to_string(*key.rate_per_minute) : "-",
                    TimeText(key.created),
                    key.expires ? (IsExpired(key) ? "expired" : TimeText(*key.expires)) : "-",
                    Printable(key.name)});
  }
  std::vector<std::size_t> columns(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      columns[i] = std::max(columns[i], DisplayWidth(row[i]));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) text += PadRight(row[i], columns[i]) + "  ";
    text += row.back() + "\n";
  }
  return text;
}

int List(const KeysOptions& options) {
  const auto file = FileOf(options);
  if (!file) return Report(file.error());
  const auto keys = server::ReadKeys(*file);
  if (!keys) return Report(keys.error());
  auto json = ordered_json::array();
  for (const auto& key : *keys) json.push_back(ToJson(key));
  const auto written = WriteResult(options.as_json ? Dump(json) : Table(*keys));
  if (!written) return Report(written.error());
  if (keys->empty()) Say("there is no key; `heartbeat keys add` makes one");
  return 0;
}

struct RevokeOptions {
  KeysOptions keys;
  std::vector<std::string> ids;
};

int Revoke(const RevokeOptions& options) {
  const auto file = FileOf(options.keys);
  if (!file) return Report(file.error());
  // A file that is not there has no keys; it is not made for that.
  if (const auto read = server::ReadKeys(*file); !read) return Report(read.error());
  auto revoked = ordered_json::array();
  const auto changed =
      server::ChangeKeys(*file, [&](std::vector<ApiKey>& keys) -> base::Result<void> {
        for (const auto& id : options.ids) {
          const auto found = std::ranges::find(keys, id, &ApiKey::id);
          if (found == keys.end()) {
            return Fail(ErrorCode::kNotFound,
                        "there is no key \"" + Printable(id) +
                            "\", and none was revoked; `heartbeat keys list` shows those that "
                            "there are");
          }
          revoked.push_back(ToJson(*found));
          keys.erase(found);
        }
        return {};
      });
  if (!changed) return Report(changed.error());
  if (options.keys.as_json) {
    if (const auto written = WriteResult(Dump(revoked)); !written) return Report(written.error());
  }
  Say(std::to_string(revoked.size()) + (revoked.size() == 1 ? " key" : " keys") + " revoked");
  SayHowItTakesEffect(*file);
  return 0;
}

void AddFile(CLI::App& verb, KeysOptions& options) {
  verb.add_option("--keys", options.file,
                  "The file of keys (default: keys.toml in the data folder)")
      ->type_name("FILE");
  verb.add_option("--data-dir", options.data_dir,
                  "The data folder (default: $XDG_DATA_HOME/heartbeat or ~/.local/share/heartbeat)")
      ->type_name("DIR");
  verb.add_flag("--json", options.as_json, "Write JSON");
}

void AddScopes(CLI::App& verb, ApiKey& wanted) {
  verb.add_option_function<std::vector<std::string>>(
          "--scope",
          [&wanted](const std::vector<std::string>& names) {
            for (const auto& name : names) {
              const auto scope = server::ParseScope(name);
              if (!scope) {
                throw CLI::ValidationError("--scope", "must be predict, read, label or admin");
              }
              wanted.scopes.Add(*scope);
            }
          },
          "What the key may do: predict, read, label, or admin, which is all of them; may be "
          "repeated, or divided by commas (heartbeat routes: what each is for)")
      ->type_name("SCOPE")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->required()
      ->configurable(false);
}

void AddAdd(CLI::App& keys, Action& action) {
  CLI::App* verb = keys.add_subcommand("add", "Make a key, and show it once");
  auto options = std::make_shared<AddOptions>();
  auto& wanted = options->wanted;
  AddScopes(*verb, wanted);
  verb->add_option("--name", wanted.name, "What it is for, such as \"ward 3\": the list shows it")
      ->type_name("TEXT")
      ->required()
      ->configurable(false);
  verb->add_option("--rate", wanted.rate_per_minute,
                   "Requests a minute, beyond which it is answered 429 (default: without end)")
      ->check(CLI::Range(1, ApiKey::kMaxRate).description(""))
      ->type_name("N")
      ->configurable(false);
  verb->add_option_function<std::string>(
          "--expires",
          [&wanted](const std::string& text) {
            const auto time = server::ParseRfc3339(text);
            if (!time) {
              throw CLI::ValidationError(
                  "--expires", "must be a date, or a moment such as 2027-01-31T12:00:00Z");
            }
            wanted.expires = std::chrono::floor<std::chrono::seconds>(*time);
          },
          "When it stops to open anything; a date is its first moment in UTC (default: never)")
      ->type_name("TIME")
      ->configurable(false);
  AddFile(*verb, options->keys);
  verb->footer(
      "The key goes to standard output, and nothing else does. Only its hash is kept.\n"
      "\n"
      "Example: heartbeat keys add --name 'ward 3' --scope predict,read\n"
      "         heartbeat keys add --name Prometheus --scope read --rate 60 --expires 2027-01-01");
  NameEnvironment(*verb);
  verb->callback([=, &action] { action = [options] { return Add(*options); }; });
}

void AddList(CLI::App& keys, Action& action) {
  CLI::App* verb = keys.add_subcommand("list", "List the keys that there are, never themselves");
  auto options = std::make_shared<KeysOptions>();
  AddFile(*verb, *options);
  verb->footer("Example: heartbeat keys list --json");
  NameEnvironment(*verb);
  verb->callback([=, &action] { action = [options] { return List(*options); }; });
}

void AddRevoke(CLI::App& keys, Action& action) {
  CLI::App* verb = keys.add_subcommand("revoke", "Take keys out of the file, for ever");
  auto options = std::make_shared<RevokeOptions>();
  verb->add_option("ID", options->ids, "As heartbeat keys list names them")
      ->required()
      ->configurable(false);
  AddFile(*verb, options->keys);
  verb->footer(
      "Whoever is logged in with them is logged out as soon as the server takes note.\n"
      "\n"
      "Example: heartbeat keys revoke 3f9a1c2e && kill -HUP $(pidof heartbeat)");
  NameEnvironment(*verb);
  verb->callback([=, &action] { action = [options] { return Revoke(*options); }; });
}

}  // namespace

void AddKeys(CLI::App& app, Action& action) {
  CLI::App* verb =
      app.add_subcommand("keys", "Make, list and revoke the keys that let others use a server");
  verb->require_subcommand(1);
  verb->footer(
      "heartbeat serve lets in whoever has one, once there is a file of keys.\n"
      "\n"
      "Example: heartbeat keys add --name 'ward 3' --scope predict,read\n"
      "         heartbeat keys list");
  AddAdd(*verb, action);
  AddList(*verb, action);
  AddRevoke(*verb, action);
}

}  // namespace heartbeat::cli
