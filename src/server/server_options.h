#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/calibration.h"
#include "base/result.h"
#include "server/client_origin.h"
#include "server/form.h"

namespace heartbeat::server {

// Every limit exists because the other side is hostile until proven otherwise.
struct ServerOptions {
  std::string host = "127.0.0.1";  // an IPv4 or IPv6 address, or "localhost"
  std::uint16_t port = 8000;       // 0: any free one, Server::port() tells which
  bool insecure = false;           // listen beyond this machine although nobody has to log in
  // The API keys (key_file.h), read again on SIGHUP; empty: nobody has to log in.
  std::filesystem::path keys_file;
  // Pages of these origins, such as "https://viewer.example.org", may use the API from a browser.
  std::vector<std::string> cors_origins;
  // Takes a line for each access to a recording (audit_trail.h); empty: none.
  std::filesystem::path audit_file;
  // The model that serves; empty: what was promoted last, else the one that came with the program.
  std::filesystem::path model_path;
  std::filesystem::path shipped_model;  // the latter; empty: there is none
  analysis::AnalyzerOptions asked;      // of every model that serves
  // The history and its recordings, made where it is missing; train/{normal,abnormal} below it:
  // training data.
  std::filesystem::path data_dir = "data";
  std::filesystem::path trainer;  // heartbeat-train; empty: not installed, /retrain answers 501
  int retrain_epochs = 8;         // of each of its trainings: 1..1000
  bool keep_history = true;       // predictions, recordings and labels; else nothing is kept
  double keep_days = 0;           // older predictions are deleted: up to 36500; 0: none
  double keep_gib = 0;            // and the oldest, until the history is no larger; 0: none
  // Where the dashboard is read from at each request, while it is developed; empty: the program's.
  std::filesystem::path web_dir;

  // PEM files; with both, HTTPS is served and nothing else.
  std::filesystem::path tls_certificate;
  std::filesystem::path tls_key;
  // Reverse proxies whose X-Forwarded-* and Forwarded headers are believed: "ADDRESS[/BITS]".
  std::vector<std::string> trusted_proxies;
  std::string base_path;  // such as "/heartbeat": the path under which all routes stand

  unsigned threads = 0;               // that compute; 0: one per core
  unsigned io_threads = 2;            // that move bytes and never compute
  std::size_t max_queue = 64;         // requests that wait while every thread computes; then 429
  std::size_t max_connections = 256;  // then 503

  std::size_t max_file_bytes = std::size_t{32} << 20;
  std::size_t max_request_bytes = std::size_t{256} << 20;
  std::size_t max_header_bytes = std::size_t{16} << 10;   // at most 48 KiB
  std::size_t max_parts = 1000;                           // of a form
  std::size_t spool_memory_bytes = std::size_t{1} << 20;  // of a file; what is larger goes to disk
  std::size_t form_memory_bytes = std::size_t{4} << 20;   // of all files of a form together
  std::filesystem::path spool_folder;  // empty: the system's folder for temporary files

  std::chrono::milliseconds header_timeout{10'000};
  std::chrono::milliseconds body_timeout{30'000};    // for every 256 KiB of a body
  std::chrono::milliseconds answer_timeout{60'000};  // waiting in the queue and computing
  std::chrono::milliseconds write_timeout{30'000};
  std::chrono::milliseconds idle_timeout{60'000};   // between two requests of a connection
  std::chrono::milliseconds linger_timeout{5'000};  // reading on after an early refusal
  std::chrono::milliseconds drain_timeout{30'000};  // for requests in flight when told to stop

  // Takes the log line of each request, from several threads at once. Empty: standard error.
  std::function<void(std::string_view line)> request_log;

  [[nodiscard]] bool HasTls() const { return !tls_certificate.empty(); }
  // Errors: kInvalidArgument.
  [[nodiscard]] base::Result<std::vector<AddressRange>> ParseTrustedProxies() const;
  [[nodiscard]] FormLimits LimitsOfForms() const;
  // Errors: kInvalidArgument, naming the option.
  [[nodiscard]] base::Result<void> Validate() const;
  // `host` as an address: "localhost" is 127.0.0.1.
  [[nodiscard]] std::string Address() const;
};

}  // namespace heartbeat::server
