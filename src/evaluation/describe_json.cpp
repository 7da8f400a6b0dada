#include "evaluation/describe_json.h"

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "evaluation/describe_groups.h"
#include "evaluation/properties.h"

namespace heartbeat::evaluation {
namespace {

using nlohmann::json;

json PropertiesJson() {
  json list = json::array();
  for (const Property& property : Properties()) {
    list.push_back({{"key", property.key},
                    {"title", property.title},
                    {"unit", property.unit},
                    {"definition", property.definition},
                    {"decimals", property.decimals},
                    {"recorder_only", property.recorder_only}});
  }
  return list;
}

json RecordingJson(const DescribedRecording& recording) {
  json row = {{"record", recording.entry.record},  {"database", recording.entry.database},
              {"class", ClassOf(recording.entry)}, {"split", recording.entry.split},
              {"bytes", recording.file_bytes},     {"sha256", recording.file_sha256}};
  if (!recording.entry.patient.empty()) row["patient"] = recording.entry.patient;
  if (!recording.entry.location.empty()) row["location"] = recording.entry.location;
  if (!recording.IsHeard()) {
    row["error"] = recording.error;
    return row;
  }
  row["format"] = recording.source.format;
  row["sample_rate_hz"] = recording.source.sample_rate_hz;
  row["channels"] = recording.source.channels;
  row["truncated"] = recording.source.truncated;
  for (const Property& property : Properties()) {
    row[property.key] = FiniteOrNull(property.value(recording));
  }
  return row;
}

// No patient known is not the same as no patient.
json CountOrNull(std::size_t count) { return count > 0 ? json(count) : json(nullptr); }

json TotalsJson(const Description& description) {
  std::size_t heard = 0;
  std::uintmax_t bytes = 0;
  double seconds = 0;
  std::set<std::string> databases;
  std::set<std::pair<std::string, std::string>> patients;
  for (const DescribedRecording& recording : description.recordings) {
    databases.insert(recording.entry.database);
    bytes += recording.file_bytes;
    if (!recording.entry.patient.empty()) {
      patients.emplace(recording.entry.database, recording.entry.patient);
    }
    if (!recording.IsHeard()) continue;
    ++heard;
    seconds += recording.duration_s;
  }
  return {{"recordings", description.recordings.size()},
          {"heard", heard},
          {"unreadable", description.recordings.size() - heard},
          {"databases", databases.size()},
          {"patients", CountOrNull(patients.size())},
          {"duration_h", seconds / 3600},
          {"megabytes", static_cast<double>(bytes) / 1e6}};
}

}  // namespace

json ToJson(const Description& description, const DescriptionFacts& facts) {
  json document = {{"schema", "heartbeat-dataset-description"},
                   {"schema_version", 1},
                   {"program_version", facts.program_version},
                   {"created_at", facts.created_at},
                   {"datasets", facts.datasets},
                   {"seconds", facts.seconds},
                   {"totals", TotalsJson(description)},
                   {"properties", PropertiesJson()},
                   {"counts", CountsJson(description)},
                   {"locations", LocationsJson(description)},
                   {"formats", FormatsJson(description)},
                   {"groups", GroupsJson(description)},
                   {"spectra", SpectraJson(description)},
                   {"separability", SeparabilityJson(description)},
                   {"histograms", HistogramsJson(description)},
                   {"unreadable", UnreadableJson(description)},
                   {"odd", OddJson(description)},
                   {"copies", CopiesJson(description)}};
  json recordings = json::array();
  for (const DescribedRecording& recording : description.recordings) {
    recordings.push_back(RecordingJson(recording));
  }
  document["recordings"] = std::move(recordings);
  // Names of files may hold any bytes; written once with replacements and read again, all are text.
  return json::parse(document.dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace heartbeat::evaluation
