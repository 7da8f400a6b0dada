#include "evaluation/folds.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <utility>

#include "evaluation/murmur_label.h"

namespace heartbeat::evaluation {
namespace {

using base::ErrorCode;
using base::Fail;
using base::Result;
using Entries = std::span<const DatasetEntry>;
using Key = std::pair<std::string, std::string>;  // database, and record or patient

constexpr std::array kProtocols = {Protocol::kValidation, Protocol::kCrossValidation,
                                   Protocol::kLeaveOneDatabaseOut, Protocol::kCircorMurmur};

bool IsToLearnFrom(const DatasetEntry& entry) {
  return entry.label && (entry.split.empty() || entry.split == "train");
}

bool TeachesMurmurs(const DatasetEntry& entry) {
  return MurmurLabel(entry) && (entry.split.empty() || entry.split == "train");
}

// Recordings that stay together, and whether one of them is abnormal.
struct Unit {
  std::vector<std::size_t> members;
  bool abnormal = false;
};

using UnitKey = std::array<std::string, 3>;  // database, patient, record

// Leads from the key of a unit that was joined to another to the other's.
using Joined = std::map<UnitKey, UnitKey>;

UnitKey Leader(const Joined& joined, UnitKey key) {
  for (auto at = joined.find(key); at != joined.end(); at = joined.find(key)) key = at->second;
  return key;
}

UnitKey KeyOf(const DatasetEntry& entry) {
  return {entry.database, entry.patient, entry.patient.empty() ? entry.record : ""};
}

// Of every database x class, the patients or recordings in the order of their names, whatever the
// order of `entries`.
std::map<std::pair<std::string, bool>, std::vector<Unit>> UnitsToLearnFrom(
    Entries entries, const std::vector<std::vector<std::size_t>>& together) {
  Joined joined;
  for (const std::vector<std::size_t>& group : together) {
    std::optional<UnitKey> leader;
    for (const std::size_t i : group) {
      if (!IsToLearnFrom(entries[i])) continue;
      const UnitKey other = Leader(joined, KeyOf(entries[i]));
      const auto [first, second] = std::minmax({leader.value_or(other), other});
      if (first != second) joined[second] = first;
      leader = first;
    }
  }
  std::map<UnitKey, Unit> units;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const DatasetEntry& entry = entries[i];
    if (!IsToLearnFrom(entry)) continue;
    Unit& unit = units[Leader(joined, KeyOf(entry))];
    unit.members.push_back(i);
    unit.abnormal = unit.abnormal || entry.label == Label::kAbnormal;
  }
  std::map<std::pair<std::string, bool>, std::vector<Unit>> cells;
  for (auto& [key, unit] : units) cells[{key[0], unit.abnormal}].push_back(std::move(unit));
  return cells;
}

std::vector<Fold> DealOver(Entries entries, const FoldOptions& options) {
  std::vector<Fold> folds(options.folds);
  for (std::size_t f = 0; f < folds.size(); ++f) folds[f].name = "fold-" + std::to_string(f + 1);
  std::mt19937_64 random(options.seed);
  std::size_t dealt = 0;  // goes on over the cells, so that small ones do not all begin with fold 1
  for (auto& [key, units] : UnitsToLearnFrom(entries, options.together)) {
    for (std::size_t i = units.size(); i > 1; --i) std::swap(units[i - 1], units[random() % i]);
    for (const Unit& unit : units) {
      const std::size_t tested_in = dealt++ % folds.size();
      for (std::size_t f = 0; f < folds.size(); ++f) {
        auto& rows = f == tested_in ? folds[f].test : folds[f].train;
        rows.insert(rows.end(), unit.members.begin(), unit.members.end());
      }
    }
  }
  return folds;
}

// A database's name is data; a folder's name must stay in its folder.
std::string FolderName(const std::string& name, std::set<std::string>& taken) {
  std::string folder;
  for (const char c : name) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || (c == '.' && !folder.empty());
    folder += good ? c : '_';
  }
  if (folder.empty()) folder = "_";
  while (!taken.insert(folder).second) folder += "_";
  return folder;
}

std::vector<Fold> LeaveOut(Entries entries) {
  std::map<std::string, Fold> by_database;
  for (const DatasetEntry& entry : entries) {
    if (entry.label) by_database[entry.database];
  }
  std::vector<Fold> folds;
  std::set<std::string> taken;
  for (auto& [database, fold] : by_database) {
    fold.name = FolderName(database, taken);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (!entries[i].label) continue;
      if (entries[i].database == database) {
        fold.test.push_back(i);
      } else if (IsToLearnFrom(entries[i])) {
        fold.train.push_back(i);
      }
    }
    folds.push_back(std::move(fold));
  }
  return folds;
}

Fold OfficialSplit(Entries entries) {
  Fold fold{"validation", {}, {}};
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!entries[i].label) continue;
    if (entries[i].split == "validation") fold.test.push_back(i);
    if (IsToLearnFrom(entries[i])) fold.train.push_back(i);
  }
  return fold;
}

// The number of recordings of the rarer class.
std::size_t OfRarerClass(const std::vector<std::size_t>& rows, Entries entries) {
  const auto abnormal = static_cast<std::size_t>(std::ranges::count_if(
      rows, [&](std::size_t i) { return entries[i].label == Label::kAbnormal; }));
  return std::min(abnormal, rows.size() - abnormal);
}

Result<void> CheckNames(Entries entries) {
  std::set<Key> names;
  for (const DatasetEntry& entry : entries) {
    if (entry.label && !names.emplace(entry.database, entry.record).second) {
      return Fail(ErrorCode::kInvalidArgument,
                  "two recordings are called \"" + entry.record + "\" in the database \"" +
                      entry.database + "\"; a protocol must be able to tell them apart");
    }
  }
  return {};
}

}  // namespace

