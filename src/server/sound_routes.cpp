#include "server/sound_routes.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "base/digest.h"
#include "server/etag.h"
#include "server/history.h"
#include "server/json_response.h"
#include "server/sound.h"
#include "server/sound_cache.h"
#include "server/sound_query.h"

namespace heartbeat::server {
namespace {

using base::ErrorCode;
using base::Fail;
using nlohmann::json;
using SoundPtr = SoundCache::SoundPtr;

constexpr int kNotModified = 304;
// Of all sounds that are kept: hundreds of usual recordings, or one of half an hour.
constexpr std::size_t kCacheBytes = std::size_t{64} << 20;

// A recording of the history, and what is known of it once it was drawn.
class Drawn {
 public:
  Drawn(const store::Store& history, SoundCache& cache, std::string sha256)
      : history_(history), cache_(cache), sha256_(std::move(sha256)) {}

  [[nodiscard]] base::Result<SoundPtr> Whole() const {
    return cache_.Get(sha256_, [this]() -> base::Result<SoundPtr> {
      const auto file = history_.ReadRecording(sha256_);
      if (!file) return Fail(file);
      auto sound = ReadSound(file->bytes);
      if (!sound) return Fail(ErrorCode::kInternal, NotReadable(sound.error()));
      return sound;
    });
  }

  [[nodiscard]] base::Result<std::vector<audio::MinMax>> Points(const Sound& sound,
                                                                std::uint64_t samples_per_point,
                                                                std::uint64_t first,
                                                                std::size_t count) const {
    if (samples_per_point >= sound.waveform.finest()) {
      return sound.waveform.Points(samples_per_point, first, count);
    }
    const auto file = history_.ReadRecording(sha256_);
    if (!file) return Fail(file);
    auto points = ReadPoints(file->bytes, samples_per_point, first, count);
    if (!points) return Fail(ErrorCode::kInternal, NotReadable(points.error()));
    return points;
  }

 private:
  // It was heard when it came, so that it is no mistake of the client's.
  static std::string NotReadable(const base::Error& error) {
    return "a recording of the history cannot be read any longer (`heartbeat history verify` tells "
           "what is damaged): " +
           error.message;
  }

