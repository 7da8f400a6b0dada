// Our side of the comparison with SciPy and torchaudio: features_peer MODEL|original OUT FILE...
// decodes the recordings, writes to OUT/<i>.samples.npy what the front end is given and to
// OUT/<i>.features.npy what it makes of that, and prints a line of JSON: the front end's parameters
// and the seconds of each recording. Each line of standard input, "RUNS", is then answered by one
// of
// {"times_ms": [run]}: all recordings, one after the other, on one thread.
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <expected>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "analysis/analyzer.h"
#include "audio/decode.h"
#include "base/file.h"
#include "features/log_mel.h"
#include "features/log_mel_fields.h"
#include "features/npy.h"

namespace heartbeat::features {
namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;

base::Result<LogMelConfig> ConfigOf(const std::string& model) {
  if (model == "original") return LogMelConfig::Original();
  const auto analyzer = analysis::Analyzer::LoadFile(model);
  if (!analyzer) return base::Fail(analyzer);
  return analyzer->metadata().features;
}

json ToJson(const LogMelConfig& config) {
  json fields = json::object();
  ForEachField(config, [&](std::string_view name, const auto& value) {
    if constexpr (std::is_enum_v<std::remove_cvref_t<decltype(value)>>) {
      fields[std::string(name)] = EnumName(value);
    } else {
      fields[std::string(name)] = value;
    }
  });
  if (config.second_view) {
    fields["second_view"] = {{"first_band", config.second_view->first_band},
                             {"bands", config.second_view->bands}};
  }
  return fields;
}

base::Result<void> Write(const std::filesystem::path& path, const Spectrogram& values) {
  return base::WriteFileAtomically(path, ToNpy(values));
}

base::Result<void> Main(const std::string& model, const std::filesystem::path& out,
                        std::span<char*> files) {
  const auto config = ConfigOf(model);
  if (!config) return base::Fail(config);
  const auto log_mel = LogMel::Create(*config);
  if (!log_mel) return base::Fail(log_mel);
  std::vector<audio::Recording> recordings;
  json durations_s = json::array();
  for (const char* file : files) {
    auto decoded = audio::DecodeFile(file, {}, config->sample_rate_hz);
    if (!decoded) return base::Fail(decoded);
    audio::Recording& recording = decoded->recording;
    if (model == "original") recording = OriginalFirstSeconds(recording);
    const auto made = log_mel->Compute(recording);
    if (!made) return base::Fail(made);
    const std::string name = std::to_string(recordings.size());
    const auto samples = static_cast<int>(recording.samples.size());
    if (auto written = Write(out / (name + ".samples.npy"), {1, samples, recording.samples});
        !written) {
      return written;
    }
    if (auto written = Write(out / (name + ".features.npy"), *made); !written) return written;
    durations_s.push_back(static_cast<double>(samples) / config->sample_rate_hz);
    recordings.push_back(std::move(recording));
  }
  std::cout << json{{"config", ToJson(*config)}, {"durations_s", durations_s}} << std::endl;

  std::size_t runs = 0;
  while (std::cin >> runs) {
    std::vector<double> times_ms;
    for (std::size_t i = 0; i < runs; ++i) {
      const auto begin = Clock::now();
      for (const auto& recording : recordings) {
        if (const auto made = log_mel->Compute(recording); !made) return base::Fail(made);
      }
      times_ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
    }
    std::cout << json{{"times_ms", times_ms}} << std::endl;
  }
  return {};
}

}  // namespace
}  // namespace heartbeat::features

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: features_peer MODEL|original OUT FILE...\n");
    return 2;
  }
  const auto done = heartbeat::features::Main(
      argv[1], argv[2], std::span(argv, static_cast<std::size_t>(argc)).subspan(3));
  if (!done) std::fprintf(stderr, "features_peer: %s\n", done.error().message.c_str());
  return done ? 0 : 1;
}
