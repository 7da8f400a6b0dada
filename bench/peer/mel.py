"""The front end of the stand-in: librosa's melspectrogram and power_to_db, in NumPy and SciPy."""

import io

import numpy as np
import scipy.fft
import scipy.signal
import soundfile

SAMPLE_RATE_HZ = 4000
DURATION_S = 5
FFT_SAMPLES = 2048
HOP_SAMPLES = 256
MEL_BANDS = 128
LOW_HZ, HIGH_HZ = 20.0, 2000.0
TOP_DB = 80.0
MIN_POWER = 1e-10
FRAMES = 1 + DURATION_S * SAMPLE_RATE_HZ // HOP_SAMPLES  # 79


def hz_to_mel(hz):
    hz = np.asarray(hz, dtype=np.float64)
    log = 15 + 27 * np.log(np.maximum(hz, 1e-9) / 1000) / np.log(6.4)
    return np.where(hz < 1000, hz * 3 / 200, log)


def mel_to_hz(mel):
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))


def mel_filters(sample_rate_hz, fft_samples, bands, low_hz, high_hz):
    """[band, bin], as librosa.filters.mel with Slaney's scale and norm."""
    corners = mel_to_hz(np.linspace(hz_to_mel(low_hz), hz_to_mel(high_hz), bands + 2))
    bins_hz = np.arange(fft_samples // 2 + 1) * sample_rate_hz / fft_samples
    lower, center, upper = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    rise = (bins_hz - lower) / (center - lower)
    fall = (upper - bins_hz) / (upper - center)
    return np.maximum(0, np.minimum(rise, fall)) * 2 / (upper - lower)


def power_spectrogram(samples, window, hop_samples):
    """[bin, frame]; `window` is as long as the transform, and frames are centred."""
    padded = np.pad(samples, len(window) // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, len(window))[::hop_samples]
    spectrum = scipy.fft.rfft(frames * window, axis=1)
    return (spectrum.real**2 + spectrum.imag**2).T


def decibels(power, min_power, top_db):
    values = 10 * np.log10(np.maximum(power, min_power))
    values -= values.max()
    return np.maximum(values, -top_db)


WINDOW = scipy.signal.get_window("hann", FFT_SAMPLES).astype(np.float32)
FILTERS = mel_filters(SAMPLE_RATE_HZ, FFT_SAMPLES, MEL_BANDS, LOW_HZ, HIGH_HZ).astype(np.float32)


def load(content):
    """The first 5 s of a sound file's bytes, mono float32 at 4000 Hz, padded with zeros."""
    samples, rate_hz = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    samples = samples.mean(axis=1)[: DURATION_S * rate_hz]
    if rate_hz != SAMPLE_RATE_HZ:
        samples = scipy.signal.resample_poly(samples, SAMPLE_RATE_HZ, rate_hz)
    return np.pad(samples, (0, max(0, DURATION_S * SAMPLE_RATE_HZ - len(samples))))


def mel_spectrogram(samples):
    """[band, frame], 128 x 79, in decibels."""
    power = FILTERS @ power_spectrogram(samples, WINDOW, HOP_SAMPLES)
    return decibels(power, MIN_POWER, TOP_DB)
