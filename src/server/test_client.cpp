#include "server/test_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <utility>

#include "server/header_value.h"

namespace heartbeat::server {
namespace {

// Long enough for a machine under load; only a failing test waits for it.
constexpr std::chrono::milliseconds kPatience{20'000};
constexpr std::size_t kMaxPiece = std::size_t{1} << 20;

}  // namespace

TestClient::TestClient(std::uint16_t port)
    : socket_(::socket(AF_INET, SOCK_STREAM, 0)),
      context_(nullptr, SSL_CTX_free),
      tls_(nullptr, SSL_free) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  SetPatience(kPatience);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(socket_);
    throw std::runtime_error("the test client cannot connect");
  }
}

TestClient::TestClient(std::uint16_t port, const TestTls& tls) : TestClient(port) {
  context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_max_proto_version(context_.get(), tls.max_version);
  if (!tls.tls12_ciphers.empty()) {
    SSL_CTX_set_cipher_list(context_.get(), tls.tls12_ciphers.c_str());
  }
  if (!tls.alpn.empty()) {
    SSL_CTX_set_alpn_protos(context_.get(), reinterpret_cast<const unsigned char*>(tls.alpn.data()),
                            static_cast<unsigned>(tls.alpn.size()));
  }
  tls_.reset(SSL_new(context_.get()));
  SSL_set_fd(tls_.get(), socket_);
  if (SSL_connect(tls_.get()) != 1) throw std::runtime_error("the TLS handshake failed");
}

std::string TestClient::AgreedProtocol() const {
  const unsigned char* name = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(tls_.get(), &name, &length);
  return {reinterpret_cast<const char*>(name), length};
}

TestClient::~TestClient() {
  if (socket_ >= 0) ::close(socket_);
}

void TestClient::SetPatience(std::chrono::milliseconds patience) const {
  timeval time{};
  time.tv_sec = patience.count() / 1000;
  time.tv_usec = (patience.count() % 1000) * 1000;
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
}

bool TestClient::Send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto piece = std::min(bytes.size(), kMaxPiece);
    const ssize_t sent = tls_ ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(piece))
                              : ::send(socket_, bytes.data(), piece, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

ssize_t TestClient::Receive(char* space, std::size_t size) const {
  return tls_ ? SSL_read(tls_.get(), space, static_cast<int>(size))
              : ::recv(socket_, space, size, 0);
}

bool TestClient::EndsTls() {
  char byte = 0;
  if (!buffer_.empty()) return false;
  const auto got = Receive(&byte, 1);
  return SSL_get_error(tls_.get(), static_cast<int>(got)) == SSL_ERROR_ZERO_RETURN;
}

bool TestClient::Fill() {
  std::array<char, 65536> piece{};
  const ssize_t got = Receive(piece.data(), piece.size());
  if (got <= 0) return false;
  buffer_.append(piece.data(), static_cast<std::size_t>(got));
  return true;
}

std::optional<Answer> TestClient::Read(bool has_body) {
  auto end = buffer_.find("\r\n\r\n");
  while (end == std::string::npos) {
    if (!Fill()) return std::nullopt;
    end = buffer_.find("\r\n\r\n");
  }
  Answer answer;
  std::string_view head = std::string_view(buffer_).substr(0, end);
  if (!head.starts_with("HTTP/1.1 ") || head.size() < 12) return std::nullopt;
  std::from_chars(head.data() + 9, head.data() + 12, answer.status);
  for (auto line = head.find("\r\n"); line != std::string_view::npos; line = head.find("\r\n")) {
    head.remove_prefix(line + 2);
    const auto colon = head.find(':');
    if (colon == std::string_view::npos) break;
    const auto value_end = std::min(head.find("\r\n"), head.size());
    answer.headers[ToLower(head.substr(0, colon))] =
        Trim(head.substr(colon + 1, value_end - colon - 1));
  }
  buffer_.erase(0, end + 4);
  std::size_t length = 0;
  if (const auto found = answer.headers.find("content-length"); found != answer.headers.end()) {
    length = std::stoul(found->second);
  }
  if (!has_body) return answer;
  auto body = answer.headers.contains("transfer-encoding") ? ReadChunks() : Take(length);
  if (!body) return std::nullopt;
  answer.body = *std::move(body);
  return answer;
}

std::optional<std::string> TestClient::Take(std::size_t length) {
  while (buffer_.size() < length) {
    if (!Fill()) return std::nullopt;
  }
  auto taken = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return taken;
}

std::optional<std::string> TestClient::ReadChunks() {
  std::string body;
  while (true) {
    auto end = buffer_.find("\r\n");
    while (end == std::string::npos) {
      if (!Fill()) return std::nullopt;
      end = buffer_.find("\r\n");
    }
    const auto length = std::stoul(*Take(end), nullptr, 16);
    const auto chunk = Take(2 + length + 2);
    if (!chunk || !chunk->ends_with("\r\n")) return std::nullopt;
    if (length == 0) return body;
    body += chunk->substr(2, length);
  }
}

std::string TestClient::ReadUntil(std::string_view text) {
  auto at = buffer_.find(text);
  while (at == std::string::npos) {
    if (!Fill()) return std::exchange(buffer_, {});
    at = buffer_.find(text);
  }
  return *Take(at + text.size());
}

std::string TestClient::ReadToEnd() {
  while (Fill()) {
  }
  return std::exchange(buffer_, {});
}

bool TestClient::HasAnswer() const {
  pollfd state{.fd = socket_, .events = POLLIN, .revents = 0};
  return ::poll(&state, 1, 0) > 0;
}

std::optional<Answer> TestClient::Ask(std::string_view request) {
  Send(request);
  return Read();
}

bool TestClient::IsClosedWithin(std::chrono::milliseconds patience) {
  if (!buffer_.empty()) return false;
  SetPatience(patience);
  char byte = 0;
  const ssize_t got = ::recv(socket_, &byte, 1, 0);
  const bool closed = got == 0 || (got < 0 && errno == ECONNRESET);
  SetPatience(kPatience);
  return closed;
}

void TestClient::ShutdownSend() const { ::shutdown(socket_, SHUT_WR); }

void TestClient::Vanish() {
  const linger reset{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  ::close(socket_);
  socket_ = -1;
}

std::string FormBody(std::string_view content, std::string_view key, std::string_view file_name) {
  return "--bound\r\nContent-Disposition: form-data; name=\"" + std::string(key) +
         "\"; filename=\"" + std::string(file_name) + "\"\r\n\r\n" + std::string(content) +
         "\r\n--bound--\r\n";
}

std::string PlainRequest(std::string_view method, std::string_view target,
                         std::string_view headers) {
  return std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n" +
         std::string(headers) + "\r\n";
}

int Status(const std::optional<Answer>& answer) { return answer ? answer->status : 0; }

nlohmann::json Json(const std::optional<Answer>& answer) {
  return answer ? nlohmann::json::parse(answer->body, nullptr, false) : nlohmann::json();
}

std::string PredictRequest(std::string_view content, std::string_view key,
                           std::string_view file_name) {
  const auto body = FormBody(content, key, file_name);
  return "POST /predict HTTP/1.1\r\nHost: test\r\nContent-Type: multipart/form-data; "
         "boundary=bound\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace heartbeat::server
