#include "server/model_figures.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/file.h"

namespace heartbeat::server {
namespace {

using base::ErrorCode;
using base::Fail;
using nlohmann::json;

constexpr std::uintmax_t kMaxFileBytes = std::uintmax_t{8} << 20;
constexpr std::string_view kAll = "all";

const json* FindMember(const json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

std::optional<double> FindNumber(const json& object, const char* name) {
  const auto* member = FindMember(object, name);
  if (member == nullptr || !member->is_number()) return std::nullopt;
  return member->get<double>();
}

std::optional<std::uint64_t> FindCount(const json& object, const char* name) {
  const auto* member = FindMember(object, name);
  if (member == nullptr || !member->is_number_unsigned()) return std::nullopt;
  return member->get<std::uint64_t>();
}

std::optional<std::string> FindText(const json& object, const char* name) {
  const auto* member = FindMember(object, name);
  if (member == nullptr || !member->is_string()) return std::nullopt;
  return member->get<std::string>();
}

std::optional<GroupFigures::Confusion> ParseConfusion(const json& group) {
  const auto* matrix = FindMember(group, "confusion_matrix");
  if (matrix == nullptr) return std::nullopt;
  const auto true_negative = FindCount(*matrix, "true_negative");
  const auto false_positive = FindCount(*matrix, "false_positive");
  const auto false_negative = FindCount(*matrix, "false_negative");
  const auto true_positive = FindCount(*matrix, "true_positive");
  if (!true_negative || !false_positive || !false_negative || !true_positive) return std::nullopt;
  return GroupFigures::Confusion{.true_negative = *true_negative,
                                 .false_positive = *false_positive,
                                 .false_negative = *false_negative,
                                 .true_positive = *true_positive};
}

std::optional<GroupFigures> ParseGroup(const json& group) {
  auto database = FindText(group, "database");
  const auto normal = FindCount(group, "normal");
  const auto abnormal = FindCount(group, "abnormal");
  if (!database || !normal || !abnormal) return std::nullopt;
  GroupFigures figures;
  figures.database = *std::move(database);
  figures.normal = *normal;
  figures.abnormal = *abnormal;
  figures.refused = FindCount(group, "refused").value_or(0);
  figures.confusion = ParseConfusion(group);
  for (const auto& [name, member] : group.items()) {
    // A measure is undefined, and null, where a class is missing.
    const auto value = FindNumber(member, "value");
    if (!value) continue;
    figures.measures.emplace(name, FigureEstimate{.value = *value,
                                                  .low = FindNumber(member, "low"),
                                                  .high = FindNumber(member, "high")});
  }
  return figures;
}

std::unexpected<base::Error> Unusable(std::string_view why) {
  return Fail(ErrorCode::kInvalidArgument,
              "the metrics.json beside the model " + std::string(why) +
                  "; `heartbeat evaluate MODEL DATA --out DIR` writes one that can be used");
}

base::Result<ModelFigures> Parse(const json& report, std::string_view model_sha256) {
  if (report.is_discarded() || !report.is_object()) return Unusable("is not JSON");
  const auto* model = FindMember(report, "model");
  const auto sha256 = model == nullptr ? std::nullopt : FindText(*model, "sha256");
  if (!sha256) return Unusable("does not say which model it is about");
  if (*sha256 != model_sha256) return Unusable("is about another model");
  const auto threshold = FindNumber(report, "threshold");
  const auto* groups = FindMember(report, "groups");
  if (!threshold || groups == nullptr || !groups->is_array()) return Unusable("has no figures");
  ModelFigures figures;
  figures.split = FindText(report, "split");
  figures.threshold = *threshold;
  for (const auto& group : *groups) {
    auto parsed = ParseGroup(group);
    if (!parsed) return Unusable("has a group of figures that cannot be read");
    figures.groups.push_back(*std::move(parsed));
  }
  if (std::ranges::find(figures.groups, kAll, &GroupFigures::database) == figures.groups.end()) {
    return Unusable("has no figures over all recordings");
  }
  return figures;
}

json OrNull(const std::optional<double>& number) { return number ? json(*number) : json(nullptr); }

}  // namespace

std::optional<double> GroupFigures::Find(const std::string& measure) const {
  const auto found = measures.find(measure);
  if (found == measures.end()) return std::nullopt;
  return found->second.value;
}

const GroupFigures& ModelFigures::all() const {
  return *std::ranges::find(groups, kAll, &GroupFigures::database);
}

base::Result<ModelFigures> ReadModelFigures(const std::filesystem::path& model_path,
                                            std::string_view model_sha256) {
  const auto text = base::ReadTextFile(model_path.parent_path() / "metrics.json", kMaxFileBytes);
  if (!text) {
    if (text.error().code != ErrorCode::kNotFound) return Unusable("cannot be read");
    return Fail(ErrorCode::kNotFound,
                "there is no metrics.json beside the model; `heartbeat evaluate MODEL DATA --out "
                "DIR` writes one");
  }
  return Parse(json::parse(*text, nullptr, false), model_sha256);
}

json ToJson(const ModelFigures& figures) {
  json groups = json::array();
  for (const auto& group : figures.groups) {
    json measures = json::object();
    for (const auto& [name, estimate] : group.measures) {
      measures[name] = {{"value", estimate.value},
                        {"low", OrNull(estimate.low)},
                        {"high", OrNull(estimate.high)}};
    }
    json confusion = nullptr;
    if (group.confusion) {
      confusion = {{"true_negative", group.confusion->true_negative},
                   {"false_positive", group.confusion->false_positive},
                   {"false_negative", group.confusion->false_negative},
                   {"true_positive", group.confusion->true_positive}};
    }
    groups.push_back({{"database", group.database},
                      {"normal", group.normal},
                      {"abnormal", group.abnormal},
                      {"refused", group.refused},
                      {"confusion_matrix", std::move(confusion)},
                      {"measures", std::move(measures)}});
  }
  return {{"split", figures.split ? json(*figures.split) : json(nullptr)},
          {"threshold", figures.threshold},
          {"groups", std::move(groups)}};
}

}  // namespace heartbeat::server
