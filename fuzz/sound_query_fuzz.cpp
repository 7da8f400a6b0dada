// Any bytes as the query of a waveform or a spectrogram: what is taken is within its limits, and
// what is refused says why.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "server/sound_query.h"

namespace {

namespace server = heartbeat::server;

void Require(bool holds) {
  if (!holds) std::abort();
}

template <typename Query>
bool IsTaken(const heartbeat::base::Result<Query>& query) {
  if (!query) {
    Require(query.error().code == heartbeat::base::ErrorCode::kInvalidArgument);
    Require(query.error().message.size() > 10);
    return false;
  }
  Require(std::isfinite(query->start_s) && query->end_s > query->start_s);
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto query = server::ParseWaveformQuery(text); IsTaken(query)) {
    Require(query->points >= 1 && query->points <= 8192);
  }
  if (const auto query = server::ParseSpectrogramQuery(text); IsTaken(query)) {
    Require(query->frames >= 1 && query->frames <= 4096);
    Require(query->max_hz > 0 && query->max_hz <= 2000);
  }
  return 0;
}
