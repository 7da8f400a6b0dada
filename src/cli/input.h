#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"

namespace heartbeat::cli {

// The bytes of the file at `path`, or of standard input where that is "-". Errors: those of
// base::ReadFile; more than `max_bytes` are never taken, also where the end is not known.
[[nodiscard]] base::Result<std::vector<std::byte>> ReadInput(const std::string& path,
                                                             std::size_t max_bytes);

// Everything up to the end of an open pipe or file. `name` stands in the messages. Errors:
// kBodyTooLarge, kIo.
[[nodiscard]] base::Result<std::vector<std::byte>> ReadDescriptor(int descriptor,
                                                                  const std::string& name,
                                                                  std::size_t max_bytes);

}  // namespace heartbeat::cli
