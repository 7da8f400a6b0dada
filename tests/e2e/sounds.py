"""Sounds that the end-to-end tests make themselves."""

import io
import math
import random
import struct
import wave


def wav(duration_s, rate=2000, silent=False):
    """A 16-bit mono WAV file of beats at 75 a minute, or of silence."""
    beat = [0 if silent else round(8000 * math.exp(-i / (rate * 0.03)) *
                                   math.sin(2 * math.pi * 60 * i / rate))
            for i in range(int(rate * 0.8))]
    period = struct.pack(f"<{len(beat)}h", *beat)
    frames = int(duration_s * rate)
    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes((period * (frames // len(beat) + 1))[:2 * frames])
    return target.getvalue()


def noise_wav(duration_s, rate=2000, level=0.1, seed=1):
    """A 16-bit mono WAV file of white noise: no heart."""
    draw = random.Random(seed)
    samples = [round(32767 * max(-1, min(1, level * draw.gauss(0, 1))))
               for _ in range(int(duration_s * rate))]
    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return target.getvalue()


def float_wav(samples, rate=2000):
    """A 32-bit float mono WAV file."""
    data = struct.pack(f"<{len(samples)}f", *samples)
    form = struct.pack("<HHIIHH", 3, 1, rate, rate * 4, 4, 32)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form
    chunks += b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks
