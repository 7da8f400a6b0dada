#!/usr/bin/env python3
"""Makes the golden data of log_mel_golden_test.cpp: an implementation independent of ours.

    make_golden.py DIR_OF_FLAC_FILES [OUT_DIR]

Needs NumPy and SciPy (made with 1.24 and 1.10, all in float64) and ffmpeg on the PATH, which
decodes. The mel filters follow librosa's published definition (librosa.filters.mel, Slaney scale
and norm); librosa itself is not used.

Each recording becomes NAME.pcm.npy (int16 at 4000 Hz: what our front end is given, so that no
resampler takes part in the comparison), NAME.original.npy (librosa's melspectrogram +
power_to_db of the first 5 s) and NAME.default.npy (the default front end), both float32 [mel, frame].
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
from scipy import signal

SAMPLE_RATE_HZ = 4000
# (record, seconds kept): from four stethoscopes; one shorter than the 5 s of the original.
RECORDS = [("a0058", 5.0), ("b0069", 3.3), ("e00056", 5.0), ("f0002", 5.0)]
DEFAULT_FOR = {"a0058", "b0069", "f0002"}


def decode(path):
    """First 6 s of a mono 2000 Hz file, float64."""
    command = ["ffmpeg", "-v", "error", "-t", "6", "-i", str(path), "-f", "s16le", "-ac", "1", "-"]
    raw = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return np.frombuffer(raw, dtype="<i2").astype(np.float64) / 32768


def hz_to_mel(hz):
    hz = np.asarray(hz, dtype=np.float64)
    linear = hz * 3 / 200
    log = 15 + 27 * np.log(np.maximum(hz, 1e-9) / 1000) / np.log(6.4)
    return np.where(hz < 1000, linear, log)


def mel_to_hz(mel):
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))


def mel_filters(fft_samples, bands, low_hz, high_hz):
    """[band, bin]"""
    corners = mel_to_hz(np.linspace(hz_to_mel(low_hz), hz_to_mel(high_hz), bands + 2))
    bins_hz = np.arange(fft_samples // 2 + 1) * SAMPLE_RATE_HZ / fft_samples
    filters = np.zeros((bands, len(bins_hz)))
    for i in range(bands):
        lower, center, upper = corners[i : i + 3]
        rise = (bins_hz - lower) / (center - lower)
        fall = (upper - bins_hz) / (upper - center)
        filters[i] = np.maximum(0, np.minimum(rise, fall)) * 2 / (upper - lower)
    return filters


def log_mel(x, window, fft, hop, bands, low_hz, high_hz, min_power, top_db=80.0):
    hann = np.zeros(fft)
    begin = (fft - window) // 2
    hann[begin : begin + window] = signal.get_window("hann", window, fftbins=True)
    padded = np.pad(x, fft // 2, mode="constant")
    frames = 1 + len(x) // hop
    power = np.stack(
        [np.abs(np.fft.rfft(padded[i * hop : i * hop + fft] * hann)) ** 2 for i in range(frames)], 1
    )
    mel = mel_filters(fft, bands, low_hz, high_hz) @ power
    decibels = 10 * np.log10(np.maximum(min_power, mel))
    decibels -= 10 * np.log10(max(min_power, mel.max()))
    return np.maximum(decibels, decibels.max() - top_db)


def original(x):
    length = 5 * SAMPLE_RATE_HZ
    x = np.pad(x[:length], (0, max(0, length - len(x))))
    return log_mel(x, 2048, 2048, 256, 128, 20.0, 2000.0, min_power=1e-10)


def default(x):
    sos = np.concatenate(
        [
            signal.butter(4, 20, "highpass", fs=SAMPLE_RATE_HZ, output="sos"),
            signal.butter(4, 900, "lowpass", fs=SAMPLE_RATE_HZ, output="sos"),
        ]
    )
    x = signal.sosfiltfilt(sos, x, padtype="even", padlen=3 * SAMPLE_RATE_HZ // 20)
    decibels = log_mel(x, 256, 1024, 64, 128, 20.0, 800.0, min_power=1e-20)
    return decibels - np.median(decibels, axis=1, keepdims=True)


def main():
    source = Path(sys.argv[1])
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent
    for name, seconds in RECORDS:
        x = signal.resample_poly(decode(source / f"{name}.flac"), 2, 1)
        x = x[: int(seconds * SAMPLE_RATE_HZ)]
        pcm = np.clip(np.round(x * 32768), -32768, 32767).astype("<i2")
        np.save(out / f"{name}.pcm.npy", pcm)
        x = pcm.astype(np.float64) / 32768
        np.save(out / f"{name}.original.npy", original(x).astype("<f4"))
        if name in DEFAULT_FOR:
            np.save(out / f"{name}.default.npy", default(x).astype("<f4"))


if __name__ == "__main__":
    main()
