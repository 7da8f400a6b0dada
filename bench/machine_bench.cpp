// What one core of this machine can do at most, to set beside what the other benchmarks reach.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace heartbeat {
namespace {

constexpr int kRounds = 1000;

void SetFlops(benchmark::State& state, double flops_a_round) {
  state.counters["FLOP"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * kRounds * flops_a_round,
                         benchmark::Counter::kIsRate, benchmark::Counter::kIs1000);
}

#if defined(__x86_64__)

// Twelve sums that do not wait for each other: more than any processor's latency times its units.
constexpr int kChains = 12;

__attribute__((target("avx2,fma"))) float Avx2Rounds(float start) {
  __m256 sums[kChains];
  for (__m256& sum : sums) sum = _mm256_set1_ps(start);
  const __m256 factor = _mm256_set1_ps(0.5F);
  for (int round = 0; round < kRounds; ++round) {
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) sums[i] = _mm256_fmadd_ps(sums[i], factor, factor);
  }
  float all = 0;
  for (const __m256& sum : sums) all += _mm256_cvtss_f32(sum);
  return all;
}

__attribute__((target("avx512f"))) float Avx512Rounds(float start) {
  __m512 sums[kChains];
  for (__m512& sum : sums) sum = _mm512_set1_ps(start);
  const __m512 factor = _mm512_set1_ps(0.5F);
  for (int round = 0; round < kRounds; ++round) {
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) sums[i] = _mm512_fmadd_ps(sums[i], factor, factor);
  }
  float all = 0;
  for (const __m512& sum : sums) all += _mm512_cvtss_f32(sum);
  return all;
}

void BM_MultiplyAddAvx2(benchmark::State& state) {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) {
    return state.SkipWithError("this processor has no AVX2");
  }
  float start = 1;
  for (auto _ : state) {
    benchmark::DoNotOptimize(start);
    benchmark::DoNotOptimize(Avx2Rounds(start));
  }
  SetFlops(state, kChains * 8 * 2);
}
BENCHMARK(BM_MultiplyAddAvx2);

void BM_MultiplyAddAvx512(benchmark::State& state) {
  if (!__builtin_cpu_supports("avx512f")) {
    return state.SkipWithError("this processor has no AVX-512");
  }
  float start = 1;
  for (auto _ : state) {
    benchmark::DoNotOptimize(start);
    benchmark::DoNotOptimize(Avx512Rounds(start));
  }
  SetFlops(state, kChains * 16 * 2);
}
BENCHMARK(BM_MultiplyAddAvx512);

#endif

// Bytes read and written a second; 256 KiB, 1 MiB and 128 MiB: in the second-level cache, at its
// edge, and in memory.
void BM_Copy(benchmark::State& state) {
  const auto bytes = static_cast<std::size_t>(state.range(0)) / 2;
  std::vector<std::byte> from(bytes, std::byte{1});
  std::vector<std::byte> to(bytes);
  for (auto _ : state) {
    std::memcpy(to.data(), from.data(), bytes);
    benchmark::DoNotOptimize(to.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(2 * bytes));
}
BENCHMARK(BM_Copy)->Arg(256 << 10)->Arg(1 << 20)->Arg(128 << 20);

}  // namespace
}  // namespace heartbeat
