#include "evaluation/murmur_accuracy.h"

#include <limits>

namespace heartbeat::evaluation {

MurmurConfusion Confuse(std::span<const MurmurCall> patients) {
  MurmurConfusion confusion{};
  for (const MurmurCall& patient : patients) {
    ++confusion[static_cast<std::size_t>(patient.truth)][static_cast<std::size_t>(patient.called)];
  }
  return confusion;
}

double WeightedMurmurAccuracy(std::span<const MurmurCall> patients) {
  const MurmurConfusion confusion = Confuse(patients);
  double right = 0;
  double all = 0;
  for (std::size_t truth = 0; truth < kMurmurWeights.size(); ++truth) {
    for (std::size_t called = 0; called < kMurmurWeights.size(); ++called) {
      const double mass = kMurmurWeights[truth] * static_cast<double>(confusion[truth][called]);
      all += mass;
      if (called == truth) right += mass;
    }
  }
  return all == 0 ? std::numeric_limits<double>::quiet_NaN() : right / all;
}

}  // namespace heartbeat::evaluation
