#include <sys/utsname.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "audio/decode.h"
#include "base/clock.h"
#include "base/parallel.h"
#include "evaluation/largest_errors.h"
#include "evaluation/report_page.h"

namespace heartbeat::evaluation {
namespace {

using nlohmann::json;

constexpr std::size_t kErrorsOfEach = 6;

std::string Machine() {
  utsname name{};
  const std::string system = uname(&name) == 0 ? std::string(name.sysname) + " " + name.machine
                                               : std::string("unknown system");
  return system + ", " + std::to_string(std::thread::hardware_concurrency()) + " processor threads";
}

std::optional<SoundExhibit> ReadExhibit(const DatasetEntry& entry) {
  const auto decoded = audio::DecodeFile(entry.path);
  if (!decoded) return {};
  auto exhibit = MakeSoundExhibit(decoded->recording);
  if (!exhibit) return {};
  return std::move(*exhibit);
}

}  // namespace

base::Result<std::string> CompleteReport(const EvaluationResults& results, json& document,
                                         unsigned threads) {
  const std::vector<std::size_t> errors = LargestErrors(results.predictions, kErrorsOfEach);
  document["created_at"] = base::FormatUtc(std::chrono::system_clock::now());
  document["machine"] = Machine();
  document["largest_errors"] = LargestErrorsJson(results.predictions, errors);
  // Names of files may hold any bytes; written once with replacements and read again, all are text.
  document = json::parse(document.dump(-1, ' ', false, json::error_handler_t::replace));
  std::vector<std::optional<SoundExhibit>> exhibits(errors.size());
  base::ParallelFor(errors.size(), threads, [&](std::size_t i) {
    exhibits[i] = ReadExhibit(results.predictions[errors[i]].entry);
  });
  return ReportPage(document, exhibits);
}

}  // namespace heartbeat::evaluation
