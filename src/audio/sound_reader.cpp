#include "audio/sound_reader.h"

namespace heartbeat::audio {
namespace {

std::unique_ptr<SoundReader> Open(const Stream& stream) {
  switch (stream.codec) {
    case Codec::kMp3:
      return OpenWithMpg123(stream);
    case Codec::kVorbis:
      return OpenWithVorbisfile(stream);
    case Codec::kOther:
      break;
  }
  return OpenWithSndfile(stream);
}

}  // namespace

base::Result<std::unique_ptr<SoundReader>> OpenStream(const Stream& stream) {
  std::unique_ptr<SoundReader> reader = Open(stream);
  if (reader == nullptr) {
    return base::Fail(base::ErrorCode::kCorruptRecording,
                      "The file is damaged: its sound could not be decoded. Export the recording "
                      "again, or convert it to WAV.");
  }
  return reader;
}

}  // namespace heartbeat::audio
