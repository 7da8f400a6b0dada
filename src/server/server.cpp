#include "server/server.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <csignal>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"
#include "server/access.h"
#include "server/api.h"
#include "server/audit_trail.h"
#include "server/connection.h"
#include "server/cors.h"
#include "server/current_model.h"
#include "server/gate.h"
#include "server/model_predictor.h"
#include "server/model_shelf.h"
#include "server/model_switch.h"
#include "server/retention.h"
#include "server/retraining.h"
#include "server/router.h"
#include "server/tls.h"
#include "server/work_pool.h"
#include "store/store.h"

namespace heartbeat::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using base::ErrorCode;
using base::Fail;
using boost::system::error_code;

// Beyond max_connections, this many clients at a time are told so; more are cut off.
constexpr std::size_t kMaxTurnedAway = 64;
constexpr std::chrono::milliseconds kAcceptRetry{100};
constexpr std::chrono::seconds kSayAgain{10};
// Between two looks at whether another program promoted a model.
constexpr std::chrono::milliseconds kFollowInterval{2000};

}  // namespace

class Server::Impl final : public Host {
 public:
  // `tls`: nullptr to serve in the clear.
  Impl(const ServerOptions& options, std::vector<AddressRange> trusted_proxies, Cors cors,
       std::unique_ptr<asio::ssl::context> tls)
      : options_(options),
        trusted_proxies_(std::move(trusted_proxies)),
        cors_(std::move(cors)),
        tls_(std::move(tls)) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  // Where it never ran, nobody has told them.
  ~Impl() override { TellThatItStops(); }

  base::Result<void> Listen() {
    error_code error;
    const auto address = asio::ip::make_address(options_.Address(), error);
    const tcp::endpoint endpoint(address, options_.port);
    if (!error) acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    if (!error) return {};
    const auto place = options_.host + " port " + std::to_string(options_.port);
    if (error == asio::error::address_in_use) {
      return Fail(ErrorCode::kIo, "cannot listen on " + place +
                                      ": another program already does; stop it, or choose another "
                                      "port with --port (0 takes any free one)");
    }
    if (error == asio::error::access_denied) {
      return Fail(ErrorCode::kIo, "cannot listen on " + place +
                                      ": not permitted; ports under 1024 are the system's, choose "
                                      "another with --port");
    }
    return Fail(ErrorCode::kIo, "cannot listen on " + place + ": " + error.message());
  }

  base::Result<void> OpenHistory() {
    if (!options_.keep_history) return {};
    store::StoreOptions options;
    options.data_dir = options_.data_dir;
    auto opened = store::Store::Open(options);
    if (!opened) {
      return Fail(opened.error().code,
                  "cannot open the history in " + options_.data_dir.string() + ": " +
                      opened.error().message +
                      " (--data-dir DIR takes another folder, --no-store keeps no history)");
    }
    history_ = *std::move(opened);
    return {};
  }

  base::Result<void> OpenDoor() {
    if (!options_.keys_file.empty()) {
      auto access = Access::Open(options_.keys_file);
      if (!access) return Fail(access);
      access_ = *std::move(access);
      keepers_.access = access_.get();
      // From now on, as it would end a program that is about to serve.
      reload_signals_.add(SIGHUP);
    }
    if (!options_.audit_file.empty()) {
      auto audit = AuditTrail::Open(options_.audit_file);
      if (!audit) return Fail(audit);
      audit_ = *std::move(audit);
      keepers_.audit = audit_.get();
    }
    return {};
  }

