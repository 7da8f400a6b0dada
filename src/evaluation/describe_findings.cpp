#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "evaluation/copies.h"
#include "evaluation/describe_groups.h"

namespace heartbeat::evaluation {
namespace {

using nlohmann::json;

struct OddRule {
  const char* key;
  const char* title;
  bool (*applies)(const DescribedRecording&);
};

constexpr std::array kOddRules = {
    OddRule{"truncated", "The file is cut off in the middle",
            [](const DescribedRecording& r) { return r.source.truncated; }},
    OddRule{"short", "Shorter than 5 s",
            [](const DescribedRecording& r) { return r.duration_s < 5; }},
    OddRule{"faint", "Level below -60 dBFS",
            [](const DescribedRecording& r) { return r.levels.rms_dbfs < -60; }},
    OddRule{"clipped", "More than 1 % of the samples clipped",
            [](const DescribedRecording& r) { return r.levels.clipped_percent > 1; }},
    OddRule{"offset", "Offset of more than 10 % of full scale",
            [](const DescribedRecording& r) { return std::abs(r.levels.offset_percent) > 10; }},
    OddRule{"constant", "Standing still for more than 10 % of the time",
            [](const DescribedRecording& r) { return r.levels.constant_percent > 10; }},
    OddRule{"coarse", "Steps as of a converter with 12 bits or fewer",
            [](const DescribedRecording& r) { return r.levels.converter_bits <= 12; }},
    OddRule{"few_values", "Fewer than 64 different sample values",
            [](const DescribedRecording& r) { return r.levels.different_values < 64; }},
    OddRule{"tone", "A steady tone of more than 20 dB above its surroundings",
            [](const DescribedRecording& r) { return r.spectrum.tone_db > 20; }},
    OddRule{"narrow", "99 % of the power below 50 Hz",
            [](const DescribedRecording& r) { return r.spectrum.rolloff_99_hz < 50; }},
};

json Reference(const DescribedRecording& recording) {
  return {{"record", recording.entry.record},
          {"database", recording.entry.database},
          {"class", ClassOf(recording.entry)},
          {"split", recording.entry.split}};
}

// How many of each kind there are among pairs (or groups) of recordings that are the same.
struct Kinds {
  std::size_t across_splits = 0;
  std::size_t across_databases = 0;
  std::size_t across_patients = 0;
  std::size_t across_classes = 0;

  void Add(std::span<const DescribedRecording* const> same) {
    const DescribedRecording& first = *same.front();
    const auto differs = [&](const auto& of) {
      return std::ranges::any_of(
          same, [&](const DescribedRecording* other) { return of(*other) != of(first); });
    };
    across_splits += differs([](const auto& r) { return r.entry.split; });
    across_databases += differs([](const auto& r) { return r.entry.database; });
    across_patients +=
        differs([](const auto& r) { return std::pair(r.entry.database, r.entry.patient); });
    across_classes += differs([](const auto& r) { return ClassOf(r.entry); });
  }

  void Into(json& object) const {
    object["across_splits"] = across_splits;
    object["across_databases"] = across_databases;
    object["across_patients"] = across_patients;
    object["across_classes"] = across_classes;
  }
};

// Groups of recordings with the same digest.
json EqualJson(const Description& description, std::string DescribedRecording::* digest) {
  std::vector<std::string> keys;
  for (const DescribedRecording& recording : description.recordings) {
    keys.push_back(recording.*digest);
  }
  Kinds kinds;
  json groups = json::array();
  for (const std::vector<std::size_t>& group : GroupEqual(keys)) {
    std::vector<const DescribedRecording*> members;
    json references = json::array();
    for (const std::size_t i : group) {
      members.push_back(&description.recordings[i]);
      references.push_back(Reference(description.recordings[i]));
    }
    kinds.Add(members);
    groups.push_back(std::move(references));
  }
  json equal = {{"groups", std::move(groups)}};
  equal["count"] = equal["groups"].size();
  kinds.Into(equal);
  return equal;
}

}  // namespace

json UnreadableJson(const Description& description) {
  json list = json::array();
  for (const DescribedRecording& recording : description.recordings) {
    if (recording.IsHeard()) continue;
    json reference = Reference(recording);
    reference["error"] = recording.error;
    list.push_back(std::move(reference));
  }
  return list;
}

json OddJson(const Description& description) {
  json list = json::array();
  for (const OddRule& rule : kOddRules) {
    struct Count {
      std::size_t odd = 0;
      std::size_t all = 0;
    };
    std::map<std::tuple<std::string, int, std::string>, Count> counts;
    json records = json::array();
    for (const DescribedRecording& recording : description.recordings) {
      if (!recording.IsHeard()) continue;
      const std::string class_name = ClassOf(recording.entry);
      Count& count = counts[{recording.entry.database, ClassRank(class_name), class_name}];
      ++count.all;
      if (!rule.applies(recording)) continue;
      ++count.odd;
      records.push_back(Reference(recording));
    }
    json groups = json::array();
    for (const auto& [key, count] : counts) {
      if (count.odd == 0) continue;
      groups.push_back(
          {{"database", std::get<0>(key)},
           {"class", std::get<2>(key)},
           {"recordings", count.odd},
           {"of", count.all},
           {"percent", 100.0 * static_cast<double>(count.odd) / static_cast<double>(count.all)}});
    }
    list.push_back({{"key", rule.key},
                    {"title", rule.title},
                    {"count", records.size()},
                    {"groups", std::move(groups)},
                    {"records", std::move(records)}});
  }
  return list;
}

json CopiesJson(const Description& description) {
  Kinds kinds;
  json pairs = json::array();
  for (const NearCopy& copy : description.near_copies) {
    const DescribedRecording& first = description.recordings[copy.first];
    const DescribedRecording& second = description.recordings[copy.second];
    kinds.Add(std::vector{&first, &second});
    pairs.push_back({{"first", Reference(first)},
                     {"second", Reference(second)},
                     {"equal_samples", first.samples_sha256 == second.samples_sha256},
                     {"bit_error_rate", copy.bit_error_rate},
                     {"correlation", copy.alignment.correlation},
                     {"offset_s", copy.alignment.offset_s},
                     {"overlap_s", copy.alignment.overlap_s},
                     {"gain_db", copy.alignment.gain_db}});
  }
  json groups = json::array();
  for (const std::vector<std::size_t>& group :
       GroupLinked(description.near_copies, description.recordings.size())) {
    json references = json::array();
    for (const std::size_t i : group) references.push_back(Reference(description.recordings[i]));
    groups.push_back(std::move(references));
  }
  json near = {{"count", pairs.size()}, {"pairs", std::move(pairs)}, {"groups", std::move(groups)}};
  near["group_count"] = near["groups"].size();
  kinds.Into(near);
  return {{"equal_files", EqualJson(description, &DescribedRecording::file_sha256)},
          {"equal_samples", EqualJson(description, &DescribedRecording::samples_sha256)},
          {"near", std::move(near)}};
}

}  // namespace heartbeat::evaluation
