#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "base/result.h"
#include "server/sound.h"

namespace heartbeat::server {

// The sounds that were drawn last, so that looking closer decodes nothing again. Thread-safe.
class SoundCache {
 public:
  using SoundPtr = std::shared_ptr<const Sound>;
  // `max_bytes`: of all sounds together; a larger one is not kept.
  explicit SoundCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // The sound of the recording with this SHA-256, made where it is not there. Who asks for the same
  // meanwhile waits for it. Errors: those of `make`, which may also throw; others then try anew.
  [[nodiscard]] base::Result<SoundPtr> Get(const std::string& sha256,
                                           const std::function<base::Result<SoundPtr>()>& make);
  [[nodiscard]] std::size_t bytes() const;

 private:
  using Entry = std::pair<std::string, SoundPtr>;

  // `sound`: nullptr where there is none.
  void EndMaking(const std::string& sha256, const SoundPtr& sound);
  void Keep(const std::string& sha256, const SoundPtr& sound);

  const std::size_t max_bytes_;
  mutable std::mutex mutex_;
  std::condition_variable made_;
  std::list<Entry> entries_;  // the latest first
  std::map<std::string, std::list<Entry>::iterator> by_sha256_;
  std::set<std::string> being_made_;
  std::size_t bytes_ = 0;
};

}  // namespace heartbeat::server
