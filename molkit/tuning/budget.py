"""How long a search may take, as a user writes it."""

from __future__ import annotations

import math
import re

from molkit.errors import InputError

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "": 60.0}
_WRITTEN = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*([smh]?)", re.IGNORECASE)


def parse_budget(text: str | float) -> float:
    """Seconds, from a number with s, m or h after it; a number alone is minutes. Raises InputError.

    >>> parse_budget("90s"), parse_budget("20m"), parse_budget("1.5h"), parse_budget(5)
    (90.0, 1200.0, 5400.0, 300.0)
    """
    found = _WRITTEN.fullmatch(str(text).strip())
    seconds = float(found[1]) * _SECONDS[found[2].lower()] if found else math.nan
    if not 0 < seconds < math.inf:
        raise InputError(f"--budget: expected a time above 0 such as 90s, 20m or 2h (a number alone is minutes), "
                         f"got {text!r}")  # fmt: skip
    return seconds
