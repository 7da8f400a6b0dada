#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace heartbeat::server {

// What is written of a request: never an address as it came, a file name, a query, who asked or a
// header, because each may name a patient or lead to one. Ids are the exception, because they are
// made to be looked up.
struct RequestRecord {
  std::string id;
  std::string trace_id;   // 32 hexadecimal digits
  std::string parent_id;  // the client's span; "" where it does not trace
  std::string scheme;     // as the client sees it
  bool tls = false;       // between this server and whoever is connected to it
  std::string method;     // "OTHER" for one that no route has
  std::string route;      // the pattern; "" where none matched
  int status = 0;         // 0: the client was gone before an answer
  std::uint64_t body_bytes_in = 0;
  std::uint64_t body_bytes_out = 0;
  double duration_s = 0;
};

// One line of JSON, without a line end.
[[nodiscard]] std::string FormatRequest(const RequestRecord& record);

// Writes the line to `sink`, or in one piece to standard error where there is none.
void LogRequest(const RequestRecord& record,
                const std::function<void(std::string_view line)>& sink);

}  // namespace heartbeat::server
