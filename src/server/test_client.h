#pragma once

#include <openssl/ssl.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace heartbeat::server {

// What a client reads back. Header names in lower case.
struct Answer {
  int status = 0;
  std::map<std::string, std::string> headers;
  std::string body;
};

// How a client speaks TLS. It takes any certificate.
struct TestTls {
  int max_version = 0;        // such as TLS1_2_VERSION; 0: any
  std::string alpn;           // as the extension lists it: each name behind its length
  std::string tls12_ciphers;  // "": OpenSSL's own
};

// A blocking client on a raw socket, so that tests can send what no HTTP library would.
class TestClient {
 public:
  explicit TestClient(std::uint16_t port);
  // Throws where the handshake fails.
  TestClient(std::uint16_t port, const TestTls& tls);
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;
  ~TestClient();

  // False where the server has closed.
  bool Send(std::string_view bytes) const;
  // The next answer; nullopt where the connection ended or nothing came in time. `has_body` is
  // false after HEAD.
  std::optional<Answer> Read(bool has_body = true);
  // What comes of a body without end, up to `text` and with it; all that came where it does not.
  std::string ReadUntil(std::string_view text);
  // All that comes until the server closes.
  std::string ReadToEnd();
  // Whether something has come, or the server has closed.
  [[nodiscard]] bool HasAnswer() const;
  // Send and Read.
  std::optional<Answer> Ask(std::string_view request);
  // True where the server closes within `patience` and sends nothing before.
  bool IsClosedWithin(std::chrono::milliseconds patience);
  // True where the server ends TLS in good order (close_notify) and sends nothing before.
  bool EndsTls();
  [[nodiscard]] std::string AgreedProtocol() const;  // of ALPN
  // No more will be sent, but answers are read.
  void ShutdownSend() const;
  // Goes away as a crashed client does: with a reset.
  void Vanish();
  [[nodiscard]] std::size_t buffered() const { return buffer_.size(); }

 private:
  bool Fill();
  std::optional<std::string> Take(std::size_t length);
  std::optional<std::string> ReadChunks();
  void SetPatience(std::chrono::milliseconds patience) const;
  ssize_t Receive(char* space, std::size_t size) const;

  int socket_ = -1;
  std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)> context_;
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> tls_;  // nullptr: in the clear
  std::string buffer_;
};

// A request with a multipart form of one part named `key`.
[[nodiscard]] std::string PredictRequest(std::string_view content, std::string_view key = "file",
                                         std::string_view file_name = "a.wav");
[[nodiscard]] std::string FormBody(std::string_view content, std::string_view key = "file",
                                   std::string_view file_name = "a.wav");
// A request without a body. `headers`: lines, each ended by CR LF.
[[nodiscard]] std::string PlainRequest(std::string_view method, std::string_view target,
                                       std::string_view headers = {});
[[nodiscard]] int Status(const std::optional<Answer>& answer);           // 0: none
[[nodiscard]] nlohmann::json Json(const std::optional<Answer>& answer);  // null: none

}  // namespace heartbeat::server
