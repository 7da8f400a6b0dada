// Sends one request again and again at times that do not depend on the answers: open_loop PORT
// REQUESTS_PER_SECOND SECONDS FILE, the file holding the bytes of a whole HTTP/1.1 request. The
// times are a Poisson process (always the same one for a rate); where every connection is busy, one
// more is opened. A latency counts from the time at which the request was to be sent, so that a
// server that stalls is charged for all who waited meanwhile (no coordinated omission). Prints
// JSON: {"sent", "answered", "refused", "unanswered", "sent_late_ms", "p50_ms", "p99_ms",
// "p999_ms", "max_ms"}; refused: any status but 200. sent_late_ms: the 99th percentile of how late
// this program itself was.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace heartbeat {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr std::size_t kMaxConnections = 1000;
constexpr Seconds kPatience{30};  // for what is unanswered after the last request was sent

double Milliseconds(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

[[noreturn]] void Die(const char* what) {
  std::perror(what);
  std::exit(1);
}

struct Connection {
  int descriptor = -1;
  std::size_t sent = 0;
  std::string answer;
  Clock::time_point due;  // of the request that it carries
};

// Status and whole length of an answer whose header is complete.
struct Head {
  int status = 0;
  std::size_t length = 0;
};

std::optional<Head> ReadHead(std::string_view answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  if (end == std::string_view::npos || answer.size() < 12) return std::nullopt;
  std::string header(answer.substr(0, end));
  std::ranges::transform(header, header.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  Head head;
  std::from_chars(header.data() + 9, header.data() + 12, head.status);
  constexpr std::string_view kLength = "\r\ncontent-length: ";
  const std::size_t at = header.find(kLength);
  std::size_t body = 0;
  if (at != std::string::npos) {
    std::from_chars(header.data() + at + kLength.size(), header.data() + header.size(), body);
  }
  head.length = end + 4 + body;
  return head;
}

class Client {
 public:
  Client(std::uint16_t port, std::string request) : port_(port), request_(std::move(request)) {
    poll_ = epoll_create1(EPOLL_CLOEXEC);
    timer_ = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (poll_ < 0 || timer_ < 0) Die("open_loop: epoll");
    epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
    if (epoll_ctl(poll_, EPOLL_CTL_ADD, timer_, &event) != 0) Die("open_loop: epoll_ctl");
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() {
    for (const auto& connection : all_) {
      if (connection->descriptor >= 0) close(connection->descriptor);
    }
    close(timer_);
    close(poll_);
  }

  nlohmann::json Run(double rate, Seconds length) {
    std::mt19937_64 random(1);
    std::exponential_distribution<double> gap(rate);
    const Clock::time_point begin = Clock::now();
    double next_s = gap(random);
    Clock::time_point give_up =
        begin + std::chrono::duration_cast<Clock::duration>(length + kPatience);
    while (true) {
      const Clock::time_point now = Clock::now();
      while (next_s < length.count() && begin + ToTicks(next_s) <= now) {
        waiting_.push_back(begin + ToTicks(next_s));
        next_s += gap(random);
      }
      while (!waiting_.empty() && StartNext()) {
      }
      const bool all_sent = next_s >= length.count() && waiting_.empty();
      if ((all_sent && idle_.size() == all_.size()) || now >= give_up) break;
      Wait(next_s < length.count() ? begin + ToTicks(next_s) : give_up);
    }
    return Summary();
  }

 private:
  static Clock::duration ToTicks(double seconds) {
    return std::chrono::duration_cast<Clock::duration>(Seconds(seconds));
  }

  void Open(Connection& connection) {
    connection.descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection.descriptor < 0) Die("open_loop: socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(connection.descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) !=
        0) {
      Die("open_loop: connect");
    }
    const int on = 1;
    setsockopt(connection.descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.ptr = &connection}};
    if (epoll_ctl(poll_, EPOLL_CTL_ADD, connection.descriptor, &event) != 0) {
      Die("open_loop: epoll_ctl");
    }
  }

  // False where every connection is busy and there may be no more.
  bool StartNext() {
    if (idle_.empty()) {
      if (all_.size() >= kMaxConnections) return false;
      all_.push_back(std::make_unique<Connection>());
      idle_.push_back(all_.back().get());
    }
    Connection& connection = *idle_.back();
    idle_.pop_back();
    if (connection.descriptor < 0) Open(connection);
    connection.due = waiting_.front();
    waiting_.pop_front();
    connection.sent = 0;
    connection.answer.clear();
    late_ms_.push_back(Milliseconds(Clock::now() - connection.due));
    Write(connection);
    return true;
  }

  void Write(Connection& connection) {
    while (connection.sent < request_.size()) {
      const ssize_t wrote = send(connection.descriptor, request_.data() + connection.sent,
                                 request_.size() - connection.sent, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return;  // the rest when it can be written; an error shows when reading
      connection.sent += static_cast<std::size_t>(wrote);
    }
  }

  void Read(Connection& connection) {
    std::array<char, 16384> bytes;
    while (true) {
      const ssize_t got = recv(connection.descriptor, bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) return;
      if (got <= 0) return Lose(connection);
      connection.answer.append(bytes.data(), static_cast<std::size_t>(got));
      const auto head = ReadHead(connection.answer);
      if (!head || connection.answer.size() < head->length) continue;
      if (head->status == 200) {
        latencies_ms_.push_back(Milliseconds(Clock::now() - connection.due));
      } else {
        ++refused_;
      }
      connection.answer.clear();
      idle_.push_back(&connection);
    }
  }

  // The server closed it: without a request it is opened anew for the next one.
  void Lose(Connection& connection) {
    close(connection.descriptor);
    connection.descriptor = -1;
    if (std::ranges::find(idle_, &connection) == idle_.end()) {
      idle_.push_back(&connection);
    }
  }

  void Wait(Clock::time_point until) {
    const auto since_epoch = until.time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_epoch);
    itimerspec timer{};
    timer.it_value.tv_sec = seconds.count();
    timer.it_value.tv_nsec = std::chrono::nanoseconds(since_epoch - seconds).count();
    timerfd_settime(timer_, TFD_TIMER_ABSTIME, &timer, nullptr);
    std::array<epoll_event, 64> events;
    const int count = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.ptr == nullptr) continue;  // the timer, which is set anew each time
      auto& connection = *static_cast<Connection*>(event.data.ptr);
      if (connection.descriptor < 0) continue;
      if ((event.events & EPOLLOUT) != 0) Write(connection);
      if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR | EPOLLRDHUP)) != 0) Read(connection);
    }
  }

  static double Quantile(std::vector<double>& values, double share) {
    if (values.empty()) return 0;
    std::ranges::sort(values);
    const auto rank =
        static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
    return values[std::min(std::max<std::size_t>(rank, 1), values.size()) - 1];
  }

  nlohmann::json Summary() {
    const std::size_t sent = late_ms_.size();
    const std::size_t answered = latencies_ms_.size();
    return {{"sent", sent},
            {"answered", answered},
            {"refused", refused_},
            {"unanswered", sent + waiting_.size() - answered - refused_},
            {"connections", all_.size()},
            {"sent_late_ms", Quantile(late_ms_, 0.99)},
            {"p50_ms", Quantile(latencies_ms_, 0.5)},
            {"p99_ms", Quantile(latencies_ms_, 0.99)},
            {"p999_ms", Quantile(latencies_ms_, 0.999)},
            {"max_ms", Quantile(latencies_ms_, 1)}};
  }

  std::uint16_t port_;
  std::string request_;
  int poll_ = -1;
  int timer_ = -1;
  std::vector<std::unique_ptr<Connection>> all_;
  std::vector<Connection*> idle_;
  std::deque<Clock::time_point> waiting_;  // when each was to be sent
  std::vector<double> late_ms_;
  std::vector<double> latencies_ms_;
  std::size_t refused_ = 0;
};

}  // namespace
}  // namespace heartbeat

int main(int argc, char** argv) {
  const int port = argc == 5 ? std::atoi(argv[1]) : 0;
  const double rate = argc == 5 ? std::atof(argv[2]) : 0;
  const double seconds = argc == 5 ? std::atof(argv[3]) : 0;
  if (port < 1 || port > 65535 || rate <= 0 || seconds <= 0) {
    std::fprintf(stderr, "usage: open_loop PORT REQUESTS_PER_SECOND SECONDS FILE\n");
    return 2;
  }
  std::ifstream file(argv[4], std::ios::binary);
  const std::string request((std::istreambuf_iterator<char>(file)), {});
  if (request.empty()) {
    std::fprintf(stderr, "open_loop: there is nothing in %s\n", argv[4]);
    return 1;
  }
  heartbeat::Client client(static_cast<std::uint16_t>(port), request);
  std::cout << client.Run(rate, heartbeat::Seconds(seconds)) << std::endl;
  return 0;
}
