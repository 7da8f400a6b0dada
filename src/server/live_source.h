#pragma once

#include <functional>
#include <optional>
#include <string>

namespace heartbeat::server {

// The rest of a body that comes as things happen, and has no end of its own. Unlike a BodySource it
// never keeps a thread waiting: it tells when it has something.
class LiveSource {
 public:
  virtual ~LiveSource() = default;
  // What has come since the last call, "" where nothing has; nullopt: that was all, now and for
  // ever. Called on the threads that move bytes, one call at a time: neither waits nor computes.
  [[nodiscard]] virtual std::optional<std::string> Take() = 0;
  // `wake` is called from any thread when there is something to take after a Take that gave
  // nothing; once too often does no harm. It neither waits nor calls this. Set before the first
  // Take, and once.
  virtual void OnReady(std::function<void()> wake) = 0;
};

}  // namespace heartbeat::server
