#pragma once

#include <filesystem>

namespace heartbeat::audio {

// .wav .flac .ogg .opus .oga .mp3, in any case: what of a folder is taken for a recording. A file
// that is named or sent itself needs none of them, because what it holds decides.
[[nodiscard]] bool HasRecordingExtension(const std::filesystem::path& path);

}  // namespace heartbeat::audio
