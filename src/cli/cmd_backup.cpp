#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/data_folder.h"
#include "cli/history_options.h"
#include "cli/history_pages.h"
#include "cli/options.h"
#include "cli/text.h"

namespace heartbeat::cli {
namespace {

namespace fs = std::filesystem;

struct CopyOptions {
  std::string folder;
  std::string data_dir;
};

// What a data folder holds beside the history: recordings to train on, models trained on them, and
// who may use the server (without which it would let in anyone).
constexpr std::array kBeside = {"train", "models", "keys.toml"};

// Copies what is not there yet; gives the exit code.
int CopyBeside(const fs::path& from, const fs::path& to) {
  for (const char* name : kBeside) {
    std::error_code error;
    if (!fs::exists(from / name, error)) continue;
    fs::copy(from / name, to / name, fs::copy_options::recursive | fs::copy_options::skip_existing,
             error);
    if (error) {
      return Report({base::ErrorCode::kIo, "the history is copied, but " + (from / name).string() +
                                               " is not: " + error.message() +
                                               "; copy it by hand"});
    }
  }
  return 0;
}

// Says what was copied; gives the exit code.
int ReportCopy(const store::CopyReport& report, const std::string& where) {
  constexpr double kMiB = 1 << 20;
  for (const auto& sha256 : report.missing_recordings) {
    Say("the recording " + sha256 + " has no file and is missing in the copy, too");
  }
  Say(std::to_string(report.predictions) + " predictions and " + std::to_string(report.recordings) +
      " recordings (" + Fixed(static_cast<double>(report.recordings_bytes) / kMiB, 1) + " MiB) " +
      where);
  return report.missing_recordings.empty() ? 0 : 1;
}

int Backup(const CopyOptions& options) {
  const auto data_dir = DataFolder(options.data_dir);
  if (!data_dir) return Report(data_dir.error());
  const auto history = OpenHistory(options.data_dir);
  if (!history) return Report(history.error());
  const auto report = (*history)->Backup(options.folder);
  if (!report) {
    return Report({report.error().code,
                   "no backup was made in " + options.folder + ": " + report.error().message});
  }
  const int copied = CopyBeside(*data_dir, options.folder);
  return std::max(copied, ReportCopy(*report, "backed up in " + options.folder));
}

int Restore(const CopyOptions& options) {
  const auto data_dir = DataFolder(options.data_dir);
  if (!data_dir) return Report(data_dir.error());
  const auto report = store::Store::Restore(options.folder, *data_dir);
  if (!report) {
    return Report({report.error().code, "nothing was restored from " + options.folder + " to " +
                                            data_dir->string() + ": " + report.error().message});
  }
  const int copied = CopyBeside(options.folder, *data_dir);
  return std::max(copied, ReportCopy(*report, "restored to " + data_dir->string()));
}

}  // namespace

void AddBackup(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand(
      "backup", "Copy the history, recordings and models included, also while serving");
  auto options = std::make_shared<CopyOptions>();
  verb->add_option("DIR", options->folder, "Where to: a folder without a history")->required();
  AddDataDir(*verb, options->data_dir);
  verb->footer(
      "DIR then holds the history of one moment, as a data folder of its own: --data-dir DIR "
      "reads\n"
      "it. On the same file system recordings are hard links, which cost no space but share the\n"
      "disk's fate: keep a backup on another disk. Training data and trained models are copied "
      "too.\n"
      "\n"
      "Example: heartbeat backup /mnt/backup/heartbeat-2026-11-25");
  NameEnvironment(*verb);
  verb->callback([=, &action] { action = [options] { return Backup(*options); }; });
}

void AddRestore(CLI::App& app, Action& action) {
  CLI::App* verb =
      app.add_subcommand("restore", "Bring a backup back into a data folder without a history");
  auto options = std::make_shared<CopyOptions>();
  verb->add_option("DIR", options->folder, "The backup")->required();
  AddDataDir(*verb, options->data_dir);
  verb->footer(
      "The backup is checked first, and stays as it is. A data folder that holds a history is\n"
      "left alone: move that away first, or name another folder.\n"
      "\n"
      "Example: heartbeat restore /mnt/backup/heartbeat-2026-11-25\n"
      "         heartbeat history verify");
  NameEnvironment(*verb);
  verb->callback([=, &action] { action = [options] { return Restore(*options); }; });
}

}  // namespace heartbeat::cli
