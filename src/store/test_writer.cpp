// Adds predictions from several threads until it is killed, and says the id and the recording of
// each that the store acknowledged, a line each: what store_crash_test.cpp holds the history to.
//
//   heartbeat_store_writer DATA_DIR SEED

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "store/test_history.h"

namespace heartbeat::store {
namespace {

constexpr int kThreads = 4;

void AddUntilKilled(Store& store, std::uint64_t seed) {
  for (std::uint64_t i = 0;; ++i) {
    // Some recordings come twice, some predictions go again.
    const auto recording = TestRecording(seed + i / 2, 20'000 + i % 7 * 30'000);
    const auto prediction = TestPrediction(recording);
    if (const auto added = store.AddPrediction(prediction, recording); !added) {
      std::fprintf(stderr, "%s\n", added.error().message.c_str());
      std::_Exit(1);
    }
    if (i % 5 == 4) {
      if (!store.Delete(prediction.id, "test")) std::_Exit(1);
      continue;
    }
    const std::string line = prediction.id + " " + prediction.sha256 + "\n";
    // One write, so that lines of other threads do not come between.
    if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::_Exit(1);
  }
}

int Main(const char* data_dir, std::uint64_t seed) {
  const auto store = OpenStore(data_dir);
  if (!store) {
    std::fprintf(stderr, "%s\n", store.error().message.c_str());
    return 1;
  }
  std::vector<std::thread> threads;
  for (std::uint64_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] { AddUntilKilled(**store, seed * 1'000'000 + i * 100'000); });
  }
  for (auto& thread : threads) thread.join();
  return 0;
}

}  // namespace
}  // namespace heartbeat::store

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  return heartbeat::store::Main(argv[1], std::strtoull(argv[2], nullptr, 10));
}
