#include <benchmark/benchmark.h>

#include <cstddef>
#include <random>

#include "features/band_median.h"
#include "features/band_pass.h"
#include "features/decibels.h"
#include "features/frame_spectrum.h"
#include "features/log_mel.h"
#include "features/mel.h"

namespace heartbeat::features {
namespace {

audio::Recording Noise(int seconds) {
  audio::Recording recording{{}, 4000};
  std::mt19937 random(1);
  std::uniform_real_distribution<float> sample(-0.5F, 0.5F);
  recording.samples.resize(static_cast<std::size_t>(seconds) * 4000);
  for (auto& value : recording.samples) value = sample(random);
  return recording;
}

// Seconds of sound a second: the rate of the whole front end on one thread.
void SetSoundRate(benchmark::State& state, int seconds) {
  state.counters["sound_s"] = benchmark::Counter(static_cast<double>(state.iterations()) * seconds,
                                                 benchmark::Counter::kIsRate);
}

void BM_Default(benchmark::State& state) {
  const auto seconds = static_cast<int>(state.range(0));
  const auto recording = Noise(seconds);
  const auto log_mel = LogMel::Create({}).value();
  for (auto _ : state) benchmark::DoNotOptimize(log_mel.Compute(recording));
  SetSoundRate(state, seconds);
}
BENCHMARK(BM_Default)->Arg(20)->Arg(1800)->Unit(benchmark::kMillisecond);

void BM_Original(benchmark::State& state) {
  const auto recording = Noise(5);
  const auto log_mel = LogMel::Create(LogMelConfig::Original()).value();
  for (auto _ : state) benchmark::DoNotOptimize(log_mel.Compute(recording));
  SetSoundRate(state, 5);
}
BENCHMARK(BM_Original)->Unit(benchmark::kMillisecond);

void BM_BandPass(benchmark::State& state) {
  const auto recording = Noise(20);
  const BandPass filter(20, 900, 4000);
  for (auto _ : state) benchmark::DoNotOptimize(filter.Apply(recording.samples));
  SetSoundRate(state, 20);
}
BENCHMARK(BM_BandPass)->Unit(benchmark::kMillisecond);

// 20 s of the default front end's spectrum, or 5 s of the original's.
void Spectrum(benchmark::State& state, const LogMelConfig& config, int seconds) {
  const auto recording = Noise(seconds);
  const auto filters = MakeMelFilters(config);
  const auto bins = BinsOf(filters);
  const FrameSpectrum spectrum(config.window_samples, config.fft_samples, config.hop_samples,
                               bins.first, bins.count);
  auto scratch = spectrum.MakeScratch();
  const int block = spectrum.max_frames();
  std::vector<float> power(static_cast<std::size_t>(bins.count) * static_cast<std::size_t>(block));
  const int frames = config.FrameCount(recording.samples.size());
  for (auto _ : state) {
    for (int done = 0; done < frames; done += block) {
      if (!spectrum.Compute(recording.samples, block, power, scratch)) {
        state.SkipWithError("oneDNN failed");
      }
      benchmark::DoNotOptimize(power.data());
    }
  }
  SetSoundRate(state, seconds);
}
void BM_SpectrumDefault(benchmark::State& state) { Spectrum(state, {}, 20); }
BENCHMARK(BM_SpectrumDefault)->Unit(benchmark::kMillisecond);
void BM_SpectrumOriginal(benchmark::State& state) { Spectrum(state, LogMelConfig::Original(), 5); }
BENCHMARK(BM_SpectrumOriginal)->Unit(benchmark::kMillisecond);

void BM_Decibels(benchmark::State& state) {
  const auto recording = Noise(20);
  std::vector<float> power(std::size_t{128} * 1251, 1.0F);
  for (std::size_t i = 0; i < power.size(); ++i) {
    power[i] = 1e-3F + recording.samples[i % recording.samples.size()] *
                           recording.samples[i % recording.samples.size()];
  }
  std::vector<float> values(power.size());
  for (auto _ : state) {
    values = power;
    PowerToDecibels({}, values);
    benchmark::DoNotOptimize(values.data());
  }
  SetSoundRate(state, 20);
}
BENCHMARK(BM_Decibels)->Unit(benchmark::kMillisecond);

void BM_BandMedians(benchmark::State& state) {
  const auto recording = Noise(41);
  Spectrogram spectrogram{128, 1251, {}};
  const auto count = std::ptrdiff_t{128} * 1251;
  for (auto _ : state) {
    spectrogram.values.assign(recording.samples.begin(), recording.samples.begin() + count);
    SubtractBandMedians(spectrogram);
    benchmark::DoNotOptimize(spectrogram.values.data());
  }
  SetSoundRate(state, 20);
}
BENCHMARK(BM_BandMedians)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace heartbeat::features
