#pragma once

#include <array>
#include <filesystem>
#include <string_view>

namespace heartbeat::audio {

// What of a folder is taken for a recording. A file that is named or sent itself needs none of
// them, because what it holds decides.
inline constexpr std::array<std::string_view, 6> kRecordingExtensions = {".flac", ".wav",  ".ogg",
                                                                         ".oga",  ".opus", ".mp3"};

// One of them, in any case.
[[nodiscard]] bool HasRecordingExtension(const std::filesystem::path& path);

}  // namespace heartbeat::audio