  // nullptr: the model of the options, or what was promoted.
  void SetPredictor(std::shared_ptr<const Predictor> predictor) {
    if (history_) {
      shelf_.emplace(*history_, options_.data_dir, options_.shipped_model, options_.max_file_bytes,
                     options_.asked);
      if (!predictor) predictor = ChooseModel(*shelf_, options_.model_path);
    } else if (!predictor) {
      const auto& named = options_.model_path;
      predictor = std::make_shared<const ModelPredictor>(
          named.empty() ? options_.shipped_model : named, options_.max_file_bytes, options_.asked);
    }
    predictor_.emplace(std::move(predictor));
    if (shelf_) {
      models_.emplace(*shelf_, *predictor_);
      retraining_.emplace(RetrainingOptions{.data_dir = options_.data_dir,
                                            .trainer = options_.trainer,
                                            .epochs = options_.retrain_epochs,
                                            .threads = static_cast<int>(std::max(
                                                1U, std::thread::hardware_concurrency() / 2))},
                          *models_);
    }
    router_ = MakeApi(options_, {.predictor = *predictor_,
                                 .host = *this,
                                 .history = history_.get(),
                                 .models = models_ ? &*models_ : nullptr,
                                 .retraining = retraining_ ? &*retraining_ : nullptr,
                                 .access = access_.get()});
    if (models_) models_->Follow(kFollowInterval);
  }

  void SetRoutes(const std::function<Router(Host&)>& make_routes) { router_ = make_routes(*this); }

  [[nodiscard]] std::uint16_t port() const { return port_; }

  [[nodiscard]] std::string ModelLabel() const {
    return predictor_ ? predictor_->ModelLabel() : std::string();
  }

  [[nodiscard]] WorkPool& pool() override { return pool_; }

  [[nodiscard]] ServerLoad Load() const override {
    ServerLoad load{.pool = pool_.Load(),
                    .open_connections = 0,
                    .max_connections = options_.max_connections,
                    .requests_in_flight = requests_in_flight_};
    const std::lock_guard lock(mutex_);
    load.open_connections = connections_.size();
    return load;
  }

  void AddObserver(std::shared_ptr<RequestObserver> observer) override {
    observers_.push_back(std::move(observer));
  }

  void OnStop(std::function<void()> callback) override { on_stop_.push_back(std::move(callback)); }

  base::Result<void> Run() {
    std::signal(SIGPIPE, SIG_IGN);  // a log whose reader is gone must not end the service
    signals_.add(SIGINT);
    signals_.add(SIGTERM);
    WaitForSignal();
    if (access_) AwaitReload();
    asio::co_spawn(control_, Accept(), asio::detached);
    std::vector<std::thread> threads;
    std::optional<Retention> retention;
    base::Result<void> result;
    try {
      if (history_) {
        retention.emplace(*history_, RetentionOptions{.keep_days = options_.keep_days,
                                                      .keep_gib = options_.keep_gib});
      }
      for (unsigned i = 1; i < options_.io_threads; ++i) threads.emplace_back([this] { RunIo(); });
    } catch (const std::system_error& failure) {
      result = Fail(ErrorCode::kInternal,
                    std::string("cannot start a thread for the server: ") + failure.what());
      Stop();
    }
    RunIo();
    for (auto& thread : threads) thread.join();
    return result;
  }

  void Stop() {
    asio::post(control_, [this] { BeginDrain(); });
  }

 private:
  void RunIo() {
    while (true) {
      try {
        io_.run();
        return;
      } catch (const std::exception& failure) {
        base::LogError(std::string("the server's loop failed and goes on: ") + failure.what());
      }
    }
  }

  void WaitForSignal() {
    signals_.async_wait([this](const error_code& error, int) {
      if (error) return;
      if (stopping_) {
        AbortAll();
      } else {
        base::LogInfo("stopping: requests in flight are finished first");
        BeginDrain();
      }
      if (!finished_) WaitForSignal();
    });
  }

  void AwaitReload() {
    reload_signals_.async_wait([this](const error_code& error, int) {
      if (error) return;
      pool_.Requeue([this] { ReloadKeys(); });
      AwaitReload();
    });
  }

  void ReloadKeys() {
    const auto keys = access_->Reload();
    if (keys) {
      base::LogInfo("read the keys again: " + std::to_string(*keys) + " are in force");
    } else {
      base::LogError("the keys stay as they were: " + keys.error().message);
    }
  }

