"""Signals as frames of samples, log-mel spectra over time, summaries of these, and bits for similarity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import ClassVar

import numpy as np

from molkit.data.signals import Signal
from molkit.types import Steps

# Power below a hundred-millionth of the signal's largest counts as that much: 80 dB, as librosa's power_to_db has it.
_RANGE = 1e-8
# Power of a signal that is zero everywhere; also keeps the logarithm of the rest finite.
_SILENCE = 1e-30
_PARTS = 3  # of the time of a signal, in each of which bands are averaged
_SEGMENTS = 16  # of the samples of a signal, whose means are its shape
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
# Decibels above or below the mean over all bands at which a bit of a sketch is set.
_LEVELS = (-21, -15, -9, -3, 3, 9, 15, 21)


@dataclass(frozen=True)
class WaveformFeaturizer:
    """The samples themselves, `frame` of them to a step; the last step is filled up with the last sample."""

    kind: ClassVar[str] = "waveform"
    frame: int = 16

    def __call__(self, signals: Sequence[Signal]) -> Steps:
        """Steps float32 [T, frame]."""
        return _steps([self._frames(signal.samples) for signal in signals], self.frame)

    def _frames(self, samples: np.ndarray) -> np.ndarray:
        return np.pad(samples, (0, -len(samples) % self.frame), mode="edge").reshape(-1, self.frame)


@dataclass(frozen=True)
class LogMelFeaturizer:
    """Logarithm of the power in bands of equal width on the mel scale, for windows of samples `hop` apart.

    At 8,000 samples per second windows are 32 ms long and 10 ms apart.
    """

    kind: ClassVar[str] = "logmel"
    window: int = 256
    hop: int = 80
    mels: int = 32

    def __call__(self, signals: Sequence[Signal]) -> Steps:
        """Steps float32 [frames, mels], natural logarithms."""
        return _steps([self.bands(signal) for signal in signals], self.mels)

    def bands(self, signal: Signal) -> np.ndarray:
        """The bands of one signal, float32 [frames, mels]."""
        power = window_power(signal.samples, self.window, self.hop) @ mel_filters(signal.rate, self.window, self.mels).T
        return np.log(np.maximum(power, _RANGE * power.max()) + _SILENCE).astype(np.float32)


@dataclass(frozen=True)
class SpectrumFeaturizer:
    """A summary for trees: bands over time (mean, spread, mean of each third), and the samples' own statistics.

    The means of sixteen equal parts are the shape of a signal (Keogh and others, Knowl. Inf. Syst. 2001, 3, 263).
    """

    kind: ClassVar[str] = "spectrum"
    window: int = 256
    hop: int = 80
    mels: int = 32

    @property
    def names(self) -> tuple[str, ...]:
        """Column names."""
        parts = ("mean", "spread", *(f"part_{part + 1}" for part in range(_PARTS)))
        bands = tuple(f"mel_{band + 1}_{part}" for part in parts for band in range(self.mels))
        quantiles = tuple(f"quantile_{quantile:g}" for quantile in _QUANTILES)
        shape = tuple(f"segment_{segment + 1}" for segment in range(_SEGMENTS))
        return (*bands, *_STATISTICS, *quantiles, *shape)

    def __call__(self, signals: Sequence[Signal]) -> np.ndarray:
        """Values, float32 [n, F]."""
        found = np.empty((len(signals), len(self.names)), np.float32)
        for row, signal in enumerate(signals):
            found[row] = self._summary(signal)
        return found

    def _summary(self, signal: Signal) -> np.ndarray:
        bands = LogMelFeaturizer(self.window, self.hop, self.mels).bands(signal)
        samples = signal.samples.astype(np.float64)
        return np.concatenate([
            bands.mean(axis=0), bands.std(axis=0), *means_of_parts(bands, _PARTS),
            [statistic(samples, signal.rate) for statistic in _STATISTICS.values()],
            np.quantile(samples, _QUANTILES), means_of_parts(samples[:, None], _SEGMENTS)[:, 0],
        ])  # fmt: skip


@dataclass(frozen=True)
class SignalSketchFeaturizer:
    """Bits for similarity: by how many decibels the mean of each mel band lies above or below that of all of them.

    Each band has a bit per level that it reaches, so alike spectra have alike bits, whatever their loudness.
    """

    kind: ClassVar[str] = "signal-sketch"
    window: int = 256
    hop: int = 80
    mels: int = 32

    def __call__(self, signals: Sequence[Signal]) -> np.ndarray:
        """Packed bits, uint8 [n, mels]."""
        bands = LogMelFeaturizer(self.window, self.hop, self.mels).bands
        means = np.array([bands(signal).mean(axis=0) for signal in signals]).reshape(len(signals), self.mels)
        decibels = 10 / np.log(10) * (means - means.mean(axis=1, keepdims=True))
        return np.packbits((decibels[..., None] > _LEVELS).reshape(len(signals), self.mels * len(_LEVELS)), axis=1)


def window_power(samples: np.ndarray, window: int, hop: int) -> np.ndarray:
    """Power per frequency of overlapping Hann windows, float64 [frames, window / 2 + 1]; zeros fill up the last one.

    Scaled so that noise of variance 1 has power 1 at every frequency.
    """
    count = 1 + max(0, -(-(len(samples) - window) // hop))
    padded = np.zeros(window + (count - 1) * hop)
    padded[: len(samples)] = samples
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[::hop] * hann
    return np.abs(np.fft.rfft(frames)) ** 2 / (hann**2).sum()


@lru_cache(maxsize=32)
def mel_filters(rate: int, window: int, mels: int) -> np.ndarray:
    """Overlapping triangles that add up to 1 between the first peak and the last, float64 [mels, window / 2 + 1].

    Their peaks are evenly spaced on the mel scale, 2595 log10(1 + f / 700) with f in Hz (O'Shaughnessy, Speech
    Communication, 1987; the HTK Book, equation 5.13), from 0 to half the rate. Under some 100 Hz it is a straight line.
    """
    frequencies = np.fft.rfftfreq(window, 1 / rate)
    edges = hertz(np.linspace(0, mel(np.array(rate / 2)), mels + 2))
    rising = (frequencies - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - frequencies) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0, np.minimum(rising, falling))


def mel(frequencies: np.ndarray) -> np.ndarray:
    """Hz on the mel scale.

    >>> round(float(mel(np.array(1000.0))))
    1000
    """
    return 2595 * np.log10(1 + frequencies / 700)


def hertz(mels: np.ndarray) -> np.ndarray:
    """The inverse of `mel`."""
    return 700 * (10 ** (mels / 2595) - 1)


def means_of_parts(values: np.ndarray, parts: int) -> np.ndarray:
    """Means over equal parts of the first axis, [parts, ...]; fewer rows than parts are repeated."""
    cuts = np.arange(parts + 1) * len(values) // parts
    return np.array([values[start : max(stop, start + 1)].mean(axis=0) for start, stop in pairwise(cuts)])


_STATISTICS: dict[str, Callable[[np.ndarray, int], float]] = {
    "seconds": lambda samples, rate: len(samples) / rate,
    "log_energy": lambda samples, rate: float(np.log(np.mean(samples**2) + _SILENCE)),
    "zero_crossings": lambda samples, rate: float(np.mean(np.signbit(samples[1:]) != np.signbit(samples[:-1])))
    if len(samples) > 1
    else 0.0,
    "mean": lambda samples, rate: float(samples.mean()),
    "spread": lambda samples, rate: float(samples.std()),
    "smallest": lambda samples, rate: float(samples.min()),
    "largest": lambda samples, rate: float(samples.max()),
    "place_of_smallest": lambda samples, rate: int(samples.argmin()) / len(samples),
    "place_of_largest": lambda samples, rate: int(samples.argmax()) / len(samples),
    "step_spread": lambda samples, rate: float(np.sqrt(np.mean(np.diff(samples) ** 2))) if len(samples) > 1 else 0.0,
}  # fmt: skip


def _steps(parts: Sequence[np.ndarray], width: int) -> Steps:
    offsets = np.concatenate([[0], np.cumsum([len(part) for part in parts], dtype=np.int64)])
    return Steps(np.concatenate([np.empty((0, width), np.float32), *parts]).astype(np.float32, copy=False), offsets)
