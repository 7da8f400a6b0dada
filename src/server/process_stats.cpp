#include "server/process_stats.h"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

namespace heartbeat::server {
namespace {

// Not base::ReadFile: files of /proc have no size.
std::string ReadProcFile(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string_view TakeWord(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \n"), text.size()));
  const auto word = text.substr(0, text.find_first_of(" \n"));
  text.remove_prefix(word.size());
  return word;
}

std::optional<double> ToNumber(std::string_view word) {
  double number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return number;
}

// Seconds since the epoch at which the machine started; 0 where /proc does not tell.
double BootTime() {
  const std::string stat = ReadProcFile("/proc/stat");
  const auto at = stat.find("\nbtime ");
  if (at == std::string::npos) return 0;
  std::string_view rest(stat);
  rest.remove_prefix(at + 7);
  return ToNumber(TakeWord(rest)).value_or(0);
}

double CountDescriptors() {
  std::error_code error;
  double count = 0;
  std::filesystem::directory_iterator entry("/proc/self/fd", error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) ++count;
  return count > 0 ? count - 1 : 0;  // one of them is the folder that is being read
}

}  // namespace

std::optional<StatLine> ParseStatLine(std::string_view line, double ticks_per_s,
                                      double page_bytes) {
  // The name of the program stands in parentheses and may itself hold spaces and parentheses.
  const auto name_end = line.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  line.remove_prefix(name_end + 1);
  static_cast<void>(TakeWord(line));  // the state, a letter
  std::array<double, 21> fields{};    // from the fourth of proc(5)'s table on
  for (double& field : fields) {
    const auto number = ToNumber(TakeWord(line));
    if (!number) return std::nullopt;
    field = *number;
  }
  const auto field = [&fields](std::size_t number) { return fields.at(number - 4); };
  StatLine parsed;
  parsed.stats.cpu_s = (field(14) + field(15)) / ticks_per_s;
  parsed.stats.threads = field(20);
  parsed.start_ticks = field(22);
  parsed.stats.virtual_bytes = field(23);
  parsed.stats.resident_bytes = field(24) * page_bytes;
  return parsed;
}

std::optional<ProcessStats> ReadProcessStats() {
  const auto ticks_per_s = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page_bytes = static_cast<double>(::sysconf(_SC_PAGESIZE));
  auto parsed = ParseStatLine(ReadProcFile("/proc/self/stat"), ticks_per_s, page_bytes);
  if (!parsed) return std::nullopt;
  parsed->stats.start_time_s = BootTime() + parsed->start_ticks / ticks_per_s;
  parsed->stats.open_descriptors = CountDescriptors();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    parsed->stats.max_descriptors = static_cast<double>(limit.rlim_cur);
  }
  return parsed->stats;
}

}  // namespace heartbeat::server
