#pragma once

#include <optional>

#include "evaluation/dataset.h"

namespace heartbeat::evaluation {

// What an expert says of the murmur in this very recording; nothing where none does. That of the
// place where the stethoscope stood, so that a patient's recording from a place where the murmur is
// not heard counts as absent; but unknown for each recording of a patient of whom nobody can tell.
// Where the place is not known, a patient without a murmur has none in it, and of a patient with
// one it may be heard or not.
[[nodiscard]] std::optional<Murmur> MurmurLabel(const DatasetEntry& entry);

}  // namespace heartbeat::evaluation
