#include "audio/extension.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace heartbeat::audio {
bool HasRecordingExtension(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::ranges::find(kRecordingExtensions, extension) != kRecordingExtensions.end();
}

}  // namespace heartbeat::audio
