#pragma once

#include <filesystem>
#include <string>

namespace heartbeat::server {

// A certificate of its own authority for "localhost" and its key, as PEM files in a folder that
// goes with this.
class TestCertificate {
 public:
  struct Options {
    long valid_from_s = -3600;  // from now
    long valid_to_s = 3600;
    std::string password{};  // of the key; "": none
    bool is_rsa = false;     // else P-256
    int rsa_bits = 2048;
  };
  TestCertificate() : TestCertificate(Options{}) {}
  explicit TestCertificate(const Options& options);
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;
  ~TestCertificate();

  [[nodiscard]] std::filesystem::path folder() const { return folder_; }
  [[nodiscard]] std::filesystem::path certificate() const { return folder_ / "server.pem"; }
  [[nodiscard]] std::filesystem::path key() const { return folder_ / "server.key"; }

 private:
  std::filesystem::path folder_;
};

}  // namespace heartbeat::server
