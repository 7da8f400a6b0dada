#pragma once

#include <limits>
#include <string_view>

#include "base/result.h"

namespace heartbeat::server {

// Which part of a recording is to be drawn. end_s is above start_s; both are finite but for the
// default.
struct WaveformQuery {
  double start_s = 0;
  double end_s = std::numeric_limits<double>::infinity();  // to the end
  int points = 2048;                                       // 1..8192
};
struct SpectrogramQuery {
  double start_s = 0;
  double end_s = std::numeric_limits<double>::infinity();
  int frames = 1024;     // 1..4096
  double max_hz = 1000;  // above 0, up to 2000
};

// Of the query of an address. Errors: kInvalidArgument, naming the parameter; those of ParseQuery.
[[nodiscard]] base::Result<WaveformQuery> ParseWaveformQuery(std::string_view query);
[[nodiscard]] base::Result<SpectrogramQuery> ParseSpectrogramQuery(std::string_view query);

}  // namespace heartbeat::server
