"""What colours the points of a map: numbers along a scale, or a few kinds, each with a colour of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from molkit.report.roles import number

NONE = "#b0b0b0"
# Told apart by all kinds of eyes (Okabe and Ito, 2008), without the black of letters and the yellow of paper.
KINDS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#7f5f3f")
OTHERS = "others"
_STEPS = 32  # of the scale of numbers
_MIDDLE = (0.01, 0.99)  # quantiles that the scale ends at, so that one strange number does not use it up


@dataclass(frozen=True)
class Colours:
    """The colour of each point; `legend` pairs words and colours. Of numbers it is the scale, from `low` to `high`."""

    name: str
    points: list[str]
    legend: list[tuple[str, str]]
    low: float | None = None
    high: float | None = None

    @property
    def numbers(self) -> bool:
        """Whether the legend is a scale."""
        return self.low is not None


def colours_of(name: str, values: Sequence[Any]) -> Colours:
    """The colours of points by a column: of up to 7 kinds or, if all are numbers, a scale; a gap is grey."""
    texts = ["" if value is None else str(value).strip() for value in values]
    kinds = [kind for kind, _ in Counter(text for text in texts if text).most_common()]
    numbers = np.array([number(text) if text else np.nan for text in texts])
    finite = numbers[np.isfinite(numbers)]
    if len(kinds) > len(KINDS) and len(finite) == sum(map(bool, texts)):
        return _scale(name, numbers, finite)
    shown = sorted(kinds) if len(kinds) <= len(KINDS) else sorted(kinds[: len(KINDS) - 1])
    colours = dict(zip([*shown, *[OTHERS] * (len(kinds) > len(KINDS))], KINDS, strict=False))
    points = [colours.get(text, colours.get(OTHERS, NONE)) if text else NONE for text in texts]
    gaps = [("none", NONE)] * (bool(kinds) and "" in texts)
    return Colours(name, points, [*colours.items(), *gaps])


def _scale(name: str, numbers: np.ndarray, finite: np.ndarray) -> Colours:
    import matplotlib

    low, high = map(float, np.quantile(finite, _MIDDLE))
    steps = matplotlib.colormaps["viridis"](np.linspace(0, 0.95, _STEPS))  # its last colours vanish on white
    hexes = ["#" + "".join(f"{round(255 * part):02x}" for part in step[:3]) for step in steps]
    share = np.clip((numbers - low) / ((high - low) or 1), 0, 1)
    points = [NONE if np.isnan(own) else hexes[min(int(own * _STEPS), _STEPS - 1)] for own in share]
    return Colours(name, points, [("", colour) for colour in hexes], low, high)
