#include "server/request_log.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/clock.h"

namespace heartbeat::server {

std::string FormatRequest(const RequestRecord& record) {
  nlohmann::ordered_json line = {
      {"time", base::FormatUtc(std::chrono::system_clock::now())},
      {"request_id", record.id},
      {"method", record.method},
      {"route", record.route},
      {"status", record.status},
      {"bytes_in", record.body_bytes_in},
      {"bytes_out", record.body_bytes_out},
      {"duration_ms", std::round(record.duration_s * 1e6) / 1e3},
      {"scheme", record.scheme},
      {"tls", record.tls},
  };
  if (!record.trace_id.empty()) line["trace_id"] = record.trace_id;
  if (!record.parent_id.empty()) line["parent_id"] = record.parent_id;
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void LogRequest(const RequestRecord& record,
                const std::function<void(std::string_view line)>& sink) {
  auto line = FormatRequest(record);
  if (sink) {
    sink(line);
    return;
  }
  line.push_back('\n');
  // A log that cannot be written must not stop the service; there is nowhere left to say so.
  static_cast<void>(std::fwrite(line.data(), 1, line.size(), stderr));
}

}  // namespace heartbeat::server
