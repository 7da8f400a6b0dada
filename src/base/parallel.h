#pragma once

#include <cstddef>
#include <functional>

namespace heartbeat::base {

// Calls `body(i)` once for each i in [0, count) from up to `threads` threads (0: one per core), in
// ascending order of start, and returns when all have returned. `body` must not throw.
void ParallelFor(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& body);

}  // namespace heartbeat::base
