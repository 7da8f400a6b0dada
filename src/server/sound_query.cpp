#include "server/sound_query.h"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <system_error>

#include "server/query_string.h"

namespace heartbeat::server {
namespace {

using base::ErrorCode;
using base::Fail;

constexpr int kMaxPoints = 8192;
constexpr int kMaxFrames = 4096;
constexpr double kMaxHz = 2000;

template <typename Number>
std::optional<Number> Parse(const std::string& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Reads parameters one by one, and keeps the first thing that is wrong.
class Reader {
 public:
  explicit Reader(const QueryParameters& parameters) : parameters_(parameters) {}

  void Read(std::string_view name, double& number, std::string_view what, double least,
            double most) {
    const auto found = parameters_.find(name);
    if (found == parameters_.end()) return;
    const auto parsed = Parse<double>(found->second);
    if (parsed && std::isfinite(*parsed) && *parsed >= least && *parsed <= most) {
      number = *parsed;
    } else {
      Refuse(name, what);
    }
  }

  void Read(std::string_view name, int& number, int most) {
    const auto found = parameters_.find(name);
    if (found == parameters_.end()) return;
    const auto parsed = Parse<int>(found->second);
    if (parsed && *parsed >= 1 && *parsed <= most) {
      number = *parsed;
    } else {
      Refuse(name, "a whole number from 1 to " + std::to_string(most));
    }
  }

  void ReadRange(double& start_s, double& end_s) {
    constexpr double kAny = std::numeric_limits<double>::max();
    constexpr std::string_view kSeconds = "a time in seconds, such as 2.5";
    Read("start_s", start_s, kSeconds, -kAny, kAny);
    Read("end_s", end_s, kSeconds, -kAny, kAny);
    if (!(end_s > start_s)) Refuse("end_s", "later than `start_s`");
  }

  [[nodiscard]] base::Result<void> Done() const { return done_; }

 private:
  void Refuse(std::string_view name, std::string_view what) {
    if (!done_) return;
    done_ = Fail(ErrorCode::kInvalidArgument,
                 "`" + std::string(name) + "` must be " + std::string(what));
  }

  const QueryParameters& parameters_;
  base::Result<void> done_;
};

}  // namespace

base::Result<WaveformQuery> ParseWaveformQuery(std::string_view query) {
  constexpr std::array<std::string_view, 3> kKnown = {"start_s", "end_s", "points"};
  const auto parameters = ParseQuery(query, kKnown);
  if (!parameters) return Fail(parameters);
  WaveformQuery parsed;
  Reader reader(*parameters);
  reader.ReadRange(parsed.start_s, parsed.end_s);
  reader.Read("points", parsed.points, kMaxPoints);
  if (auto done = reader.Done(); !done) return Fail(done);
  return parsed;
}

base::Result<SpectrogramQuery> ParseSpectrogramQuery(std::string_view query) {
  constexpr std::array<std::string_view, 4> kKnown = {"start_s", "end_s", "frames", "max_hz"};
  const auto parameters = ParseQuery(query, kKnown);
  if (!parameters) return Fail(parameters);
  SpectrogramQuery parsed;
  Reader reader(*parameters);
  reader.ReadRange(parsed.start_s, parsed.end_s);
  reader.Read("frames", parsed.frames, kMaxFrames);
  reader.Read("max_hz", parsed.max_hz, "a frequency from 1 to 2000 Hz", 1, kMaxHz);
  if (auto done = reader.Done(); !done) return Fail(done);
  return parsed;
}

}  // namespace heartbeat::server
