"""The track of an endpoint: how drugs are distributed along its axis, and where one value stands among them.

All positions are from 0 (the lower end of the axis) to 100.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from molkit.profile.endpoints import Endpoint
from molkit.report.admet_cells import number_text
from molkit.report.escaped import Block

_TAIL = 2.0  # an upper half that is so many times as wide as the lower one asks for a logarithmic axis
_MARGIN = 0.04  # of the axis on either side
_NARROWEST = 0.5  # interval that is still seen
_BEYOND = 2.0  # what lies beyond an end of the axis stands so far outside


@dataclass(frozen=True)
class Scale:
    """An axis from `low` to `high`, both above 0 if it is logarithmic."""

    low: float
    high: float
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """Where a value stands; what is beyond an end stands just outside of it.

        >>> Scale(1.0, 100.0, True).place(10.0), Scale(0.0, 1.0).place(0.2), Scale(0.0, 1.0).place(7.0)
        (50.0, 20.0, 102.0)
        """
        if self.logarithmic and value <= 0:
            return -_BEYOND
        value, low, high = (math.log(one) if self.logarithmic else one for one in (value, self.low, self.high))
        place = round(100 * (value - low) / (high - low), 1)
        return -_BEYOND if place < 0 else 100 + _BEYOND if place > 100 else place


@dataclass(frozen=True)
class Spot:
    """What a track shows beside the drugs: a value, its interval (`width` 0 for none), and a verdict."""

    place: float | None = None
    start: float = 0.0
    width: float = 0.0
    verdict: str = ""

    @property
    def mark(self) -> str:
        """The shape of the value: its `id` in the page, "" where there is no value."""
        return "" if self.place is None else f"spot-{self.verdict or 'open'}"


def scale_of(endpoint: Endpoint, quantiles: Sequence[float]) -> Scale:
    """The axis of an endpoint: 0 to 1 for a probability, else the middle 98 % of drugs and the limits of the welcome.

    `quantiles` are the 101 of the drugs' predictions, ascending. Values above 0 with a long upper tail get a
    logarithmic axis.
    """
    if endpoint.classes:
        return Scale(0.0, 1.0)
    limits = [limit for limit in endpoint.welcome or () if limit is not None]
    low, high = min(quantiles[1], *limits, quantiles[99]), max(quantiles[99], *limits, quantiles[1])
    if low == high:
        return Scale(low - 1.0, high + 1.0)
    if low > 0 and quantiles[95] - quantiles[50] > _TAIL * (quantiles[50] - quantiles[5]):
        factor = (high / low) ** _MARGIN
        return Scale(low / factor, high * factor, True)
    margin = _MARGIN * (high - low)
    return Scale(low - margin, high + margin)


def spot(
    scale: Scale, value: float | None, low: float | None = None, high: float | None = None, verdict: str = ""
) -> Spot:
    """A value and its interval as places on an axis."""
    place = None if value is None else scale.place(value)
    if low is None or high is None:
        return Spot(place, verdict=verdict)
    start, stop = scale.place(low), scale.place(high)
    return Spot(place, start, max(_NARROWEST, round(stop - start, 1)), verdict)


def track(endpoint: Endpoint, scale: Scale, quantiles: Sequence[float], at: Spot) -> Block:
    """The drawing (SVG): bands of the drugs' middle 90 % and 50 %, their median, the welcome range, and a value."""
    edges = [scale.place(quantiles[share]) for share in (5, 25, 50, 75, 95)]
    return Block(
        '<svg class="track" viewBox="-4 0 108 10" width="216" height="20" aria-hidden="true">'
        f'<path class="axis" d="M0 4H100"/>{_band("most", edges[0], edges[4])}{_band("half", edges[1], edges[3])}'
        f'<path class="median" d="M{edges[2]:g} 0.5V7.5"/>{_welcome(endpoint, scale)}'
        f'<rect class="interval" x="{at.start:g}" y="3" width="{at.width:g}" height="2"/>'
        f'<use class="spot" href="#{at.mark}" x="{at.place or 0:g}" y="4"/></svg>'
    )


def _band(name: str, start: float, stop: float) -> str:
    return f'<rect class="{name}" x="{start:g}" y="1" width="{round(stop - start, 1):g}" height="6"/>'


def _welcome(endpoint: Endpoint, scale: Scale) -> str:
    """A line below the track, with a stop at each limit of the welcome range."""
    if endpoint.welcome is None:
        return ""
    low, high = endpoint.welcome
    start, stop = 0.0 if low is None else scale.place(low), 100.0 if high is None else scale.place(high)
    stops = "".join(f"M{place:g} 8V10" for place, limit in ((start, low), (stop, high)) if limit is not None)
    return f'<path class="range" d="M{start:g} 9H{stop:g}{stops}"/>'


def scaled(endpoint: Endpoint, scale: Scale, drawn: Block) -> Block:
    """A track between the numbers at the ends of its axis, with a word if the axis is logarithmic."""
    low, high = ("0", "1") if endpoint.classes else (number_text(scale.low), number_text(scale.high))
    word = " log" if scale.logarithmic else ""
    return Block(f'<div class="scaled"><span>{low}</span>{drawn}<span>{high}{word}</span></div>')


# A full circle, a rhombus and a ring, so that the verdict can be told without its colour.
SHAPES = Block(
    '<svg class="shared" width="0" height="0"><defs>'
    '<g id="spot-welcome" class="spot-good"><circle r="1.8"/></g>'
    '<g id="spot-unwelcome" class="spot-bad"><path d="M0-2.4L2.4 0 0 2.4-2.4 0z"/></g>'
    '<g id="spot-open" class="spot-ring"><circle r="1.5"/></g></defs></svg>'
)
