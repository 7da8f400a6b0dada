// The model is HEARTBEAT_BENCH_MODEL, or the first of models/. tests/onnxruntime/bench.mjs times
// ONNX Runtime on the same file.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "nn/session.h"

namespace heartbeat::nn {
namespace {

std::filesystem::path ModelPath() {
  if (const char* path = std::getenv("HEARTBEAT_BENCH_MODEL")) return path;
  std::vector<std::filesystem::path> models;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(
           std::filesystem::path(HEARTBEAT_SOURCE_DIR) / "models", missing)) {
    if (entry.path().extension() == ".onnx") models.push_back(entry.path());
  }
  return models.empty() ? "" : *std::ranges::min_element(models);
}

void BM_Load(benchmark::State& state) {
  const auto bytes = base::ReadFile(ModelPath());
  if (!bytes) return state.SkipWithError(bytes.error().message.c_str());
  for (auto _ : state) {
    auto session = Session::Load(*bytes);
    if (!session) return state.SkipWithError(session.error().message.c_str());
    benchmark::DoNotOptimize(session);
  }
}
BENCHMARK(BM_Load)->Unit(benchmark::kMillisecond);

// One call with `range` items; from several threads at a time, as a server's pool does.
void BM_Run(benchmark::State& state) {
  static const auto session = Session::LoadFile(ModelPath());
  if (!session) return state.SkipWithError(session.error().message.c_str());
  const auto batch = static_cast<std::size_t>(state.range(0));
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> input(batch * session->input().ItemSize());
  std::ranges::generate(input, [&] { return normal(random); });
  std::vector<std::vector<float>> values;
  for (const TensorInfo& info : session->outputs()) values.emplace_back(batch * info.ItemSize());
  const std::vector<std::span<float>> outputs(values.begin(), values.end());
  for (auto _ : state) {
    if (const auto ran = session->Run(batch, input, outputs); !ran) {
      return state.SkipWithError(ran.error().message.c_str());
    }
  }
  const auto items = static_cast<double>(state.iterations()) * static_cast<double>(batch);
  state.counters["items"] = benchmark::Counter(items, benchmark::Counter::kIsRate);
  state.counters["MAC"] =
      benchmark::Counter(items * static_cast<double>(session->MultiplyAccumulates()),
                         benchmark::Counter::kIsRate, benchmark::Counter::kIs1000);
}
BENCHMARK(BM_Run)->Arg(1)->Arg(4)->Arg(16)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Run)->Arg(1)->Threads(2)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace heartbeat::nn
