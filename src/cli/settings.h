#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

namespace heartbeat::cli {

// Where the value of a setting comes from, the strongest last.
enum class Origin { kDefault, kFile, kEnvironment, kFlag };

// One option of a verb with the value that the verb would run with.
struct Setting {
  std::string name;   // the long name without its dashes: "max-queue"
  std::string value;  // as it would stand on the command line; "": not set; flags: true or false
  Origin origin = Origin::kDefault;
  std::string variable;  // "HEARTBEAT_MAX_QUEUE"
};

// The options of `verb`, in the order of its help, after the parsing; without help.
[[nodiscard]] std::vector<Setting> Settings(const CLI::App& verb);

// A table with a row for each; and JSON, {"settings": [{"name", "value", "from", "variable"}]},
// whose values are texts, null where nothing is set. "from" is default, file, environment or flag.
[[nodiscard]] std::string ToTable(const std::vector<Setting>& settings);
[[nodiscard]] std::string ToJson(const std::vector<Setting>& settings);

// A variable of `environment` (as `environ`, ended by a null pointer) that begins with HEARTBEAT_
// and belongs to no option of `app` and its verbs: most likely a slip. Variables of the tests and
// benchmarks (HEARTBEAT_TEST_…, HEARTBEAT_BENCH_…, HEARTBEAT_CRASH_ROUNDS) are passed over.
[[nodiscard]] std::optional<std::string> UnknownVariable(const CLI::App& app,
                                                         const char* const* environment);

}  // namespace heartbeat::cli
