#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace heartbeat::cli {

struct ManPage {
  std::string name;  // "heartbeat-history-list", in section 1
  std::string text;  // roff with the macros of man(7)
};

// The page of `app` itself and of every verb, in the order of its help: what their --help says.
[[nodiscard]] std::vector<ManPage> ManPages(const CLI::App& app);

}  // namespace heartbeat::cli
