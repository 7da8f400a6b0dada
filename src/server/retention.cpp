#include "server/retention.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/log.h"

namespace heartbeat::server {
namespace {

constexpr std::string_view kWho = "retention";
constexpr double kDayMs = 86'400'000;
constexpr double kGibBytes = 1'073'741'824;

void LogDeleted(const base::Result<std::int64_t>& deleted, std::string_view why) {
  if (!deleted) {
    base::LogError("retention failed and tries again later: " + deleted.error().message);
  } else if (*deleted > 0) {
    base::LogInfo("retention: " + std::to_string(*deleted) +
                  (*deleted == 1 ? " prediction" : " predictions") + " deleted, " +
                  std::string(why));
  }
}

}  // namespace

Retention::Retention(store::Store& history, RetentionOptions options)
    : history_(history),
      options_(std::move(options)),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

void Retention::Run(const std::stop_token& stop) {
  RemoveOrphans(stop);
  if (options_.keep_days <= 0 && options_.keep_gib <= 0) return;
  while (!stop.stop_requested()) {
    Look(stop);
    std::unique_lock lock(mutex_);
    asleep_.wait_for(lock, stop, options_.interval, [] { return false; });
  }
}

void Retention::RemoveOrphans(const std::stop_token& stop) {
  const auto removed = history_.RemoveOrphans(stop);
  if (!removed) {
    base::LogError("recordings without a prediction could not be removed: " +
                   removed.error().message);
  } else if (*removed > 0) {
    base::LogInfo("removed " + std::to_string(*removed) +
                  " recordings without a prediction, which a crash had left");
  }
}

void Retention::Look(const std::stop_token& stop) {
  if (options_.keep_days > 0) {
    const auto kept = std::chrono::milliseconds(std::llround(options_.keep_days * kDayMs));
    LogDeleted(history_.DeleteOlderThan(options_.now() - kept, kWho, stop),
               "older than --keep-days");
  }
  if (options_.keep_gib > 0) {
    const auto bytes = static_cast<std::int64_t>(options_.keep_gib * kGibBytes);
    LogDeleted(history_.ShrinkTo(bytes, kWho, stop),
               "the oldest of a history larger than --keep-gib");
  }
}

}  // namespace heartbeat::server
