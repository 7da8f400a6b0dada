#include <benchmark/benchmark.h>

#include <cstddef>
#include <filesystem>

#include "analysis/analyzer.h"
#include "analysis/quality.h"
#include "audio/decode.h"

namespace heartbeat::analysis {
namespace {

const std::filesystem::path kRoot = HEARTBEAT_SOURCE_DIR;
constexpr int kRateHz = 4000;

// A real recording, repeated to `seconds`, at the rate of the shipped model.
audio::Recording Recording(int seconds) {
  audio::Recording recording =
      audio::DecodeFile(kRoot / "tests/data/a0001.flac", {}, kRateHz).value().recording;
  const std::size_t period = recording.samples.size();
  recording.samples.resize(static_cast<std::size_t>(seconds) * kRateHz);
  for (std::size_t i = period; i < recording.samples.size(); ++i) {
    recording.samples[i] = recording.samples[i - period];
  }
  return recording;
}

void BM_Quality(benchmark::State& state) {
  const audio::Recording recording = Recording(static_cast<int>(state.range(0)));
  const QualityGate gate(kRateHz);
  for (auto _ : state) benchmark::DoNotOptimize(gate.Assess(recording));
}
BENCHMARK(BM_Quality)->Arg(20)->Arg(1800)->Unit(benchmark::kMillisecond);

// All of a prediction but decoding, the quality included.
void BM_Analyze(benchmark::State& state) {
  const audio::Recording recording = Recording(static_cast<int>(state.range(0)));
  const auto analyzer = Analyzer::LoadFile(kRoot / "models/heartbeat.onnx").value();
  for (auto _ : state) benchmark::DoNotOptimize(analyzer.Analyze(recording));
}
BENCHMARK(BM_Analyze)->Arg(20)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace heartbeat::analysis
