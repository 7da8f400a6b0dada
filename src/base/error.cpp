#include "base/error.h"

#include <algorithm>
#include <array>

namespace heartbeat::base {
namespace {

struct Row {
  ErrorCode code;
  std::string_view name;
  std::string_view title;
  int http_status;
  int exit_code;
};

// The one table from error to HTTP status and exit code. An unknown failure is ours: 500.
constexpr std::array kTable = {
    Row{ErrorCode::kInvalidArgument, "invalid-argument", "Invalid argument", 400, 2},
    Row{ErrorCode::kBadRequest, "bad-request", "Bad request", 400, 1},
    Row{ErrorCode::kNotFound, "not-found", "Not found", 404, 1},
    Row{ErrorCode::kMethodNotAllowed, "method-not-allowed", "Method not allowed", 405, 1},
    Row{ErrorCode::kRequestTimeout, "request-timeout", "Request timeout", 408, 1},
    Row{ErrorCode::kBodyTooLarge, "body-too-large", "Body too large", 413, 1},
    Row{ErrorCode::kHeaderTooLarge, "header-too-large", "Header too large", 431, 1},
    Row{ErrorCode::kUnsupportedFormat, "unsupported-format", "Unsupported format", 415, 1},
    Row{ErrorCode::kEmptyRecording, "recording-empty", "Empty recording", 422, 1},
    Row{ErrorCode::kRecordingTooShort, "recording-too-short", "Recording too short", 422, 1},
    Row{ErrorCode::kRecordingTooLong, "recording-too-long", "Recording too long", 422, 1},
    Row{ErrorCode::kSilentRecording, "recording-silent", "Silent recording", 422, 1},
    Row{ErrorCode::kNonFiniteSamples, "recording-non-finite", "Non-finite samples", 422, 1},
    Row{ErrorCode::kTruncatedRecording, "recording-truncated", "Truncated recording", 422, 1},
    Row{ErrorCode::kCorruptRecording, "recording-corrupt", "Corrupt recording", 422, 1},
    Row{ErrorCode::kQueueFull, "queue-full", "Too many requests", 429, 1},
    Row{ErrorCode::kNoModel, "no-model", "No model loaded", 503, 1},
    Row{ErrorCode::kInvalidModel, "invalid-model", "Invalid model", 503, 1},
    Row{ErrorCode::kIo, "io", "Input or output failed", 500, 1},
    Row{ErrorCode::kStorageFailed, "storage-failed", "Storage failed", 507, 1},
    Row{ErrorCode::kRangeNotSatisfiable, "range-not-satisfiable", "Range not satisfiable", 416, 1},
    Row{ErrorCode::kCancelled, "cancelled", "Cancelled", 503, 1},
    Row{ErrorCode::kInternal, "internal", "Internal error", 500, 1},
};
static_assert(kTable.size() == static_cast<std::size_t>(ErrorCode::kInternal) + 1);
static_assert(std::ranges::is_sorted(kTable, {}, &Row::code));

const Row& Find(ErrorCode code) {
  const auto index = static_cast<std::size_t>(code);
  return index < kTable.size() ? kTable[index] : kTable.back();
}

}  // namespace

std::string_view Name(ErrorCode code) { return Find(code).name; }
std::string_view Title(ErrorCode code) { return Find(code).title; }
int HttpStatus(ErrorCode code) { return Find(code).http_status; }
int ExitCode(ErrorCode code) { return Find(code).exit_code; }

}  // namespace heartbeat::base