  const store::Store& history_;
  SoundCache& cache_;
  const std::string sha256_;
};

// Part of the ETag: what is drawn differently has another one.
constexpr std::string_view kDrawing = " drawn 1";

std::string EtagOfDrawing(const std::string& sha256) {
  const auto named = sha256 + std::string(kDrawing);
  return EtagOf(base::Sha256Hex(std::as_bytes(std::span(named))));
}

// Answers `draw(query, drawing)` as JSON, or that the client has it already.
template <typename Query>
base::Result<Response> Answer(const ApiContext& context, SoundCache& cache, const Request& request,
                              base::Result<Query> (*parse)(std::string_view),
                              base::Result<json> (*draw)(const Query&, const Drawn&)) {
  const auto history = HistoryOf(context);
  if (!history) return Fail(history);
  const auto query = parse(request.query);
  if (!query) return Fail(query);
  // Before the cache is asked: what was deleted is gone.
  const auto prediction = (*history)->Get(request.parameters.at("id"));
  if (!prediction) return Fail(prediction);
  const auto etag = EtagOfDrawing(prediction->sha256);
  Response response;
  const auto* known = request.headers.Find("If-None-Match");
  if (known != nullptr && ListsEtag(*known, etag)) {
    response.status = kNotModified;
  } else {
    const auto drawing = draw(*query, Drawn(**history, cache, prediction->sha256));
    if (!drawing) return Fail(drawing);
    response = JsonResponse(*drawing);
  }
  response.headers.Add("ETag", etag);
  return response;
}

double ToTenThousandths(float value) {
  return std::round(static_cast<double>(std::clamp(value, -1.0F, 1.0F)) * 1e4) / 1e4;
}

double ToMillionths(float value) { return std::round(static_cast<double>(value) * 1e6) / 1e6; }

std::unexpected<base::Error> NothingThere(double duration_s) {
  return Fail(ErrorCode::kInvalidArgument,
              "there is nothing of the recording between `start_s` and `end_s`; it lasts " +
                  json(duration_s).dump() + " s");
}

// Samples [begin, end).
struct Part {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

Part PartOf(const WaveformQuery& query, const Sound& sound) {
  const auto samples = sound.waveform.samples();
  const auto to_sample = [&](double position) {
    return static_cast<std::uint64_t>(std::clamp(position, 0.0, static_cast<double>(samples)));
  };
  return {.begin = to_sample(std::floor(query.start_s * sound.sample_rate_hz)),
          .end = to_sample(std::ceil(query.end_s * sound.sample_rate_hz))};
}

base::Result<json> DrawWaveform(const WaveformQuery& query, const Drawn& drawn) {
  const auto sound = drawn.Whole();
  if (!sound) return Fail(sound);
  const auto& waveform = (*sound)->waveform;
  const double rate_hz = (*sound)->sample_rate_hz;
  const auto [begin, end] = PartOf(query, **sound);
  if (begin >= end) return NothingThere((*sound)->DurationSeconds());
  std::uint64_t samples_per_point = 1;
  const auto points_of = [&] {
    return (end + samples_per_point - 1) / samples_per_point - begin / samples_per_point;
  };
  while (points_of() > static_cast<std::uint64_t>(query.points)) samples_per_point *= 2;
  const auto first = begin / samples_per_point;
  const auto points = drawn.Points(**sound, samples_per_point, first, points_of());
  if (!points) return Fail(points);

  json smallest = json::array();
  json largest = json::array();
  for (const auto& point : *points) {
    smallest.push_back(ToTenThousandths(point.smallest));
    largest.push_back(ToTenThousandths(point.largest));
  }
  const auto all = waveform.All();
  const auto last_sample =
      std::min((first + points->size()) * samples_per_point, waveform.samples());
  return json{{"duration_s", (*sound)->DurationSeconds()},
              {"sample_rate_hz", (*sound)->sample_rate_hz},
              {"start_s", static_cast<double>(first * samples_per_point) / rate_hz},
              {"end_s", static_cast<double>(last_sample) / rate_hz},
              {"samples_per_point", samples_per_point},
              {"peak", ToMillionths(std::max(all.largest, -all.smallest))},
              {"min", std::move(smallest)},
              {"max", std::move(largest)}};
}

base::Result<json> DrawSpectrogram(const SpectrogramQuery& query, const Drawn& drawn) {
  using features::SpectrogramView;
  const auto sound = drawn.Whole();
  if (!sound) return Fail(sound);
  const double duration_s = (*sound)->DurationSeconds();
  if (query.start_s >= duration_s || query.end_s <= 0) return NothingThere(duration_s);
  const auto view = (*sound)->spectrogram.View({.start_s = query.start_s,
                                                .end_s = std::min(query.end_s, duration_s),
                                                .max_frames = query.frames,
                                                .max_hz = query.max_hz});
  if (!view) return Fail(view);
  return json{{"start_s", view->start_s},
              {"end_s", std::min(view->start_s + view->frames * view->hop_s, duration_s)},
              {"frames", view->frames},
              {"bands", view->bands},
              {"min_hz", 0},
              {"max_hz", view->max_hz},
              {"min_db", SpectrogramView::kMinDb},
              {"max_db", SpectrogramView::kMaxDb},
              {"window_s", SpectrogramView::kWindowS},
              {"hop_s", view->hop_s},
              {"values", base::Base64(std::as_bytes(std::span(view->levels)))}};
}

}  // namespace

void AddSoundRoutes(Router& router, const ApiContextPtr& context) {
  const auto cache = std::make_shared<SoundCache>(kCacheBytes);
  const auto add = [&](std::string pattern, std::string operation, std::string summary,
                       Handler handler) {
    Route route;
    route.method = "GET";
    route.pattern = std::move(pattern);
    route.operation = std::move(operation);
    route.summary = std::move(summary);
    route.scope = Scope::kRead;
    route.is_audited = true;
    route.runs_on = RunsOn::kWorkPool;
    route.handler = std::move(handler);
    router.Add(std::move(route));
  };
  add("/predictions/{id}/waveform", "getWaveform", "The recording of a prediction, to be drawn",
      [context, cache](Request& request) {
        return Answer(*context, *cache, request, ParseWaveformQuery, DrawWaveform);
      });
  add("/predictions/{id}/spectrogram", "getSpectrogram",
      "The spectrogram of a prediction's recording, to be drawn",
      [context, cache](Request& request) {
        return Answer(*context, *cache, request, ParseSpectrogramQuery, DrawSpectrogram);
      });
}

}  // namespace heartbeat::server
