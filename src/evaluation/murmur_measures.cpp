#include "evaluation/murmur_measures.h"

#include <limits>
#include <random>

#include "evaluation/bootstrap.h"

namespace heartbeat::evaluation {
namespace {

constexpr std::size_t kClasses = 3;

struct Values {
  double weighted_accuracy = 0;
  double accuracy = 0;
  std::array<double, kClasses> sensitivity{};
  double auroc = 0;
};

using Patients = std::span<const MurmurPatient* const>;

std::vector<MurmurCall> CallsOf(Patients patients) {
  std::vector<MurmurCall> calls;
  for (const MurmurPatient* patient : patients) calls.push_back({patient->truth, patient->called});
  return calls;
}

// Present against absent; of whom nothing was heard nothing is known.
std::vector<Scored> ScoresOf(Patients patients) {
  std::vector<Scored> scores;
  for (const MurmurPatient* patient : patients) {
    if (patient->truth == Murmur::kUnknown) continue;
    scores.push_back({patient->probabilities[0], patient->truth == Murmur::kPresent});
  }
  return scores;
}

double Share(std::size_t part, std::size_t whole) {
  return whole == 0 ? std::numeric_limits<double>::quiet_NaN()
                    : static_cast<double>(part) / static_cast<double>(whole);
}

Values ValuesOf(Patients patients) {
  const std::vector<MurmurCall> calls = CallsOf(patients);
  const MurmurConfusion confusion = Confuse(calls);
  Values values;
  std::size_t right = 0;
  for (std::size_t c = 0; c < kClasses; ++c) {
    std::size_t of_class = 0;
    for (const std::size_t count : confusion.at(c)) of_class += count;
    values.sensitivity.at(c) = Share(confusion.at(c).at(c), of_class);
    right += confusion.at(c).at(c);
  }
  values.weighted_accuracy = WeightedMurmurAccuracy(calls);
  values.accuracy = Share(right, calls.size());
  values.auroc = Auroc(std::span<const Scored>(ScoresOf(patients)));
  return values;
}

}  // namespace

MurmurMeasures MeasureMurmurs(std::span<const MurmurPatient> patients, std::size_t resamples,
                              std::uint64_t seed) {
  MurmurMeasures measures;
  std::vector<const MurmurPatient*> all;
  std::array<std::vector<const MurmurPatient*>, kClasses> of_class;
  for (const MurmurPatient& patient : patients) {
    all.push_back(&patient);
    of_class.at(static_cast<std::size_t>(patient.truth)).push_back(&patient);
    measures.nothing_heard += patient.heard == 0 ? 1 : 0;
    measures.recordings += patient.heard;
    measures.poor_quality += patient.poor_quality;
    measures.refused += patient.refused;
  }
  for (std::size_t c = 0; c < kClasses; ++c) measures.patients.at(c) = of_class.at(c).size();
  measures.confusion = Confuse(CallsOf(all));
  measures.roc = RocCurve(Tie(ScoresOf(all)));

  std::mt19937_64 random(seed);
  std::vector<Values> replicates;
  for (std::size_t r = 0; r < resamples && !all.empty(); ++r) {
    std::vector<const MurmurPatient*> drawn;
    for (const auto& members : of_class) {
      for (std::size_t i = 0; i < members.size(); ++i) {
        drawn.push_back(members[random() % members.size()]);
      }
    }
    replicates.push_back(ValuesOf(drawn));
  }
  const Values values = ValuesOf(all);
  const auto interval = [&](const auto& get) {
    std::vector<double> one;
    for (const Values& replicate : replicates) one.push_back(get(replicate));
    return PercentileInterval(get(values), std::move(one));
  };
  measures.weighted_accuracy = interval([](const Values& v) { return v.weighted_accuracy; });
  measures.accuracy = interval([](const Values& v) { return v.accuracy; });
  measures.auroc = interval([](const Values& v) { return v.auroc; });
  for (std::size_t c = 0; c < kClasses; ++c) {
    measures.sensitivity.at(c) = interval([c](const Values& v) { return v.sensitivity.at(c); });
  }
  return measures;
}

}  // namespace heartbeat::evaluation
