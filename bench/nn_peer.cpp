// Our side of the comparison with ONNX Runtime: nn_peer MODEL THREADS. Each line of standard input,
// "BATCH RUNS", is answered by a line of JSON: {"times_ms": [run], "outputs": [[value]]}, the
// outputs being those of the last run. tests/onnxruntime/nn_peer.mjs does the same with ONNX
// Runtime, on the same input, so that one script can let both run in turn.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <nlohmann/json.hpp>
#include <semaphore>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "nn/session.h"

namespace heartbeat::nn {
namespace {

using Clock = std::chrono::steady_clock;

// The items of one call, [begin, end) of the batch, on the calling thread.
struct Share {
  std::size_t begin = 0;
  std::size_t end = 0;
};

class Batch {
 public:
  Batch(const Session& session, std::size_t size) : session_(session), size_(size) {
    input_.resize(size * session.input().ItemSize());
    for (std::size_t i = 0; i < input_.size(); ++i) {
      input_[i] = static_cast<float>(std::sin(static_cast<double>(i)));
    }
    for (const TensorInfo& info : session.outputs()) outputs_.emplace_back(size * info.ItemSize());
  }

  void Run(Share share) {
    if (share.begin == share.end) return;
    const std::size_t count = share.end - share.begin;
    std::vector<std::span<float>> outputs;
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      const std::size_t size = session_.outputs()[i].ItemSize();
      outputs.push_back(std::span(outputs_[i]).subspan(share.begin * size, count * size));
    }
    const std::size_t size = session_.input().ItemSize();
    const auto input = std::span<const float>(input_).subspan(share.begin * size, count * size);
    if (const auto ran = session_.Run(count, input, outputs); !ran) {
      std::fprintf(stderr, "nn_peer: %s\n", ran.error().message.c_str());
      std::exit(1);
    }
  }

  // The part of the batch for thread `index` of `threads`; the first take one more where it does
  // not divide.
  [[nodiscard]] Share PartOf(std::size_t index, std::size_t threads) const {
    const std::size_t each = size_ / threads;
    const std::size_t rest = size_ % threads;
    const std::size_t begin = index * each + std::min(index, rest);
    return {begin, begin + each + (index < rest ? 1 : 0)};
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const std::vector<std::vector<float>>& outputs() const { return outputs_; }

 private:
  const Session& session_;
  std::size_t size_;
  std::vector<float> input_;
  std::vector<std::vector<float>> outputs_;
};

// Threads that wait between runs, as a server's pool does.
class Team {
 public:
  explicit Team(std::size_t threads) : threads_(threads) {
    for (std::size_t i = 1; i < threads; ++i) start_.emplace_back(0);
    for (std::size_t i = 1; i < threads; ++i) {
      helpers_.emplace_back([this, i](const std::stop_token& stop) {
        while (true) {
          start_[i - 1].acquire();
          if (stop.stop_requested()) return;
          batch_->Run(batch_->PartOf(i, threads_));
          done_.release();
        }
      });
    }
  }
  ~Team() {
    for (auto& helper : helpers_) helper.request_stop();
    for (auto& start : start_) start.release();
  }
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  // Wakes no more threads than have a part of the batch.
  void Run(Batch& batch) {
    batch_ = &batch;
    const std::size_t helping = std::min(helpers_.size(), batch.size() - 1);
    for (std::size_t i = 0; i < helping; ++i) start_[i].release();
    batch.Run(batch.PartOf(0, threads_));
    for (std::size_t i = 0; i < helping; ++i) done_.acquire();
  }

 private:
  std::size_t threads_;
  Batch* batch_ = nullptr;
  std::deque<std::counting_semaphore<>> start_;  // of each helper
  std::counting_semaphore<> done_{0};
  std::vector<std::jthread> helpers_;
};

int Main(const std::string& model, std::size_t threads) {
  const auto session = Session::LoadFile(model);
  if (!session) {
    std::fprintf(stderr, "nn_peer: %s\n", session.error().message.c_str());
    return 1;
  }
  Team team(threads);
  std::size_t size = 0;
  std::size_t runs = 0;
  while (std::cin >> size >> runs) {
    Batch batch(*session, size);
    std::vector<double> times_ms;
    for (std::size_t i = 0; i < runs; ++i) {
      const auto begin = Clock::now();
      team.Run(batch);
      times_ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
    }
    const nlohmann::json answer = {{"times_ms", times_ms}, {"outputs", batch.outputs()}};
    std::cout << answer << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace heartbeat::nn

int main(int argc, char** argv) {
  const int threads = argc == 3 ? std::atoi(argv[2]) : 0;
  if (threads < 1) {
    std::fprintf(stderr, "usage: nn_peer MODEL THREADS\n");
    return 2;
  }
  return heartbeat::nn::Main(argv[1], static_cast<std::size_t>(threads));
}
