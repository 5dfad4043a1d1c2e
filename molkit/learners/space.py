"""What a search may try of a learner's options; declared beside the options, read by whatever searches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """Numbers from `low` to `high`, both included; spread evenly in their logarithm if `log`; integers if `whole`."""

    low: float
    high: float
    log: bool = False
    whole: bool = False

    @property
    def ends(self) -> tuple[float, ...]:
        """The smallest and the largest value, in the type of the option."""
        return tuple((int if self.whole else float)(end) for end in (self.low, self.high))

    def __contains__(self, value: object) -> bool:
        whole = isinstance(value, int) or not self.whole
        return isinstance(value, int | float) and whole and self.low <= value <= self.high


@dataclass(frozen=True)
class Choice:
    """One of a few values."""

    values: tuple[float | str, ...]

    @property
    def ends(self) -> tuple[float | str, ...]:
        """All of them."""
        return self.values

    def __contains__(self, value: object) -> bool:
        return value in self.values


Space = Mapping[str, Span | Choice]
