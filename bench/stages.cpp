// Where the time of a prediction goes: stages MODEL ROUNDS FILE... runs all files through the whole
// prediction and then through each of its parts, on one thread, ROUNDS times, and prints JSON:
// {"sound_s", "files", "whole_ms": [round], "decode_ms", "quality_ms", "features_ms",
// "network_ms"}. What the whole takes more than its parts is SHA-256, the verdict and the
// explanation.
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "analysis/analyzer.h"
#include "analysis/prediction.h"
#include "analysis/quality.h"
#include "audio/decode.h"
#include "base/file.h"

namespace heartbeat::analysis {
namespace {

using Clock = std::chrono::steady_clock;

// What `call` gives; its time is added to `total_ms`.
template <typename Call>
auto Timed(double& total_ms, const Call& call) {
  const auto begin = Clock::now();
  auto result = call();
  total_ms += std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
  return result;
}

using Totals = std::map<std::string, double>;  // milliseconds by stage

base::Result<double> Hear(const Analyzer& analyzer, const QualityGate& gate,
                          std::span<const std::byte> bytes, Totals& totals) {
  const auto whole = Timed(totals["whole_ms"], [&] { return Predict(analyzer, bytes, "x"); });
  if (!whole) return base::Fail(whole);
  const int rate_hz = analyzer.metadata().features.sample_rate_hz;
  auto decoded = Timed(totals["decode_ms"], [&] { return audio::Decode(bytes, {}, rate_hz); });
  if (!decoded) return base::Fail(decoded);
  const auto quality = Timed(totals["quality_ms"], [&] { return gate.Assess(decoded->recording); });
  if (!quality) return base::Fail(quality);
  const auto input =
      Timed(totals["features_ms"], [&] { return analyzer.Prepare(std::move(decoded->recording)); });
  if (!input) return base::Fail(input);
  const auto output = Timed(totals["network_ms"],
                            [&] { return analyzer.Run(input->starts.size(), input->values); });
  if (!output) return base::Fail(output);
  return whole->duration_s;
}

base::Result<void> Main(const std::string& model, int rounds, std::span<char*> paths) {
  const auto analyzer = Analyzer::LoadFile(model);
  if (!analyzer) return base::Fail(analyzer);
  const QualityGate gate(analyzer->metadata().features.sample_rate_hz);
  std::vector<std::vector<std::byte>> files;
  for (const char* path : paths) {
    auto bytes = base::ReadFile(path);
    if (!bytes) return base::Fail(bytes);
    files.push_back(*std::move(bytes));
  }
  double sound_s = 0;
  std::map<std::string, std::vector<double>> times;
  // The first round warms up and is not counted.
  for (int round = 0; round <= rounds; ++round) {
    Totals totals;
    sound_s = 0;
    for (const auto& bytes : files) {
      const auto heard_s = Hear(*analyzer, gate, bytes, totals);
      if (!heard_s) return base::Fail(heard_s);
      sound_s += *heard_s;
    }
    if (round == 0) continue;
    for (const auto& [stage, total_ms] : totals) times[stage].push_back(total_ms);
  }
  nlohmann::json answer = {{"sound_s", sound_s}, {"files", files.size()}};
  for (const auto& [stage, total_ms] : times) answer[stage] = total_ms;
  std::cout << answer << std::endl;
  return {};
}

}  // namespace
}  // namespace heartbeat::analysis

int main(int argc, char** argv) {
  const int rounds = argc < 4 ? 0 : std::atoi(argv[2]);
  if (rounds < 1) {
    std::fprintf(stderr, "usage: stages MODEL ROUNDS FILE...\n");
    return 2;
  }
  const auto done = heartbeat::analysis::Main(
      argv[1], rounds, std::span(argv, static_cast<std::size_t>(argc)).subspan(3));
  if (!done) std::fprintf(stderr, "stages: %s\n", done.error().message.c_str());
  return done ? 0 : 1;
}
