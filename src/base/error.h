#pragma once

#include <string>
#include <string_view>

namespace heartbeat::base {

// Every way in which a fallible call can fail. The table in error.cpp gives each its name (stable:
// it is part of the API, as the problem's `type`), its HTTP status and the program's exit code.
enum class ErrorCode {
  kInvalidArgument,      // a parameter or option that makes no sense
  kBadRequest,           // malformed multipart, no `file` part
  kNotFound,             // unknown route, id, file or folder
  kMethodNotAllowed,     // the route exists, the method does not
  kRequestTimeout,       // the client took too long to send its request
  kBodyTooLarge,         // over the limit for a file or a request
  kHeaderTooLarge,       // over the limit for a request's header
  kUnsupportedFormat,    // bytes that no decoder knows
  kEmptyRecording,       // no bytes or no samples
  kRecordingTooShort,    // under the minimum duration
  kRecordingTooLong,     // over the maximum duration
  kSilentRecording,      // nothing but (nearly) constant samples
  kNonFiniteSamples,     // NaN or infinity among the samples
  kTruncatedRecording,   // cut off so early that too little is left
  kCorruptRecording,     // a known format that does not decode, or sizes that make no sense
  kQueueFull,            // more work than the pool takes
  kNoModel,              // no model is loaded
  kInvalidModel,         // a model file that is corrupt, unsupported or not ours
  kIo,                   // reading or writing failed
  kStorageFailed,        // what was to be kept is not: disk full, read-only or failing
  kRangeNotSatisfiable,  // the part that was asked for lies behind the end
  kCancelled,            // stopped before it was done
  kInternal,             // our own failure
};

// `message` is a sentence for the person who called: what was wrong, and what to do. It never holds
// the inside of the program, and no patient data.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
};

// "recording-too-short": stable, lower case, words joined by '-'.
[[nodiscard]] std::string_view Name(ErrorCode code);
// "Recording too short": the `title` of a problem.
[[nodiscard]] std::string_view Title(ErrorCode code);
// 400..599.
[[nodiscard]] int HttpStatus(ErrorCode code);
// 1: something failed and was named; 2: wrong usage.
[[nodiscard]] int ExitCode(ErrorCode code);

}  // namespace heartbeat::base
