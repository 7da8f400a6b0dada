#include "server/test_server.h"

#include <chrono>
#include <stdexcept>
#include <utility>

#include "base/clock.h"
#include "base/digest.h"
#include "base/id.h"
#include "server/test_client.h"

namespace heartbeat::server {

base::Result<nlohmann::json> JudgeBySize(std::span<const std::byte> bytes,
                                         std::string_view file_name) {
  if (bytes.empty()) return base::Fail(base::ErrorCode::kEmptyRecording, "nothing in it");
  const std::string predicted = bytes.size() > 10 ? "abnormal" : "normal";
  return nlohmann::json{
      {"id", base::NewId()},
      {"file_name", std::string(file_name)},
      {"timestamp", base::FormatUtc(std::chrono::system_clock::now())},
      {"predicted_class", predicted},
      {"verdict", predicted},
      {"probability_abnormal", predicted == "abnormal" ? 0.9 : 0.2},
      {"confidence", predicted == "abnormal" ? 0.9 : 0.8},
      {"threshold_used", 0.5},
      {"processing_time", 0.001},
      {"recording", {{"duration_s", 2.0}, {"format", "WAV"}, {"sha256", base::Sha256Hex(bytes)}}},
      {"model", {{"name", "fake"}, {"version", "1"}, {"sha256", std::string(64, 'c')}}}};
}

RunningServer::RunningServer(const std::function<void(ServerOptions&)>& adjust) {
  auto predictor = std::make_unique<FakePredictor>();
  predictor_ = predictor.get();
  Run(Server::Create(Options(adjust), std::move(predictor)));
}

RunningServer::RunningServer(WithModel, const std::function<void(ServerOptions&)>& adjust) {
  Run(Server::Create(Options([&](ServerOptions& options) {
    options.keep_history = true;
    adjust(options);
  })));
}

RunningServer::RunningServer(const std::function<void(ServerOptions&)>& adjust,
                             const std::function<Router(Host&)>& make_routes) {
  Run(Server::Create(Options(adjust), make_routes));
}

ServerOptions RunningServer::Options(const std::function<void(ServerOptions&)>& adjust) {
  ServerOptions options;
  options.port = 0;
  options.keep_history = false;
  options.threads = 2;
  options.request_log = [this](std::string_view line) {
    const std::lock_guard lock(mutex_);
    log_.emplace_back(line);
    logged_.notify_all();
  };
  if (adjust) adjust(options);
  return options;
}

void RunningServer::Run(base::Result<std::unique_ptr<Server>> created) {
  if (!created) throw std::runtime_error(created.error().message);
  server_ = *std::move(created);
  thread_ = std::thread([this] { result_ = server_->Run(); });
}

RunningServer::~RunningServer() {
  server_->Stop();
  if (thread_.joinable()) thread_.join();
}

base::Result<void> RunningServer::Join() {
  if (thread_.joinable()) thread_.join();
  return result_;
}

std::vector<nlohmann::json> RunningServer::AwaitLog(std::size_t count) {
  std::unique_lock lock(mutex_);
  logged_.wait_for(lock, std::chrono::seconds(20), [&] { return log_.size() >= count; });
  std::vector<nlohmann::json> lines;
  lines.reserve(log_.size());
  for (const auto& line : log_) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

bool RunningServer::AwaitMetric(std::string_view line) const {
  TestClient client(port());
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const auto answer =
        client.Ask("GET /metrics HTTP/1.1\r\nHost: test\r\nAccept: text/plain\r\n\r\n");
    if (answer && answer->body.find(line) != std::string::npos) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

}  // namespace heartbeat::server
