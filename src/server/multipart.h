#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace heartbeat::server {

// What stands before the content of a part.
struct PartHeader {
  std::string name;                      // the form's key
  std::optional<std::string> file_name;  // as the client gave it: data, never a path
  std::string content_type;              // "" where the part has none
};

// Takes what the parser finds. An error stops the parser and is what Feed then returns.
class MultipartSink {
 public:
  virtual ~MultipartSink() = default;
  [[nodiscard]] virtual base::Result<void> OnPartBegin(const PartHeader& header) = 0;
  // Any number of times per part, with any split; never empty. Valid during the call.
  [[nodiscard]] virtual base::Result<void> OnPartData(std::string_view data) = 0;
  [[nodiscard]] virtual base::Result<void> OnPartEnd() = 0;
};

struct MultipartLimits {
  std::size_t max_parts = 1000;
  std::size_t max_part_header_bytes = std::size_t{8} << 10;
};

// multipart/form-data (RFC 7578) as it arrives: bytes in, in pieces of any size; parts out, without
// holding their content. Memory is bounded by max_part_header_bytes.
class MultipartParser {
 public:
  // `boundary`: 1 to 70 characters, as BoundaryOf returns it. `sink` must outlive the parser.
  MultipartParser(std::string_view boundary, const MultipartLimits& limits, MultipartSink& sink);

  // Errors: kBadRequest (malformed, or over a limit), those of the sink. After an error every
  // further call returns it again.
  [[nodiscard]] base::Result<void> Feed(std::string_view bytes);
  // The body has ended. Errors: kBadRequest where the closing boundary has not come.
  [[nodiscard]] base::Result<void> Finish();

  // The boundary of a `multipart/form-data` content type; nullopt for anything else.
  [[nodiscard]] static std::optional<std::string> BoundaryOf(std::string_view content_type);

 private:
  enum class State { kPreamble, kDelimiterTail, kHeader, kBody, kEpilogue };

  base::Result<void> Step(std::string_view& bytes);
  base::Result<void> ScanForDelimiter(std::string_view& bytes);
  base::Result<void> ReadDelimiterTail(std::string_view& bytes);
  base::Result<void> ReadHeader(std::string_view& bytes);
  base::Result<void> BeginPart();
  base::Result<void> EmitData(std::string_view data);

  const std::string delimiter_;  // CR LF "--" boundary
  const MultipartLimits limits_;
  MultipartSink& sink_;
  State state_ = State::kPreamble;
  // How much of delimiter_ the bytes so far end with, and how much of that was never sent: a
  // delimiter that comes first in the body, or right after a part's header, needs no CR LF of its
  // own.
  std::size_t matched_ = 2;
  std::size_t unsent_ = 2;
  std::string tail_;
  std::string header_;
  std::size_t parts_ = 0;
  std::optional<base::Error> error_;
};

}  // namespace heartbeat::server
