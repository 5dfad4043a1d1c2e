"""Cells with a time as hours, so that times of events and of predictions can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from molkit.data.cells import BLANKS


@dataclass(frozen=True)
class Hours:
    """Times in hours, NaN where a cell is blank or wrong; which are wrong; whether they were dates.

    Dates count from the beginning of 1970 (UTC); plain numbers are hours as they are.
    """

    values: np.ndarray  # float64 [n]
    wrong: np.ndarray  # bool [n]
    dated: bool | None  # None if all are blank


def read_hours(cells: Sequence[Any], dated: bool | None = None) -> Hours:
    """ISO 8601 dates (UTC unless they say otherwise), or plain numbers of hours; cells of the other kind are wrong.

    `dated` says which they should be; if it is None, the first filled cell does.

    >>> read_hours(["1970-01-02T06:00", "", "soon"])
    Hours(values=array([30., nan, nan]), wrong=array([False, False,  True]), dated=True)
    >>> read_hours([48, None, "12.5"]).values.tolist()
    [48.0, nan, 12.5]
    """
    import pandas as pd

    texts = pd.Series([None if cell is None else str(cell).strip() for cell in cells], dtype="object")
    filled = texts.map(lambda text: text is not None and text.lower() not in BLANKS and text != "NaT").to_numpy(bool)
    values = np.full(len(texts), np.nan)
    if filled.any():
        numbers = pd.to_numeric(texts[filled], errors="coerce").to_numpy(np.float64, na_value=np.nan)
        dated = bool(np.isnan(numbers[0])) if dated is None else dated
        values[filled] = np.where(np.isnan(numbers), hours_since_1970(texts[filled]), np.nan) if dated else numbers
        values[np.isinf(values)] = np.nan
    return Hours(values, filled & np.isnan(values), dated)


def hours_since_1970(times: Any) -> np.ndarray:
    """Dates as text or as time stamps, hours as float64 [n], NaN for what is none."""
    import pandas as pd

    stamps = pd.to_datetime(times, format="ISO8601", utc=True, errors="coerce")
    return ((stamps - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(hours=1)).to_numpy(np.float64)
