#include "evaluation/murmur_label.h"

namespace heartbeat::evaluation {

std::optional<Murmur> MurmurLabel(const DatasetEntry& entry) {
  if (entry.patient_murmur == Murmur::kUnknown) return Murmur::kUnknown;
  if (entry.murmur_at_location) return entry.murmur_at_location;
  if (entry.patient_murmur == Murmur::kAbsent) return Murmur::kAbsent;
  return std::nullopt;
}

}  // namespace heartbeat::evaluation
