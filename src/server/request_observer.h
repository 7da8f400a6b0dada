#pragma once

#include "server/request_log.h"

namespace heartbeat::server {

// Is told of every request when it is over, also of those that were refused or turned away: what
// measures are made of. Called from several threads at once, on those that move bytes: it must be
// quick and must not throw.
class RequestObserver {
 public:
  virtual ~RequestObserver() = default;
  virtual void OnFinished(const RequestRecord& record) = 0;
};

}  // namespace heartbeat::server
