#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "server/message.h"

namespace heartbeat::server {

// One HTTP/1.1 request (RFC 9112) from the bytes of a connection as they arrive: its head, then its
// body in pieces, freed from the framing of Content-Length or chunks. Never takes a byte of what
// comes after the request. Memory is bounded by max_header_bytes.
class RequestParser {
 public:
  // `max_header_bytes`: of the request line and all fields together.
  explicit RequestParser(std::size_t max_header_bytes);
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;
  ~RequestParser();

  enum class Event {
    kNeedMore,  // nothing more can be said without more bytes
    kHead,      // head() is complete; comes once
    kBody,      // a piece of the body, which may be empty
  };
  struct Step {
    Event event = Event::kNeedMore;
    std::size_t used = 0;  // of the bytes; the rest is to be given again, with what comes behind it
    std::string_view body;  // points into the bytes
  };
  // One step; not to be called when the request is done. Errors, final: kHeaderTooLarge;
  // kBadRequest (malformed).
  [[nodiscard]] base::Result<Step> Parse(std::string_view bytes);
  // The request has ended, with its body.
  [[nodiscard]] bool done() const;
  // From kHead on.
  [[nodiscard]] RequestHead& head();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace heartbeat::server
