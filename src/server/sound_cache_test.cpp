#include "server/sound_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "server/test_server.h"

namespace heartbeat::server {
namespace {

using SoundPtr = SoundCache::SoundPtr;

// One second of a sound at 4 kHz.
SoundPtr MakeSound() {
  std::vector<float> samples(4000, 0.1F);
  audio::MinMaxPyramid waveform(Sound::kMaxPoints);
  waveform.Append(samples);
  waveform.Finish();
  auto spectrogram =
      features::SpectrogramViewer::Create({.samples = std::move(samples), .sample_rate_hz = 4000});
  return std::make_shared<const Sound>(Sound{.sample_rate_hz = 4000,
                                             .waveform = std::move(waveform),
                                             .spectrogram = *std::move(spectrogram)});
}

class SoundCacheTest : public testing::Test {
 protected:
  SoundPtr Get(SoundCache& cache, const std::string& sha256) {
    const auto sound = cache.Get(sha256, [this]() -> base::Result<SoundPtr> {
      ++made_;
      return MakeSound();
    });
    return sound ? *sound : nullptr;
  }
  std::atomic<int> made_ = 0;
};

TEST_F(SoundCacheTest, MakesASoundOnce) {
  SoundCache cache(1 << 20);
  const auto sound = Get(cache, "a");
  EXPECT_EQ(Get(cache, "a"), sound);
  EXPECT_EQ(made_, 1);
  EXPECT_NE(Get(cache, "b"), sound);
  EXPECT_EQ(made_, 2);
  EXPECT_EQ(cache.bytes(), 2 * sound->bytes());
}

TEST_F(SoundCacheTest, LetsGoOfWhatWasNotAskedForTheLongest) {
  const auto one = MakeSound()->bytes();
  EXPECT_GT(one, 4000U * 12);  // samples and their points
  SoundCache cache(2 * one);
  Get(cache, "a");
  Get(cache, "b");
  Get(cache, "a");
  Get(cache, "c");  // b goes
  EXPECT_EQ(made_, 3);
  EXPECT_EQ(cache.bytes(), 2 * one);
  Get(cache, "a");
  Get(cache, "c");
  EXPECT_EQ(made_, 3);
  Get(cache, "b");
  EXPECT_EQ(made_, 4);
}

TEST_F(SoundCacheTest, DoesNotKeepWhatIsTooLarge) {
  SoundCache cache(100);
  EXPECT_NE(Get(cache, "a"), nullptr);
  EXPECT_EQ(cache.bytes(), 0U);
  EXPECT_NE(Get(cache, "a"), nullptr);
  EXPECT_EQ(made_, 2);
}

TEST_F(SoundCacheTest, TriesAnewAfterAFailure) {
  SoundCache cache(1 << 20);
  const auto failed = cache.Get(
      "a", []() -> base::Result<SoundPtr> { return base::Fail(base::ErrorCode::kIo, "a disk"); });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "a disk");
  const auto fail = []() -> base::Result<SoundPtr> { throw std::runtime_error("memory"); };
  EXPECT_THROW(EXPECT_FALSE(cache.Get("a", fail)), std::runtime_error);
  EXPECT_NE(Get(cache, "a"), nullptr);
}

TEST_F(SoundCacheTest, MakesASoundOnceForAllWhoAskMeanwhile) {
  SoundCache cache(1 << 20);
  Gate gate;
  std::vector<SoundPtr> seen(8);
  {
    std::vector<std::jthread> threads;
    for (auto& sound : seen) {
      threads.emplace_back([&] {
        const auto got = cache.Get("a", [&]() -> base::Result<SoundPtr> {
          ++made_;
          gate.Wait();
          return MakeSound();
        });
        sound = *got;
      });
    }
    ASSERT_TRUE(gate.AwaitWaiting(1));
    EXPECT_NE(Get(cache, "b"), nullptr);  // another one does not wait
    gate.Open();
  }
  EXPECT_EQ(made_, 2);
  for (const auto& sound : seen) EXPECT_EQ(sound, seen.front());
}

}  // namespace
}  // namespace heartbeat::server
