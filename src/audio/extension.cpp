#include "audio/extension.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>

namespace heartbeat::audio {
namespace {

constexpr std::array<std::string_view, 6> kExtensions = {".wav",  ".flac", ".ogg",
                                                         ".opus", ".oga",  ".mp3"};

}  // namespace

bool HasRecordingExtension(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::ranges::find(kExtensions, extension) != kExtensions.end();
}

}  // namespace heartbeat::audio
