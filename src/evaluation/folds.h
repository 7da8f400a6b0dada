#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "evaluation/dataset.h"

namespace heartbeat::evaluation {

// How a recipe is judged; docs/evaluating.md says why each exists.
enum class Protocol {
  kValidation,           // learns from the rows of split train, is tested on those of validation
  kCrossValidation,      // rows of split train, each tested by a model that did not see it
  kLeaveOneDatabaseOut,  // every row of each database, by a model that saw no recording of it
  kCircorMurmur,         // murmurs by patient; needs a model with a murmur output
};
// "validation", "cross-validation", "leave-one-database-out", "circor-murmur".
[[nodiscard]] std::string_view Name(Protocol protocol);
// Errors: kInvalidArgument, naming those that there are.
[[nodiscard]] base::Result<Protocol> ParseProtocol(std::string_view name);

// One model to train: indices of entries, ascending.
struct Fold {
  std::string name;  // "validation", "fold-1", "training-a"; fit for a folder's name
  std::vector<std::size_t> train;
  std::vector<std::size_t> test;
};

struct FoldOptions {
  std::size_t folds = 5;   // of cross-validation; at least 2
  std::uint64_t seed = 1;  // of its shuffle
  // Groups of indices of entries that cross-validation keeps on one side, as GroupSameSound finds
  // them.
  std::vector<std::vector<std::size_t>> together = {};
};

// The folds of `entries`, of which only those with a label take part, and to learn from only those
// of split train or without a split. Cross-validation deals the patients, or recordings where the
// patient is not known, of each database x class over the folds in an order that `seed` and the
// entries alone decide, on every machine; those that `together` links go as one, with the database
// of the first by name. Errors: kInvalidArgument with what is missing (a split, a
// second database, a class to learn from, enough recordings; two recordings of one name; a patient
// in both splits), or that the models have no murmur output.
[[nodiscard]] base::Result<std::vector<Fold>> MakeFolds(Protocol protocol,
                                                        std::span<const DatasetEntry> entries,
                                                        const FoldOptions& options);

// For a recipe that learns murmurs too: the recordings of split train, or without a split, that
// have a murmur label and no label join the training rows of every fold. None of them is ever
// tested. Errors: kInvalidArgument where no recording to learn from has a murmur label, two
// have one name, or a fold is not honest with them (CheckFold).
[[nodiscard]] base::Result<void> AddMurmurRows(std::vector<Fold>& folds,
                                               std::span<const DatasetEntry> entries);

// Whether the fold is honest: no recording and no known patient on both sides, nothing to learn
// from that belongs to another split than train, both classes to learn from. MakeFolds has checked
// this. Errors: kInvalidArgument with what is wrong.
[[nodiscard]] base::Result<void> CheckFold(const Fold& fold, std::span<const DatasetEntry> entries);

// The two folds (fewer where there are not two) that a quick look should train: of
// leave-one-database-out those with the most test recordings of their rarer class, whose intervals
// are the narrowest; else the first two. In the order of `folds`.
[[nodiscard]] std::vector<Fold> QuickFolds(Protocol protocol, const std::vector<Fold>& folds,
                                           std::span<const DatasetEntry> entries);

}  // namespace heartbeat::evaluation
