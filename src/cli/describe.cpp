#include "cli/describe.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "base/clock.h"
#include "base/file.h"
#include "base/progress.h"
#include "cli/console.h"
#include "cli/text.h"
#include "evaluation/dataset.h"
#include "evaluation/describe.h"
#include "evaluation/describe_json.h"
#include "evaluation/describe_page.h"

namespace heartbeat::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string DatasetName(const std::string& folder) {
  const fs::path path = fs::path(folder).lexically_normal();
  const fs::path name = path.has_filename() ? path.filename() : path.parent_path().filename();
  return name.empty() || name == "." ? std::string("data") : name.string();
}

std::string Cell(const json& value, int decimals) {
  return value.is_number() ? Fixed(value.get<double>(), decimals) : std::string("-");
}

// The property that tells the classes of `database` apart best, where both have ten recordings or
// more.
std::string BestSeparator(const json& document, const std::string& database) {
  constexpr std::size_t kMinOfClass = 10;
  const json* best = nullptr;
  const auto distance = [](const json& row) {
    return std::abs(row.at("auroc").get<double>() - 0.5);
  };
  for (const json& row : document.at("separability")) {
    if (row.at("database") != database || !row.at("auroc").is_number()) continue;
    if (row.at("negatives") < kMinOfClass || row.at("positives") < kMinOfClass) continue;
    if (best == nullptr || distance(row) > distance(*best)) best = &row;
  }
  if (best == nullptr) return "-";
  return best->at("property").get<std::string>() + " " + Cell(best->at("auroc"), 2);
}

std::string Table(const json& document) {
  std::string table = PadRight("database", 16) + PadRight("class", 16) + PadLeft("recordings", 10) +
                      PadLeft("length s", 10) + PadLeft("level dBFS", 12) +
                      PadLeft("bandwidth Hz", 14) + PadLeft("bits", 7) +
                      "   classes differ most in (AUROC)\n";
  std::string last;
  for (const json& group : document.at("groups")) {
    const std::string database = group.at("database");
    const json& properties = group.at("properties");
    const auto median = [&](const char* key, int decimals) {
      return Cell(properties.at(key).at("p50"), decimals);
    };
    table += PadRight(Printable(database), 16) +
             PadRight(group.at("class").get<std::string>(), 16) +
             PadLeft(std::to_string(group.at("recordings").get<std::size_t>()), 10) +
             PadLeft(median("duration_s", 1), 10) + PadLeft(median("rms_dbfs", 1), 12) +
             PadLeft(median("bandwidth_hz", 0), 14) + PadLeft(median("converter_bits", 1), 7);
    if (database != last) table += "   " + BestSeparator(document, database);
    table += "\n";
    last = database;
  }
  const json& copies = document.at("copies");
  const auto count = [](const json& value) { return std::to_string(value.get<std::size_t>()); };
  const json& near = copies.at("near");
  table +=
      "Medians of each class. Cannot be heard: " + count(document.at("totals").at("unreadable")) +
      ". Groups of equal files: " + count(copies.at("equal_files").at("count")) +
      ". Pairs that hold the same sound: " + count(near.at("count")) + " (across splits " +
      count(near.at("across_splits")) + ", classes " + count(near.at("across_classes")) +
      ", databases " + count(near.at("across_databases")) + ").\n";
  return table;
}

base::Result<std::vector<evaluation::DatasetEntry>> ReadData(const DescribeOptions& options) {
  std::vector<evaluation::DatasetEntry> entries;
  for (const std::string& folder : options.data) {
    auto read = evaluation::ReadDataset(folder);
    if (!read) return base::Fail(read);
    std::ranges::move(*read, std::back_inserter(entries));
  }
  if (options.split.empty()) return entries;
  std::erase_if(entries, [&](const auto& entry) { return entry.split != options.split; });
  if (!entries.empty()) return entries;
  return base::Fail(base::ErrorCode::kInvalidArgument,
                    "no recording has the split \"" + options.split +
                        "\"; leave --split out to describe them all");
}

base::Result<void> WriteReport(const fs::path& folder, const json& document) {
  const auto page = evaluation::DescriptionPage(document);
  if (!page) return base::Fail(page);
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    return base::Fail(base::ErrorCode::kIo,
                      "cannot make the folder " + folder.string() + ": " + error.message());
  }
  const auto written = base::WriteFileAtomically(folder / "describe.json", document.dump(1) + "\n");
  if (!written) return written;
  return base::WriteFileAtomically(folder / "describe.html", *page);
}

// Names the first of those that cannot be heard.
void SayUnreadable(const json& unreadable) {
  constexpr std::size_t kNamed = 10;
  for (std::size_t i = 0; i < std::min(unreadable.size(), kNamed); ++i) {
    const json& one = unreadable[i];
    Say(one.at("database").get<std::string>() + "/" + one.at("record").get<std::string>() + ": " +
        one.at("error").get<std::string>());
  }
  if (unreadable.size() > kNamed) {
    Say("and " + std::to_string(unreadable.size() - kNamed) + " more like these");
  }
}

}  // namespace

int Describe(const DescribeOptions& options) {
  const base::Stopwatch stopwatch;
  const auto entries = ReadData(options);
  if (!entries) return Report(entries.error());
  evaluation::Description description;
  {
    base::Progress progress(entries->size(), base::Progress::ForStandardError(options.quiet));
    description = evaluation::Describe(*entries, options.threads,
                                       [&](std::size_t done) { progress.Set(done); });
  }
  evaluation::DescriptionFacts facts{
      .program_version = HEARTBEAT_VERSION,
      .created_at = base::FormatUtc(std::chrono::system_clock::now()),
      .datasets = {},
      .seconds = stopwatch.ElapsedSeconds()};
  for (const std::string& folder : options.data) facts.datasets.push_back(DatasetName(folder));
  const json document = evaluation::ToJson(description, facts);
  const fs::path folder = options.out.empty() ? fs::path(".") : fs::path(options.out);
  if (const auto written = WriteReport(folder, document); !written) return Report(written.error());
  const auto shown = WriteResult(options.as_json ? document.dump(1) + "\n" : Table(document));
  if (!shown) return Report(shown.error());
  Say("the whole report is " + (folder / "describe.html").string() + ", its figures " +
      (folder / "describe.json").string());
  SayUnreadable(document.at("unreadable"));
  return document.at("unreadable").empty() ? 0 : 1;
}

}  // namespace heartbeat::cli
