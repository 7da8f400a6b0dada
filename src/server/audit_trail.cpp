#include "server/audit_trail.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "server/private_folder.h"

namespace heartbeat::server {
namespace {

constexpr mode_t kOwnerOnly = 0600;
constexpr std::chrono::seconds kPause{1};
constexpr std::size_t kIdCharacters = 36;  // of a UUID

bool IsId(std::string_view text) {
  return text.size() == kIdCharacters &&
         text.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
}

nlohmann::ordered_json OrNull(const std::string& text) {
  return text.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(text);
}

std::chrono::steady_clock::rep Now() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

}  // namespace

std::string FormatAudit(const AuditRecord& record, std::chrono::system_clock::time_point time) {
  auto predictions = nlohmann::ordered_json::array();
  std::ranges::copy_if(record.predictions, std::back_inserter(predictions), IsId);
  const nlohmann::ordered_json line = {
      {"time", base::FormatUtc(time)},
      {"request_id", record.request_id},
      {"key", OrNull(record.key_id)},
      {"client", OrNull(record.client_address)},
      {"method", record.method},
      {"route", record.route},
      {"predictions", std::move(predictions)},
      {"status",
       record.status == 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(record.status)},
  };
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

base::Result<std::unique_ptr<AuditTrail>> AuditTrail::Open(const std::filesystem::path& file) {
  if (auto made = MakeFolderOf(file); !made) return base::Fail(made);
  auto opened = LogFile::Open(file, kOwnerOnly);
  if (!opened) return base::Fail(opened);
  return std::unique_ptr<AuditTrail>(new AuditTrail(*std::move(opened)));
}

bool AuditTrail::Write(const AuditRecord& record) {
  const bool written = file_->Write(FormatAudit(record, std::chrono::system_clock::now()));
  failed_at_ = written ? 0 : Now();
  return written;
}

bool AuditTrail::IsFailing() const {
  const auto failed_at = failed_at_.load();
  return failed_at != 0 && std::chrono::steady_clock::duration(Now() - failed_at) < kPause;
}

}  // namespace heartbeat::server
