#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "server/server.h"

namespace heartbeat::server {

// Answers with what it was given, or as `predict` says. Shared by the test and the server.
struct FakePredictor final : public Predictor {
  [[nodiscard]] bool IsLoaded() const override { return loaded; }
  [[nodiscard]] std::string ModelLabel() const override { return loaded ? "fake 1.0" : ""; }
  [[nodiscard]] base::Result<nlohmann::json> Predict(std::span<const std::byte> bytes,
                                                     std::string_view file_name) const override {
    if (predict) return predict(bytes, file_name);
    return nlohmann::json{{"predicted_class", "normal"},
                          {"file_name", std::string(file_name)},
                          {"bytes", bytes.size()}};
  }

  std::atomic<bool> loaded = true;
  std::function<base::Result<nlohmann::json>(std::span<const std::byte>, std::string_view)> predict;
};

// For FakePredictor::predict: a prediction that the history keeps. Content over 10 bytes is
// abnormal, and none at all is refused.
[[nodiscard]] base::Result<nlohmann::json> JudgeBySize(std::span<const std::byte> bytes,
                                                       std::string_view file_name);

// Holds whoever waits until it is opened.
class Gate {
 public:
  // Opens by itself after a while, so that a failing test ends.
  void Wait() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait_for(lock, kPatience, [this] { return open_; });
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  // False where fewer than `count` have come in time.
  [[nodiscard]] bool AwaitWaiting(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return waiting_ >= count; });
  }

 private:
  static constexpr std::chrono::seconds kPatience{20};
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

// A server on a free port, run by a thread of its own.
class RunningServer {
 public:
  // `adjust` changes the options before the server is made.
  explicit RunningServer(const std::function<void(ServerOptions&)>& adjust = {});
  // With the model that the options say, and no predictor(); keeps a history.
  struct WithModel {};
  RunningServer(WithModel, const std::function<void(ServerOptions&)>& adjust);
  // With other routes than the API's; then there is no predictor().
  RunningServer(const std::function<void(ServerOptions&)>& adjust,
                const std::function<Router(Host&)>& make_routes);
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;
  ~RunningServer();

  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  Server& server() { return *server_; }
  FakePredictor& predictor() { return *predictor_; }
  // Waits for Run to return, and gives what it returned.
  base::Result<void> Join();
  // The first `count` lines of the request log; fewer where they have not come in time.
  std::vector<nlohmann::json> AwaitLog(std::size_t count);
  // False where the metrics do not come to hold `line` in time.
  [[nodiscard]] bool AwaitMetric(std::string_view line) const;

 private:
  ServerOptions Options(const std::function<void(ServerOptions&)>& adjust);
  void Run(base::Result<std::unique_ptr<Server>> created);

  FakePredictor* predictor_ = nullptr;
  std::mutex mutex_;
  std::condition_variable logged_;
  std::vector<std::string> log_;
  std::unique_ptr<Server> server_;
  base::Result<void> result_;
  std::thread thread_;
};

}  // namespace heartbeat::server
