#!/bin/sh
# Makes formats/: one recording of this folder (a0001.flac, its first 8 s) in the other formats that
# HeartBeat AI reads. The files are committed; run this again only to change them. Needs ffmpeg with
# libvorbis, libopus and libmp3lame (Debian: ffmpeg).
set -eu
cd "$(dirname "$0")"
mkdir -p formats

# -bitexact and no metadata: the same input gives the same bytes with the same ffmpeg.
convert() {
  ffmpeg -hide_banner -loglevel error -y -i a0001.flac -t 8 -map_metadata -1 \
    -fflags +bitexact -flags:a +bitexact "$@"
}

convert -c:a pcm_s16le formats/a0001.wav
convert -c:a libvorbis -q:a 5 formats/a0001_vorbis.ogg
# Opus knows 8, 12, 16, 24 and 48 kHz, MP3 8 kHz and more: neither can hold 2 kHz as it is.
convert -c:a libopus -ar 8000 -b:a 24k formats/a0001_opus.ogg
convert -c:a libmp3lame -ar 8000 -b:a 32k formats/a0001.mp3
