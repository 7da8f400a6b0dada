#include "evaluation/murmur_patients.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace heartbeat::evaluation {
namespace {

using base::ErrorCode;
using base::Fail;

constexpr std::size_t kPresent = 0;
constexpr std::size_t kUnknown = 1;
constexpr std::size_t kAbsent = 2;
// Of the 569 patients of CirCor's split train: 106 present, 39 unknown, 424 absent.
constexpr MurmurProbabilities kShareOfPatients = {106.0 / 569, 39.0 / 569, 424.0 / 569};

}  // namespace

MurmurProbabilities PatientProbabilities(std::span<const MurmurProbabilities> recordings) {
  double present = 0;
  double unknown = 0;
  double absent = 0;
  for (const MurmurProbabilities& recording : recordings) {
    present = std::max(present, recording[kPresent]);
    unknown += recording[kUnknown];
    absent += recording[kAbsent];
  }
  const double rest = unknown + absent;
  // Sure of a murmur at each location: there is nothing left to share.
  if (rest == 0) return {1, 0, 0};
  return {present, (1 - present) * unknown / rest, (1 - present) * absent / rest};
}

Murmur CallMurmur(const MurmurProbabilities& patient) {
  Murmur called = Murmur::kPresent;
  double largest = -1;
  for (const Murmur murmur : {Murmur::kPresent, Murmur::kUnknown, Murmur::kAbsent}) {
    const auto c = static_cast<std::size_t>(murmur);
    const double worth = kMurmurWeights.at(c) * kShareOfPatients.at(c) * patient.at(c);
    if (worth > largest) {
      largest = worth;
      called = murmur;
    }
  }
  return called;
}

base::Result<std::vector<MurmurPatient>> JoinPatients(std::span<const ScoredMurmur> scored) {
  // By database, patient and, where that is not known, record.
  std::map<std::array<std::string, 3>, std::vector<const ScoredMurmur*>> recordings_of;
  for (const ScoredMurmur& item : scored) {
    const DatasetEntry& entry = item.entry;
    if (!entry.patient_murmur) continue;
    recordings_of[{entry.database, entry.patient, entry.patient.empty() ? entry.record : ""}]
        .push_back(&item);
  }
  if (recordings_of.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "none of these recordings says whether its patient has a murmur (the column "
                "patient_murmur of manifest.csv)");
  }
  std::vector<MurmurPatient> patients;
  for (const auto& [key, recordings] : recordings_of) {
    MurmurPatient patient{.database = key[0], .patient = key[1].empty() ? key[2] : key[1]};
    patient.truth = *recordings.front()->entry.patient_murmur;
    std::vector<MurmurProbabilities> heard;
    for (const ScoredMurmur* item : recordings) {
      if (item->entry.patient_murmur != patient.truth) {
        return Fail(ErrorCode::kInvalidArgument,
                    "the recordings of the patient \"" + patient.patient +
                        "\" disagree about whether there is a murmur; patient_murmur must be the "
                        "same for all of them");
      }
      if (!item->IsHeard()) {
        ++patient.refused;
        continue;
      }
      ++patient.heard;
      patient.poor_quality += item->poor_quality ? 1 : 0;
      heard.push_back(item->probabilities);
    }
    patient.called = Murmur::kUnknown;
    if (!heard.empty()) {
      patient.probabilities = PatientProbabilities(heard);
      patient.called = CallMurmur(patient.probabilities);
    }
    patients.push_back(std::move(patient));
  }
  return patients;
}

}  // namespace heartbeat::evaluation
