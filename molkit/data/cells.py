"""One cell as a measured value: a number, a bound, or nothing."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

_BLANK_TEXTS = (
    "na|n/a|n.a.|nan|<na>|#n/a|null|none|nil|nd|n.d.|n/d|nt|n.t.|not measured|not determined|not tested|"
    "not available|missing|-|--|.|?"
)
BLANKS = frozenset(["", *_BLANK_TEXTS.split("|")])
"""Lower-case cells that mean "not measured"."""

SIGNS = {
    "": 0, "=": 0, "==": 0, "~": 0, "≈": 0, "ca": 0, "ca.": 0, "~=": 0,
    ">": 1, ">=": 1, "=>": 1, "≥": 1, ">>": 1, "<": -1, "<=": -1, "=<": -1, "≤": -1, "<<": -1,
}  # fmt: skip
"""Relation signs: 0 equal, +1 the true value is above (a lower bound), -1 below (an upper bound)."""
ABOUT = frozenset({"~", "≈", "ca", "ca.", "~="})

_NUMBER = re.compile(r"([<>=~≈≥≤]{0,2}|ca\.?)\s*([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)")
_COMMA = re.compile(r"[<>=~≈≥≤]{0,2}\s*[-+]?\d[\d.]*(?:,\d+)+(?:\.\d*)?(?:[eE][-+]?\d+)?")
_INFINITE = re.compile(r"[<>=~≈≥≤]{0,2}\s*[-+]?inf(?:inity)?", re.IGNORECASE)


@dataclass(frozen=True)
class Reading:
    """What a cell says: `kind` is "number", "blank", "infinite", "comma" (a decimal comma) or "text"."""

    kind: str
    value: float = math.nan
    relation: int = 0
    about: bool = False


_BLANK = Reading("blank")


def read_number(cell: Any) -> Reading:
    """A cell as a number with its relation.

    >>> read_number(" >10 ")
    Reading(kind='number', value=10.0, relation=1, about=False)
    >>> [read_number(cell).kind for cell in ("1,5", "NA", "inf", "high", None, 3)]
    ['comma', 'blank', 'infinite', 'text', 'blank', 'number']
    """
    if cell is None:
        return _BLANK
    if not isinstance(cell, str):
        value = float(cell)
        return _BLANK if math.isnan(value) else Reading("infinite" if math.isinf(value) else "number", value)
    text = cell.strip().replace("\u2212", "-").strip("'\"").strip()
    match = _NUMBER.fullmatch(text)
    if match and match[1] in SIGNS:
        value = float(match[2])
        if math.isinf(value):
            return Reading("infinite")
        return Reading("number", value, SIGNS[match[1]], match[1] in ABOUT)
    if text.lower() in BLANKS:
        return _BLANK
    if _INFINITE.fullmatch(text):
        return Reading("infinite")
    return Reading("comma" if _COMMA.fullmatch(text) else "text")


def read_sign(cell: Any) -> tuple[int, bool] | None:
    """The relation of a cell such as `>` or ChEMBL's `'='`, and whether it says "about"; None if no sign.

    >>> [read_sign(cell) for cell in ("'='", ">=", "~", None, "up")]
    [(0, False), (1, False), (0, True), (0, False), None]
    """
    text = "" if cell is None else str(cell).strip().strip("'\"").strip().lower()
    if text in ("nan", "none", "null", "na"):
        text = ""
    return (SIGNS[text], text in ABOUT) if text in SIGNS else None


def is_blank(cell: Any) -> bool:
    """Whether a cell says that nothing was measured."""
    return cell is None or (isinstance(cell, float) and math.isnan(cell)) or str(cell).strip().lower() in BLANKS
