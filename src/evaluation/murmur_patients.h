#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "evaluation/dataset.h"
#include "evaluation/murmur_accuracy.h"

namespace heartbeat::evaluation {

// The probabilities of present, unknown and absent, in the order of Murmur.
using MurmurProbabilities = std::array<double, 3>;

// One recording after it went through the serving path, as the model hears its murmur.
struct ScoredMurmur {
  DatasetEntry entry;
  std::string error;  // why it was refused; empty where it was heard
  // What follows is meaningless where `error` is not empty.
  MurmurProbabilities probabilities{};
  bool poor_quality = false;  // what the gate says

  [[nodiscard]] bool IsHeard() const { return error.empty(); }
};

// A patient, over all locations.
struct MurmurPatient {
  std::string database;
  std::string patient;
  Murmur truth = Murmur::kAbsent;  // heard anywhere on this patient
  std::size_t heard = 0;           // recordings
  std::size_t poor_quality = 0;    // of those heard
  std::size_t refused = 0;         // files that cannot be read
  MurmurProbabilities probabilities{};
  Murmur called = Murmur::kAbsent;
};

// What the recordings of a patient say together, of which there is at least one: the largest
// probability of present, as a murmur heard at one location is a murmur; the rest is shared by
// unknown and absent as in the mean over the recordings. They add up to 1.
[[nodiscard]] MurmurProbabilities PatientProbabilities(
    std::span<const MurmurProbabilities> recordings);

// The class of the largest product of a probability, the share of its class among patients and its
// weight in the challenge's score, which is what maximises that score where the probabilities are
// those of equally frequent classes.
[[nodiscard]] Murmur CallMurmur(const MurmurProbabilities& patient);

// The patients of `scored` in the order of database and patient. Recordings without a known patient
// are a patient each; patients without a truth are left out. A patient of whom nothing was heard is
// called unknown. Errors: kInvalidArgument where recordings of one patient disagree about the
// truth, or nobody has one.
[[nodiscard]] base::Result<std::vector<MurmurPatient>> JoinPatients(
    std::span<const ScoredMurmur> scored);

}  // namespace heartbeat::evaluation
