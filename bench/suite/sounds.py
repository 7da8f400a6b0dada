"""Recordings of any length out of a real one."""

import io

import soundfile

from suite import settings

SOURCE = settings.ROOT / "tests/data/a0001.flac"


def wav(seconds):
    """The bytes of a 16-bit WAV at the rate of the recording, which is repeated to that length."""
    samples, rate_hz = soundfile.read(SOURCE, dtype="int16")
    wanted = round(seconds * rate_hz)
    pieces = [samples] * (wanted // len(samples)) + [samples[: wanted % len(samples)]]
    file = io.BytesIO()
    with soundfile.SoundFile(
        file, "w", samplerate=rate_hz, channels=1, format="WAV", subtype="PCM_16"
    ) as out:
        for piece in pieces:
            out.write(piece)
    return file.getvalue()


def write_wav(name, seconds):
    path = settings.RESULTS / name
    path.write_bytes(wav(seconds))
    return path
