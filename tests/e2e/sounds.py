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


def _crc(data, polynomial, bits):
    value = 0
    for byte in data:
        value ^= byte << (bits - 8)
        for _ in range(8):
            value = (value << 1) ^ (polynomial if value >> (bits - 1) else 0)
            value &= (1 << bits) - 1
    return value.to_bytes(bits // 8, "big")


def flac_steps(values, rate=192_000, block=48_000):
    """A 16-bit mono FLAC file (RFC 9639) that holds each value for `block` samples: hours in a few
    bytes."""
    rate_code = {192_000: 3, 48_000: 10, 44_100: 9}.get(rate, 0)  # 0: as the head of the file says
    total = len(values) * block
    info = struct.pack(">HH", block, block) + bytes(6)
    info += (rate << 44 | 0 << 41 | 15 << 36 | total).to_bytes(8, "big") + bytes(16)
    frames = [b"fLaC", bytes([0x80]), len(info).to_bytes(3, "big"), info]
    for number, value in enumerate(values):
        # The number as in the first UTF-8; block size in 16 bits; one channel, 16 bits.
        head = bytes([0xff, 0xf8, 0x70 | rate_code, 0x08])
        head += chr(number).encode("utf-8", "surrogatepass")
        head += struct.pack(">H", block - 1)
        head += _crc(head, 0x07, 8)
        frame = head + bytes([0x00]) + struct.pack(">h", value)  # the same for the whole block
        frames.append(frame + _crc(frame, 0x8005, 16))
    return b"".join(frames)
