#include "server/test_server.h"

#include <stdexcept>
#include <utility>

namespace heartbeat::server {

RunningServer::RunningServer(const std::function<void(ServerOptions&)>& adjust) {
  auto predictor = std::make_unique<FakePredictor>();
  predictor_ = predictor.get();
  Run(Server::Create(Options(adjust), std::move(predictor)));
}

RunningServer::RunningServer(const std::function<void(ServerOptions&)>& adjust,
                             const std::function<Router(Host&)>& make_routes) {
  Run(Server::Create(Options(adjust), make_routes));
}

ServerOptions RunningServer::Options(const std::function<void(ServerOptions&)>& adjust) {
  ServerOptions options;
  options.port = 0;
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

}  // namespace heartbeat::server
