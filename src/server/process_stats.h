#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace heartbeat::server {

// What the system knows of this process.
struct ProcessStats {
  double cpu_s = 0;         // user and system, of all threads
  double start_time_s = 0;  // since the epoch
  double resident_bytes = 0;
  double virtual_bytes = 0;
  double threads = 0;
  double open_descriptors = 0;
  double max_descriptors = 0;
};

// nullopt where the system does not tell (no /proc).
[[nodiscard]] std::optional<ProcessStats> ReadProcessStats();

// What a line of /proc/<pid>/stat tells (proc(5)): everything but start_time_s, which it gives in
// clock ticks since the machine started, and the descriptors.
struct StatLine {
  ProcessStats stats;
  double start_ticks = 0;
};
// `ticks_per_s`, `page_bytes`: of sysconf. nullopt where the line is not of that form.
[[nodiscard]] std::optional<StatLine> ParseStatLine(std::string_view line, double ticks_per_s,
                                                    double page_bytes);

}  // namespace heartbeat::server