  asio::awaitable<void> Accept() {
    asio::steady_timer pause(control_);
    while (acceptor_.is_open()) {
      error_code error;
      auto token = asio::redirect_error(asio::use_awaitable, error);
      std::string trouble;
      try {
        tcp::socket socket(asio::make_strand(io_));
        co_await acceptor_.async_accept(socket, token);
        if (!acceptor_.is_open()) break;
        if (!error) Welcome(std::move(socket));
        if (!error || error == asio::error::connection_aborted) continue;
        trouble = error.message();
      } catch (const std::exception& failure) {
        trouble = failure.what();
      }
      // Such as no file descriptors or no memory left: wait until connections have closed.
      SayWhyNoneIsAccepted(trouble);
      pause.expires_after(kAcceptRetry);
      co_await pause.async_wait(token);
    }
  }

  // Not at each attempt: a log that fills the disk would be a failure more.
  void SayWhyNoneIsAccepted(const std::string& trouble) {
    const auto now = std::chrono::steady_clock::now();
    if (said_at_ && now - *said_at_ < kSayAgain) return;
    said_at_ = now;
    base::LogWarning("cannot accept connections, and tries again: " + trouble +
                     "; raise the limits of this process (ulimit -n, its memory), or lower "
                     "--max-connections");
  }

  void Welcome(tcp::socket socket) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    const auto connection = MakeConnection(std::move(socket), context_);
    auto welcome = server::Welcome::kServe;
    {
      const std::lock_guard lock(mutex_);
      const auto count = connections_.size();
      if (count >= options_.max_connections + kMaxTurnedAway) return;
      if (count >= options_.max_connections) welcome = server::Welcome::kRefuse;
      connections_.insert(connection);
    }
    try {
      connection->Start(welcome, [this, connection] {
        Forget(connection);
        asio::post(control_, [this] { FinishIfEmpty(); });
      });
    } catch (...) {
      Forget(connection);
      throw;
    }
  }

  void Forget(const std::shared_ptr<Connection>& connection) {
    const std::lock_guard lock(mutex_);
    connections_.erase(connection);
  }

  void TellThatItStops() {
    for (const auto& callback : std::exchange(on_stop_, {})) callback();
  }

  void BeginDrain() {
    if (stopping_.exchange(true)) return;
    TellThatItStops();
    error_code ignored;
    acceptor_.close(ignored);
    for (const auto& connection : Connections()) connection->Drain();
    drain_timer_.expires_after(options_.drain_timeout);
    drain_timer_.async_wait([this](const error_code& error) {
      if (error) return;
      base::LogWarning("requests still in flight at the end of the drain time are cut off");
      AbortAll();
    });
    FinishIfEmpty();
  }

  void AbortAll() {
    for (const auto& connection : Connections()) connection->Abort();
  }

  // With nothing left to wait for, io_.run returns in every thread.
  void FinishIfEmpty() {
    if (!stopping_ || finished_ || !Connections().empty()) return;
    finished_ = true;
    drain_timer_.cancel();
    error_code ignored;
    for (auto* signals : {&signals_, &reload_signals_}) {
      signals->cancel(ignored);
      signals->clear(ignored);
    }
  }

  std::vector<std::shared_ptr<Connection>> Connections() {
    const std::lock_guard lock(mutex_);
    return {connections_.begin(), connections_.end()};
  }

  const ServerOptions options_;
  asio::io_context io_;
  asio::strand<asio::io_context::executor_type> control_ = asio::make_strand(io_);
  tcp::acceptor acceptor_{control_};
  asio::signal_set signals_{control_};
  asio::signal_set reload_signals_{control_};
  asio::steady_timer drain_timer_{control_};
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;                            // written on control_ only
  bool finished_ = false;                                         // on control_
  std::optional<std::chrono::steady_clock::time_point> said_at_;  // on control_
  std::optional<CurrentModel> predictor_;
  Router router_;
  // Behind what its callbacks use, so that it writes and tells what waits before those go.
  std::unique_ptr<store::Store> history_;
  // What uses the history and the predictor besides the routes; each uses those before it.
  std::optional<ModelShelf> shelf_;
  std::optional<ModelSwitch> models_;
  std::optional<Retraining> retraining_;
  const std::vector<AddressRange> trusted_proxies_;
  const Cors cors_;
  std::unique_ptr<Access> access_;
  std::unique_ptr<AuditTrail> audit_;
  Doorkeepers keepers_{.access = nullptr, .cors = cors_, .audit = nullptr};
  const std::unique_ptr<asio::ssl::context> tls_;
  std::vector<std::shared_ptr<RequestObserver>> observers_;
  std::vector<std::function<void()>> on_stop_;
  std::atomic<std::size_t> requests_in_flight_ = 0;
  mutable std::mutex mutex_;
  std::set<std::shared_ptr<Connection>> connections_;
  // Last, so that it goes first: its jobs post to io_ and use the predictor and the history.
  WorkPool pool_{options_.threads, options_.max_queue};
  const ConnectionContext context_{.options = options_,
                                   .router = router_,
                                   .pool = pool_,
                                   .trusted_proxies = trusted_proxies_,
                                   .tls = tls_.get(),
                                   .keepers = keepers_,
                                   .observers = observers_,
                                   .requests_in_flight = requests_in_flight_,
                                   .stopping = stopping_};
};

