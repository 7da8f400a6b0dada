#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "evaluation/measures.h"
#include "evaluation/murmur_accuracy.h"
#include "evaluation/murmur_patients.h"
#include "evaluation/ranking.h"

namespace heartbeat::evaluation {

// How well murmurs are told, by patient. The intervals resample patients within each class.
struct MurmurMeasures {
  std::array<std::size_t, 3> patients{};  // of each class, in the order of Murmur
  std::size_t nothing_heard = 0;          // patients of whom no recording was heard
  std::size_t recordings = 0;             // heard
  std::size_t poor_quality = 0;           // of those
  std::size_t refused = 0;
  MurmurConfusion confusion{};
  Estimate weighted_accuracy;           // of the challenge (WeightedMurmurAccuracy)
  Estimate accuracy;                    // called right
  std::array<Estimate, 3> sensitivity;  // of each class, called so
  Estimate auroc;                       // present against absent, by the probability of present
  std::vector<CurvePoint> roc;          // of that
};

// `resamples`: of the bootstrap; the same seed gives the same draws on every machine.
[[nodiscard]] MurmurMeasures MeasureMurmurs(std::span<const MurmurPatient> patients,
                                            std::size_t resamples, std::uint64_t seed);

}  // namespace heartbeat::evaluation
