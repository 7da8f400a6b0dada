#include <malloc.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <map>
#include <string>

#include "base/file.h"
#include "training/config.h"
#include "training/job.h"
#include "training/onnx_import.h"
#include "training/retrain.h"

namespace {

namespace training = heartbeat::training;

std::atomic<bool> g_stop = false;

// The first Ctrl-C stops after the current step with a checkpoint; the second kills, as usual.
void HandleSignal(int signal) {
  g_stop = true;
  std::signal(signal, SIG_DFL);
}

template <typename T>
void AddOption(CLI::App& app, const std::string& name, T& field) {
  if constexpr (std::is_enum_v<T>) {
    std::map<std::string, T> names;
    for (const auto& [text, value] : heartbeat::features::EnumNames<T>::kValues) {
      names.emplace(text, value);
    }
    app.add_option(name, field)->transform(CLI::CheckedTransformer(names))->group("Parameters");
  } else if constexpr (requires { field.push_back({}); } && !std::is_same_v<T, std::string>) {
    app.add_option(name, field)->delimiter(',')->capture_default_str()->group("Parameters");
  } else {
    app.add_option(name, field)
        ->capture_default_str()
        ->group("Parameters")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }
}

// Every step frees and takes the same few hundred megabytes. Given back to the system each time,
// they cost nearly half of the run in page faults (44 % of its processor time where it was
// measured).
void KeepFreedMemory() {
  constexpr int kLargestThreshold = 32 << 20;  // glibc takes no more
  mallopt(M_MMAP_THRESHOLD, kLargestThreshold);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
}

int Report(const heartbeat::base::Error& error) {
  std::fprintf(stderr, "heartbeat-train: %s\n", error.message.c_str());
  constexpr int kInterrupted = 130;  // as a shell reports Ctrl-C
  return error.code == heartbeat::base::ErrorCode::kCancelled
             ? kInterrupted
             : heartbeat::base::ExitCode(error.code);
}

}  // namespace

int main(int argc, char** argv) {
  training::TrainConfig config;
  std::string config_file;
  bool resume = false;
  bool print_config = false;
  std::string retrain_folder;
  std::string reexported;
  std::string reexport_to;

  // The file is applied before the options are read, so that an option wins over the file.
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--config" && i + 1 < argc) config_file = argv[i + 1];
    if (argument.starts_with("--config=")) config_file = argument.substr(9);
  }
  if (!config_file.empty()) {
    const auto text = heartbeat::base::ReadTextFile(config_file);
    if (!text) {
      Report(text.error());
      return 2;
    }
    if (const auto applied = training::ApplyToml(*text, config); !applied) {
      return Report({applied.error().code, config_file + ", " + applied.error().message});
    }
  }

  CLI::App app(
      "Trains a model on labelled heart-sound recordings and writes it as ONNX.\n"
      "Example: heartbeat train --config models/heartbeat.toml --data.folders data/physionet2016");
  app.name("heartbeat train");
  app.add_option("--config", config_file, "TOML file with any of the parameters below");
  app.add_flag("--resume", resume, "Go on from the checkpoint in output.folder");
  app.add_flag("--print-config", print_config,
               "Print every parameter as TOML, as it would be trained with, and do nothing else");
  auto* reexport =
      app.add_option(
             "--reexport", reexported,
             "Train nothing: write this model, of the same weights, to --to as this version "
             "writes models")
          ->type_name("MODEL");
  reexport->needs(app.add_option("--to", reexport_to, "With --reexport: the file to write")
                      ->type_name("FILE")
                      ->needs(reexport));
  // For the server, not for people: `heartbeat serve` writes the folder.
  app.add_option("--retrain", retrain_folder)->group("");
  training::ForEachParameter(config,
                             [&](const std::string& section, const char* name, auto& field) {
                               AddOption(app, "--" + section + "." + name, field);
                             });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }

  if (print_config) {
    if (const auto valid = config.Validate(); !valid) return Report(valid.error());
    return std::fputs(training::ToToml(config).c_str(), stdout) < 0 || std::fflush(stdout) != 0;
  }
  if (!reexported.empty()) {
    const auto written = training::Reexport(reexported, reexport_to);
    return written ? 0 : Report(written.error());
  }
  KeepFreedMemory();
  if (!retrain_folder.empty()) {
    // Signals end it at once: there is nothing to save, and who asks does not want to wait.
    const auto retrained = training::Retrain(retrain_folder, g_stop);
    return retrained ? 0 : Report(retrained.error());
  }
  std::signal(SIGINT, HandleSignal);
  std::signal(SIGTERM, HandleSignal);
  const auto done = training::RunJob(config, resume, g_stop, ::isatty(STDERR_FILENO) != 0);
  if (!done) return Report(done.error());
  return 0;
}
