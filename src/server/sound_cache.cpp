#include "server/sound_cache.h"

namespace heartbeat::server {

base::Result<SoundCache::SoundPtr> SoundCache::Get(
    const std::string& sha256, const std::function<base::Result<SoundPtr>()>& make) {
  {
    std::unique_lock lock(mutex_);
    // Whoever makes it runs already, so that this wait ends by itself.
    made_.wait(lock, [&] { return !being_made_.contains(sha256); });
    if (const auto found = by_sha256_.find(sha256); found != by_sha256_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return found->second->second;
    }
    being_made_.insert(sha256);
  }
  try {
    auto sound = make();
    EndMaking(sha256, sound ? *sound : nullptr);
    return sound;
  } catch (...) {
    EndMaking(sha256, nullptr);
    throw;
  }
}

void SoundCache::EndMaking(const std::string& sha256, const SoundPtr& sound) {
  const std::lock_guard lock(mutex_);
  being_made_.erase(sha256);
  made_.notify_all();
  if (sound != nullptr && sound->bytes() <= max_bytes_) Keep(sha256, sound);
}

void SoundCache::Keep(const std::string& sha256, const SoundPtr& sound) {
  entries_.emplace_front(sha256, sound);
  by_sha256_[sha256] = entries_.begin();
  bytes_ += sound->bytes();
  while (bytes_ > max_bytes_) {
    bytes_ -= entries_.back().second->bytes();
    by_sha256_.erase(entries_.back().first);
    entries_.pop_back();
  }
}

std::size_t SoundCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace heartbeat::server
