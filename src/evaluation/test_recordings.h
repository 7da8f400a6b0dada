#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "audio/recording.h"

// Sounds and datasets for this room's tests.
namespace heartbeat::evaluation::test {

// A sine of full scale 1.
[[nodiscard]] audio::Recording Sine(double duration_s, int sample_rate_hz, double frequency_hz,
                                    double amplitude);
// White noise with the given standard deviation, the same for the same seed.
[[nodiscard]] audio::Recording Noise(double duration_s, int sample_rate_hz, double deviation,
                                     unsigned seed);
[[nodiscard]] audio::Recording Sum(const audio::Recording& a, const audio::Recording& b);

// A recording of tests/data, such as "a0001.flac". Fails the test if it cannot be read.
[[nodiscard]] audio::Recording FromData(std::string_view name);
// The same at the rate that fingerprints are made of.
[[nodiscard]] audio::Recording FromDataForFingerprint(std::string_view name);
// The recordings of tests/data itself, of tests/data/circor too.
[[nodiscard]] std::vector<std::string> DifferentRecordings();

// A folder that is empty at first and gone at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  void WriteWav(const std::string& name, const audio::Recording& recording) const;
  void WriteText(const std::string& name, std::string_view text) const;

 private:
  std::filesystem::path path_;
};

}  // namespace heartbeat::evaluation::test
