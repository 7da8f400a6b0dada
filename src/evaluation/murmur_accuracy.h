#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "evaluation/dataset.h"

namespace heartbeat::evaluation {

// What a patient has, and what the model called it.
struct MurmurCall {
  Murmur truth = Murmur::kAbsent;
  Murmur called = Murmur::kAbsent;
};

// What a patient of each class counts in the challenge's score, in the order of Murmur.
inline constexpr std::array<double, 3> kMurmurWeights = {5, 3, 1};

// [truth][called], each in the order of Murmur.
using MurmurConfusion = std::array<std::array<std::size_t, 3>, 3>;
[[nodiscard]] MurmurConfusion Confuse(std::span<const MurmurCall> patients);

// The murmur score of the George B. Moody PhysioNet Challenge 2022, one call a patient:
// (5 m_PP + 3 m_UU + m_AA) / (5 N_P + 3 N_U + N_A), with m_XX the patients of class X that were
// called X and N_X all of class X. 0..1; NaN without patients. Source: Reyna et al., PLOS Digital
// Health 2023; 2(9):e0000324 (its equation for the murmur task's weighted accuracy).
[[nodiscard]] double WeightedMurmurAccuracy(std::span<const MurmurCall> patients);

}  // namespace heartbeat::evaluation
