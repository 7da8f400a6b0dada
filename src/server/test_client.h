#pragma once

#include <chrono>
#include <cstdint>
#include <map>
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

// A blocking client on a raw socket, so that tests can send what no HTTP library would.
class TestClient {
 public:
  explicit TestClient(std::uint16_t port);
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;
  ~TestClient();

  // False where the server has closed.
  bool Send(std::string_view bytes) const;
  // The next answer; nullopt where the connection ended or nothing came in time. `has_body` is
  // false after HEAD.
  std::optional<Answer> Read(bool has_body = true);
  // Whether something has come, or the server has closed.
  [[nodiscard]] bool HasAnswer() const;
  // Send and Read.
  std::optional<Answer> Ask(std::string_view request);
  // True where the server closes within `patience` and sends nothing before.
  bool IsClosedWithin(std::chrono::milliseconds patience);
  // No more will be sent, but answers are read.
  void ShutdownSend() const;
  // Goes away as a crashed client does: with a reset.
  void Vanish();
  [[nodiscard]] std::size_t buffered() const { return buffer_.size(); }

 private:
  bool Fill();
  void SetPatience(std::chrono::milliseconds patience) const;

  int socket_ = -1;
  std::string buffer_;
};

// A request with a multipart form of one part named `key`.
[[nodiscard]] std::string PredictRequest(std::string_view content, std::string_view key = "file",
                                         std::string_view file_name = "a.wav");
[[nodiscard]] std::string FormBody(std::string_view content, std::string_view key = "file",
                                   std::string_view file_name = "a.wav");

}  // namespace heartbeat::server
