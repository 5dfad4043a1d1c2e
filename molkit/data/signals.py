"""Signals: recordings from .wav files, and series of numbers from the columns of a table."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from molkit.data.cells import is_blank, read_number
from molkit.data.wave_file import HIGHEST_RATE, read_wave
from molkit.errors import InputError
from molkit.types import Identity, Problem

_LOWEST_RATE = 100
_MOST_NUMBERS = 1_000_000
# The largest divisor of a change of rate; one such as 44,101 to 8,000 is met to a millionth.
_LARGEST_DIVISOR = 5_000


@dataclass(frozen=True)
class Signal:
    """Samples over time, how many there are per second (1 for the numbers of a table), and the name of the file."""

    samples: np.ndarray  # float32 [T], finite, T > 0
    rate: int
    name: str = ""


@dataclass(frozen=True)
class SignalReader:
    """Reads a cell: the path of a .wav file, or a tuple of numbers.

    Recordings are brought to `rate` samples per second (None: they keep their own, which should then be one), those
    of more than `longest` seconds are refused. Numbers stay as they are. Raises InputError for impossible options.
    """

    rate: int | None = 8000
    longest: float = 10.0

    def __post_init__(self) -> None:
        if self.rate is not None and not _LOWEST_RATE <= self.rate <= HIGHEST_RATE:
            raise InputError(
                f"rate should be from {_LOWEST_RATE} to {HIGHEST_RATE} samples per second, got {self.rate}"
            )
        if not 0 < self.longest <= 3600:
            raise InputError(f"longest should be above 0 and at most 3600 seconds, got {self.longest}")

    def __call__(self, cell: Any) -> Signal | Problem:
        """The signal of a cell, or what is wrong with it."""
        if isinstance(cell, tuple):
            return _series(cell)
        if is_blank(cell):
            return Problem("empty", "the cell is empty; give the path of a .wav file.")
        path = Path(str(cell))
        found = read_wave(path, self.longest)
        if isinstance(found, Problem):
            return found
        samples, own = found
        if not np.isfinite(samples).all():
            return Problem("non_finite", "the recording holds samples that are no finite numbers.")
        rate = self.rate or own
        return Signal(samples if own == rate else resampled(samples, own, rate), rate, path.name)


def _series(cells: tuple[Any, ...]) -> Signal | Problem:
    if not cells or all(map(is_blank, cells)):
        return Problem("empty", "the series has no numbers.")
    if len(cells) > _MOST_NUMBERS:
        return Problem("too_large", f"the series has {len(cells):,} numbers, more than {_MOST_NUMBERS:,}.")
    samples = np.empty(len(cells), np.float32)
    for place, cell in enumerate(cells):
        reading = read_number(cell)
        if reading.kind != "number" or reading.relation:
            return _no_number(cell, reading.kind, f"value {place + 1} of the {len(cells)} of the series")
        with np.errstate(over="ignore"):
            samples[place] = reading.value
    if not np.isfinite(samples).all():
        return Problem("non_finite", "the series holds a number that is too large.")
    return Signal(samples, 1)


def _no_number(cell: Any, kind: str, where: str) -> Problem:
    if kind == "infinite":
        return Problem("non_finite", f"{where} is infinite.")
    if kind == "blank":
        return Problem("invalid_syntax", f"{where} is blank; fill it in, or leave the row out.")
    return Problem("invalid_syntax", f"{where} is no number: {str(cell)[:40]!r}.")


def resampled(samples: np.ndarray, rate: int, wanted: int) -> np.ndarray:
    """The samples at another number per second, float32, by a polyphase filter that lets nothing fold back."""
    from scipy.signal import resample_poly

    ratio = Fraction(wanted, rate).limit_denominator(_LARGEST_DIVISOR)
    return resample_poly(samples.astype(np.float64), ratio.numerator, ratio.denominator).astype(np.float32)


def identify(signal: Signal) -> Identity:
    """The file's name; equal samples at an equal rate are one signal, which no split may part."""
    key = hashlib.sha256(b"%d:" % signal.rate + np.ascontiguousarray(signal.samples).tobytes()).hexdigest()
    return Identity(signal.name, key, (key,))
