#pragma once

#include <CLI/CLI.hpp>
#include <iosfwd>
#include <vector>

namespace heartbeat::cli {

// Reads the file of --config, which is TOML 1.0:
//   threads = 2        for every verb that has an option --threads
//   [predict]
//   threads = 4        for `heartbeat predict` alone
//   [history]          for the verbs below `heartbeat history` that have the option; one of them
//   data-dir = "kept"  alone has [history.list]
// A key is an option's long name; '_' may stand for '-'. What stands on the command line or in the
// environment goes before the file. Replaces CLI11's own reader, which takes less than TOML and
// guesses at what it does not understand.
class TomlConfig : public CLI::ConfigBase {
 public:
  // `app`, whose verbs and options the keys are held to, outlives this.
  explicit TomlConfig(const CLI::App& app) : app_(app) {}

  // Throws CLI::ConfigError, with the line, for what is no TOML, a key that no verb has and a value
  // that no option takes.
  [[nodiscard]] std::vector<CLI::ConfigItem> from_config(std::istream& input) const override;

 private:
  const CLI::App& app_;
};

}  // namespace heartbeat::cli