std::string_view Name(Protocol protocol) {
  switch (protocol) {
    case Protocol::kValidation:
      return "validation";
    case Protocol::kCrossValidation:
      return "cross-validation";
    case Protocol::kLeaveOneDatabaseOut:
      return "leave-one-database-out";
    case Protocol::kCircorMurmur:
      return "circor-murmur";
  }
  return "";
}

Result<Protocol> ParseProtocol(std::string_view name) {
  std::string known;
  for (const Protocol protocol : kProtocols) {
    if (name == Name(protocol)) return protocol;
    known += (known.empty() ? "" : ", ") + std::string(Name(protocol));
  }
  return Fail(ErrorCode::kInvalidArgument,
              "there is no protocol \"" + std::string(name) + "\"; there are: " + known);
}

Result<std::vector<Fold>> MakeFolds(Protocol protocol, Entries entries,
                                    const FoldOptions& options) {
  if (auto names = CheckNames(entries); !names) return Fail(names);
  std::vector<Fold> folds;
  switch (protocol) {
    case Protocol::kValidation:
      folds = {OfficialSplit(entries)};
      break;
    case Protocol::kCrossValidation:
      if (options.folds < 2) {
        return Fail(ErrorCode::kInvalidArgument, "cross-validation needs at least 2 folds");
      }
      folds = DealOver(entries, options);
      break;
    case Protocol::kLeaveOneDatabaseOut:
      folds = LeaveOut(entries);
      if (folds.size() < 2) {
        return Fail(ErrorCode::kInvalidArgument,
                    "leave-one-database-out needs labelled recordings of at least two databases");
      }
      break;
    case Protocol::kCircorMurmur:
      return Fail(ErrorCode::kInvalidArgument,
                  "circor-murmur needs a model with a murmur output (present, unknown, absent), "
                  "which no recipe can train yet; choose another protocol");
  }
  for (Fold& fold : folds) {
    std::ranges::sort(fold.train);
    std::ranges::sort(fold.test);
    if (auto honest = CheckFold(fold, entries); !honest) return Fail(honest);
  }
  return folds;
}

Result<void> AddMurmurRows(std::vector<Fold>& folds, Entries entries) {
  std::vector<std::size_t> rows;
  std::set<Key> names;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const DatasetEntry& entry = entries[i];
    if (entry.label) names.emplace(entry.database, entry.record);
    if (!TeachesMurmurs(entry) || entry.label) continue;
    if (!names.emplace(entry.database, entry.record).second) {
      return Fail(ErrorCode::kInvalidArgument,
                  "two recordings are called \"" + entry.record + "\" in the database \"" +
                      entry.database + "\"; a protocol must be able to tell them apart");
    }
    rows.push_back(i);
  }
  if (rows.empty() && std::ranges::none_of(entries, TeachesMurmurs)) {
    return Fail(ErrorCode::kInvalidArgument,
                "the recipe learns murmurs (murmur.weight), but no recording of split train says "
                "of one; add a dataset that does, such as CirCor 2022, or set it to 0");
  }
  for (Fold& fold : folds) {
    fold.train.insert(fold.train.end(), rows.begin(), rows.end());
    std::ranges::sort(fold.train);
    if (auto honest = CheckFold(fold, entries); !honest) return honest;
  }
  return {};
}

Result<void> CheckFold(const Fold& fold, Entries entries) {
  const auto fail = [&](const std::string& message) {
    return Fail(ErrorCode::kInvalidArgument, fold.name + ": " + message);
  };
  if (fold.test.empty()) {
    return fail("there is no labelled recording to test on" +
                std::string(fold.name == "validation" ? "; no row has the split validation" : ""));
  }
  std::set<Key> records;
  std::set<Key> patients;
  std::set<Label> classes;
  for (const std::size_t i : fold.train) {
    const DatasetEntry& entry = entries[i];
    if (!IsToLearnFrom(entry) && !TeachesMurmurs(entry)) {
      return fail("the recording \"" + entry.record + "\" is not one to learn from");
    }
    records.emplace(entry.database, entry.record);
    if (!entry.patient.empty()) patients.emplace(entry.database, entry.patient);
    if (entry.label) classes.insert(*entry.label);
  }
  if (classes.size() < 2) {
    return fail("both classes are needed to learn from; labelled rows of split train are " +
                std::string(classes.empty()                    ? "missing"
                            : classes.contains(Label::kNormal) ? "all normal"
                                                               : "all abnormal"));
  }
  for (const std::size_t i : fold.test) {
    const DatasetEntry& entry = entries[i];
    if (records.contains({entry.database, entry.record})) {
      return fail("the recording \"" + entry.record + "\" is both learned from and tested on");
    }
    if (!entry.patient.empty() && patients.contains({entry.database, entry.patient})) {
      return fail("the patient \"" + entry.patient + "\" is both learned from and tested on");
    }
  }
  return {};
}

std::vector<Fold> QuickFolds(Protocol protocol, const std::vector<Fold>& folds, Entries entries) {
  constexpr std::size_t kQuick = 2;
  if (folds.size() <= kQuick) return folds;
  std::vector<std::size_t> order(folds.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  if (protocol == Protocol::kLeaveOneDatabaseOut) {
    std::ranges::stable_sort(order, std::greater(),
                             [&](std::size_t i) { return OfRarerClass(folds[i].test, entries); });
  }
  order.resize(kQuick);
  std::ranges::sort(order);
  std::vector<Fold> quick;
  for (const std::size_t i : order) quick.push_back(folds[i]);
  return quick;
}

}  // namespace heartbeat::evaluation
