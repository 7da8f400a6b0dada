#include "training/sampler.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "evaluation/murmur_label.h"

namespace heartbeat::training {
namespace {

using CellKey = std::pair<evaluation::Label, std::string>;

std::map<CellKey, std::vector<std::size_t>> GroupByCell(std::span<const Example> examples,
                                                        std::span<const std::size_t> indices) {
  std::map<CellKey, std::vector<std::size_t>> cells;
  for (const std::size_t i : indices) {
    if (!examples[i].entry.label) continue;
    cells[{examples[i].entry.label.value(), examples[i].entry.database}].push_back(i);
  }
  return cells;
}

// What an example counts as when some are held out. Labels come first: the cells that they make
// are numbered, and so drawn from, as if the others were not there.
enum class Stratum { kNormal, kAbnormal, kAbsent, kUnknown, kPresent };

Stratum StratumOf(const evaluation::DatasetEntry& entry) {
  if (entry.label) {
    return *entry.label == evaluation::Label::kAbnormal ? Stratum::kAbnormal : Stratum::kNormal;
  }
  switch (evaluation::MurmurLabel(entry).value()) {
    case evaluation::Murmur::kPresent:
      return Stratum::kPresent;
    case evaluation::Murmur::kUnknown:
      return Stratum::kUnknown;
    case evaluation::Murmur::kAbsent:
      break;
  }
  return Stratum::kAbsent;
}

// Of a patient with recordings of both.
Stratum Combine(Stratum a, Stratum b) {
  const auto has_label = [](Stratum s) { return s <= Stratum::kAbnormal; };
  if (has_label(a) != has_label(b)) return std::min(a, b);
  return std::max(a, b);
}

// Examples that stay together, and what they count as in which database.
struct Unit {
  std::pair<Stratum, std::string> cell;
  std::vector<std::size_t> members;
};

// One unit a patient, or a recording where the patient is not known. A patient with an abnormal
// recording counts as abnormal, else one with a murmur somewhere as one with a murmur.
std::vector<Unit> GroupByPatient(std::span<const Example> examples) {
  std::vector<Unit> units;
  std::map<std::pair<std::string, std::string>, std::size_t> unit_of;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const evaluation::DatasetEntry& entry = examples[i].entry;
    std::size_t unit = units.size();
    if (!entry.patient.empty()) {
      unit = unit_of.emplace(std::pair(entry.database, entry.patient), unit).first->second;
    }
    if (unit == units.size()) units.push_back({{StratumOf(entry), entry.database}, {}});
    units[unit].cell.first = Combine(units[unit].cell.first, StratumOf(entry));
    units[unit].members.push_back(i);
  }
  return units;
}

}  // namespace

Split HoldOut(std::span<const Example> examples, double fraction, std::uint64_t seed) {
  std::map<std::pair<Stratum, std::string>, std::vector<Unit>> cells;
  for (Unit& unit : GroupByPatient(examples)) cells[unit.cell].push_back(std::move(unit));
  Split split;
  std::uint64_t cell_number = 0;
  for (auto& [key, units] : cells) {
    Random random(seed, 0, cell_number++);
    for (std::size_t i = units.size(); i > 1; --i) {
      std::swap(units[i - 1], units[random.Index(i)]);
    }
    auto held =
        static_cast<std::size_t>(std::llround(fraction * static_cast<double>(units.size())));
    if (held == 0 && units.size() >= 5) held = 1;
    for (std::size_t i = 0; i < units.size(); ++i) {
      auto& into = i < held ? split.holdout : split.learn;
      into.insert(into.end(), units[i].members.begin(), units[i].members.end());
    }
  }
  std::ranges::sort(split.learn);
  std::ranges::sort(split.holdout);
  return split;
}

Sampler::Sampler(std::span<const Example> examples, std::span<const std::size_t> learn,
                 const SamplingConfig& config, double murmur_cell_weight) {
  const bool database_first = config.first == "database";
  std::map<std::string, Group> groups;
  std::map<std::string, double> logs;  // the sum of the logarithms of a group's weights
  std::map<std::string, std::map<evaluation::Label, double>> drawn;  // by database, within a group
  for (auto& [key, members] : GroupByCell(examples, learn)) {
    const auto& [label, database] = key;
    const std::string name = database_first ? database : std::string(evaluation::Name(label));
    const double size = std::min<double>(static_cast<double>(members.size()), config.cell_cap);
    const double times =
        evaluation::MurmurLabel(examples[members.front()].entry) ? murmur_cell_weight : 1;
    const double weight = times * std::pow(size, config.cell_power);
    logs[name] += std::log(weight);
    std::vector<Cell>& cells = groups[name].cells;
    const double before = cells.empty() ? 0 : cells.back().cumulative_weight;
    cells.push_back({std::move(members), before + (database_first ? 1 : weight)});
    drawn[database][label] = cells.back().cumulative_weight - before;
  }
  for (const auto& [database, weights] : drawn) {
    if (weights.size() < 2) continue;
    // Where the class is drawn first, a weight is a share of the class's.
    const auto share = [&](evaluation::Label label) {
      const double of =
          database_first
              ? 2
              : groups[std::string(evaluation::Name(label))].cells.back().cumulative_weight;
      return weights.at(label) / of;
    };
    log_odds_[database] =
        std::log(share(evaluation::Label::kAbnormal) / share(evaluation::Label::kNormal));
  }
  double total = 0;
  for (auto& [name, group] : groups) {
    total += database_first ? std::exp(logs[name] / static_cast<double>(group.cells.size())) : 1;
    group.cumulative_weight = total;
    groups_.push_back(std::move(group));
  }
}

double Sampler::LogOdds(const std::string& database) const {
  const auto at = log_odds_.find(database);
  return at == log_odds_.end() ? 0 : at->second;
}

std::size_t Sampler::Draw(Random& random) const {
  const auto draw = [&random]<typename Weighted>(const std::vector<Weighted>& all) -> auto& {
    const double target = random.Uniform(0, all.back().cumulative_weight);
    const auto at = std::ranges::upper_bound(all, target, {}, &Weighted::cumulative_weight);
    return at == all.end() ? all.back() : *at;
  };
  const Cell& cell = draw(draw(groups_).cells);
  return cell.members[random.Index(cell.members.size())];
}

}  // namespace heartbeat::training
