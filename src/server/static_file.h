#pragma once

#include <string>
#include <string_view>

#include "server/message.h"

namespace heartbeat::server {

// The media type that belongs to a file's extension; "application/octet-stream" for others.
[[nodiscard]] std::string_view MediaTypeOf(std::string_view file_name);

// What a client may do with an answer.
enum class Keep {
  kAskAgain,  // keep it, if it asks each time whether it is still the same
  kForEver,   // its address changes with its content
};

// Content that never changes while the server runs. Outlives nothing: `content` must stay.
class StaticFile {
 public:
  StaticFile(std::string_view content, std::string_view media_type, Keep keep = Keep::kAskAgain);

  // 200 with the content, an ETag made of it, and leave to keep it; 304 without content where
  // If-None-Match knows it already (RFC 9110, 13.1.2).
  [[nodiscard]] Response Answer(const Request& request) const;

 private:
  std::string_view content_;
  std::string media_type_;
  std::string etag_;
  Keep keep_;
};

}  // namespace heartbeat::server