base::Result<std::unique_ptr<Server>> Server::Create(const ServerOptions& options) {
  // The port and the history come first: a mistake there should not wait for a model to load.
  auto server = Bind(options);
  if (!server) return server;
  if (auto opened = (*server)->impl_->OpenHistory(); !opened) return Fail(opened);
  if (auto opened = (*server)->impl_->OpenDoor(); !opened) return Fail(opened);
  (*server)->impl_->SetPredictor(nullptr);
  return server;
}

base::Result<std::unique_ptr<Server>> Server::Create(const ServerOptions& options,
                                                     std::unique_ptr<const Predictor> predictor) {
  auto server = Bind(options);
  if (!server) return server;
  if (auto opened = (*server)->impl_->OpenHistory(); !opened) return Fail(opened);
  if (auto opened = (*server)->impl_->OpenDoor(); !opened) return Fail(opened);
  (*server)->impl_->SetPredictor(std::move(predictor));
  return server;
}

base::Result<std::unique_ptr<Server>> Server::Create(
    const ServerOptions& options, const std::function<Router(Host&)>& make_routes) {
  auto server = Bind(options);
  if (!server) return server;
  if (auto opened = (*server)->impl_->OpenDoor(); !opened) return Fail(opened);
  (*server)->impl_->SetRoutes(make_routes);
  return server;
}

base::Result<std::unique_ptr<Server>> Server::Bind(const ServerOptions& options) {
  if (auto valid = options.Validate(); !valid) return Fail(valid);
  try {
    auto trusted_proxies = options.ParseTrustedProxies();
    if (!trusted_proxies) return Fail(trusted_proxies);
    std::unique_ptr<asio::ssl::context> tls;
    if (options.HasTls()) {
      auto loaded = LoadTls(options.tls_certificate, options.tls_key);
      if (!loaded) return Fail(loaded);
      tls = *std::move(loaded);
    }
    auto cors = Cors::Parse(options.cors_origins);
    if (!cors) return Fail(cors);
    auto impl = std::make_unique<Impl>(options, *std::move(trusted_proxies), *std::move(cors),
                                       std::move(tls));
    if (auto listening = impl->Listen(); !listening) return Fail(listening);
    return std::unique_ptr<Server>(new Server(std::move(impl)));
  } catch (const std::exception& failure) {
    return Fail(ErrorCode::kInternal,
                std::string("the server could not be set up: ") + failure.what());
  }
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

std::uint16_t Server::port() const { return impl_->port(); }
std::string Server::ModelLabel() const { return impl_->ModelLabel(); }
base::Result<void> Server::Run() { return impl_->Run(); }
void Server::Stop() { impl_->Stop(); }

}  // namespace heartbeat::server
