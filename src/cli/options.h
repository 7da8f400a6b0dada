#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace heartbeat::cli {

// Gives each option of `verb` its environment variable: --max-queue is HEARTBEAT_MAX_QUEUE.
void NameEnvironment(CLI::App& verb);

// The one of `options` that was given (of flags, that is on), or nullptr where none was: the
// command line goes before the environment and the configuration file. Throws CLI::ValidationError
// where two were.
[[nodiscard]] const CLI::Option* OneOf(const CLI::App& verb,
                                       const std::vector<const CLI::Option*>& options);

// "HEARTBEAT_PORT is set in the environment" where the variable of an option that `message` names
// is: nobody sees on the command line where such a mistake comes from. Else empty.
[[nodiscard]] std::string EnvironmentNote(const CLI::App& app, std::string_view message);

// `text` with its spaces turned into line ends where a line would be wider than `columns`.
[[nodiscard]] std::string Wrap(std::string_view text, std::size_t columns);

// Help that fits 80 columns: "--port PORT", then what it is with its default and its variable.
class HelpFormatter : public CLI::Formatter {
 public:
  [[nodiscard]] std::string make_option_opts(const CLI::Option* option) const override;
  [[nodiscard]] std::string make_option_desc(const CLI::Option* option) const override;
};

}  // namespace heartbeat::cli
