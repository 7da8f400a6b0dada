"""The log-mel spectrogram of features/log_mel.h in SciPy and in torchaudio, as their users write it:
float32 after the filter, one call for all frames. `config` has the fields of LogMelConfig."""

import math
import sys

import numpy as np
import scipy.signal
import torch
import torchaudio

from suite import settings

sys.path.insert(0, str(settings.ROOT / "bench/peer"))
import mel  # noqa: E402

ORDER = 4
PAD_PERIODS = 3
# Of features/band_standard.h.
DEEPEST_PAUSE_DB = 8
BAND_DEVIATION_DB = 10
SMALLEST_DEVIATION_DB = 1


def _sections(config):
    sections = []
    for kind, edge_hz in (("hp", config["band_pass_low_hz"]), ("lp", config["band_pass_high_hz"])):
        if edge_hz > 0:
            sections.append(
                scipy.signal.butter(
                    ORDER, edge_hz, kind, fs=config["sample_rate_hz"], output="sos"
                )
            )
    return np.concatenate(sections) if sections else None


def _pad_samples(config, samples):
    lowest_hz = config["band_pass_low_hz"] or config["band_pass_high_hz"]
    return min(math.ceil(PAD_PERIODS * config["sample_rate_hz"] / lowest_hz), samples - 1)


def _check(config):
    """Only what both are written for."""
    expected = {
        "mel_scale": "slaney", "mel_norm": "slaney", "padding": "constant",
        "decibel_reference": "max",
    }
    for field, value in expected.items():
        if config[field] != value:
            raise RuntimeError(f"the peers know no {field} {config[field]}")
    if config["normalization"] not in ("none", "band_median", "band_standard"):
        raise RuntimeError(f"the peers know no normalization {config['normalization']}")


def _second_view(config, values):
    """The bands of the second view, before they are normalised; None where there is none."""
    view = config.get("second_view")
    return view and values[view["first_band"] : view["first_band"] + view["bands"]]


class SciPy:
    def __init__(self, config):
        _check(config)
        self.config = config
        self.sections = _sections(config)
        window = scipy.signal.get_window("hann", config["window_samples"])
        before = (config["fft_samples"] - config["window_samples"]) // 2
        self.window = np.pad(
            window, (before, config["fft_samples"] - config["window_samples"] - before)
        ).astype(np.float32)
        self.filters = mel.mel_filters(
            config["sample_rate_hz"], config["fft_samples"], config["mel_bands"], config["min_hz"],
            config["max_hz"],
        ).astype(np.float32)

    def __call__(self, samples):
        config = self.config
        if self.sections is not None:
            samples = scipy.signal.sosfiltfilt(
                self.sections, samples, padtype="even", padlen=_pad_samples(config, len(samples))
            ).astype(np.float32)
        power = self.filters @ mel.power_spectrogram(samples, self.window, config["hop_samples"])
        values = mel.decibels(power, np.float32(config["min_power"]), np.float32(config["top_db"]))
        view = _second_view(config, values)
        rows = self.normalized(values, config["normalization"])
        if view is not None:
            rows = np.concatenate([rows, self.normalized(view, "band_standard")])
        return rows

    @staticmethod
    def normalized(values, how):
        if how == "none":
            return values
        values = values - np.median(values, axis=1, keepdims=True)
        if how == "band_standard":
            values = np.maximum(values, np.float32(-DEEPEST_PAUSE_DB))
            values -= values.mean(axis=1, keepdims=True)
            deviation = np.maximum(values.std(axis=1, keepdims=True), SMALLEST_DEVIATION_DB)
            values *= BAND_DEVIATION_DB / deviation
        return values


class Torchaudio:
    def __init__(self, config):
        _check(config)
        self.config = config
        self.sections = _sections(config)
        self.spectrum = torchaudio.transforms.Spectrogram(
            n_fft=config["fft_samples"], win_length=config["window_samples"],
            hop_length=config["hop_samples"], power=2.0, center=True, pad_mode="constant",
        )
        filters = mel.mel_filters(
            config["sample_rate_hz"], config["fft_samples"], config["mel_bands"], config["min_hz"],
            config["max_hz"],
        )
        self.filters = torch.from_numpy(filters.astype(np.float32))

    def filtered(self, samples):
        """Forward and backward through each section, the recording going on as its mirror image. A
        pass begins in the state of a constant input: the first sample is taken off, and what the
        filter makes of it is added."""
        pad = _pad_samples(self.config, len(samples))
        padded = torch.cat([samples[1 : pad + 1].flip(0), samples, samples[-pad - 1 : -1].flip(0)])
        padded = padded.double()
        gain = np.prod([section[:3].sum() / section[3:].sum() for section in self.sections])
        for _ in range(2):
            first = padded[0].clone()
            padded = padded - first
            for section in self.sections:
                padded = torchaudio.functional.lfilter(
                    padded, torch.from_numpy(section[3:]), torch.from_numpy(section[:3]),
                    clamp=False,
                )
            padded = (padded + gain * first).flip(0)
        return padded[pad:-pad].float()

    def __call__(self, samples):
        config = self.config
        with torch.no_grad():
            signal = torch.from_numpy(samples)
            if self.sections is not None:
                signal = self.filtered(signal)
            power = self.filters @ self.spectrum(signal)
            values = torchaudio.functional.amplitude_to_DB(
                power, 10.0, config["min_power"], math.log10(max(config["min_power"], power.max())),
                config["top_db"],
            )
            view = _second_view(config, values)
            rows = self.normalized(values, config["normalization"])
            if view is not None:
                rows = torch.cat([rows, self.normalized(view, "band_standard")])
            return rows.numpy()

    @staticmethod
    def normalized(values, how):
        if how == "none":
            return values
        # torch.median is the lower of the two in the middle; this is their mean, as ours is.
        values = values - values.quantile(0.5, dim=1, keepdim=True)
        if how == "band_standard":
            values = values.clamp_min(-DEEPEST_PAUSE_DB)
            deviation, mean = torch.std_mean(values, dim=1, unbiased=False, keepdim=True)
            values = (values - mean) * (
                BAND_DEVIATION_DB / deviation.clamp_min(SMALLEST_DEVIATION_DB)
            )
        return values
