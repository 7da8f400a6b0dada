#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace heartbeat::evaluation {

// Shades (0 dark to 255 bright), [row, column] from the top left, `width` of them a row, as a PNG
// in the colour map magma of matplotlib (van der Walt & Smith 2015, CC0), whose brightness grows
// evenly and which the colour-blind can read. Errors: kInvalidArgument (no shade, or no whole
// rows), kInternal (libpng failed).
[[nodiscard]] base::Result<std::vector<std::byte>> EncodePng(std::span<const std::uint8_t> shades,
                                                             std::size_t width);

}  // namespace heartbeat::evaluation
