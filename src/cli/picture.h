#pragma once

#include <cstddef>
#include <string>

#include "features/log_mel.h"

namespace heartbeat::cli {

// A spectrogram in characters, from ' ' (its smallest value) to '@' (its largest): at most `rows`
// lines, the highest band first, of at most `columns` characters; each the mean of what it covers.
[[nodiscard]] std::string Picture(const features::Spectrogram& spectrogram, std::size_t rows,
                                  std::size_t columns);

}  // namespace heartbeat::cli
