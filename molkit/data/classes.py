"""Classes in a column: recognising them, their order, and which of two is the positive one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from molkit.data.cells import is_blank, read_number

PAIRS = (
    ("0", "1"), ("-1", "1"), ("false", "true"), ("f", "t"), ("no", "yes"), ("n", "y"), ("-", "+"),
    ("inactive", "active"), ("negative", "positive"), ("neg", "pos"), ("non-toxic", "toxic"),
    ("nontoxic", "toxic"), ("nonbinder", "binder"), ("non-binder", "binder"), ("nonblocker", "blocker"),
    ("non-blocker", "blocker"), ("noninhibitor", "inhibitor"), ("non-inhibitor", "inhibitor"),
    ("nonsubstrate", "substrate"), ("non-substrate", "substrate"), ("insoluble", "soluble"), ("low", "high"),
)  # fmt: skip
"""Lower-case names of the negative and the positive class."""


def class_key(cell: Any) -> str:
    """A cell as a class name for comparing: lower case, whole numbers without `.0`.

    >>> [class_key(cell) for cell in (" Active", "1.0", 0, True)]
    ['active', '1', '0', 'true']
    """
    text = str(cell).strip().lower()
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() else repr(number)


def find_classes(cells: Sequence[Any]) -> dict[str, str]:
    """The classes of a column: key -> the text as first written. `-` is a class beside `+`, else a blank."""
    found: dict[str, str] = {}
    for cell in cells:
        if not is_blank(cell) or str(cell).strip() == "-":
            found.setdefault(class_key(cell), str(cell).strip())
    if "-" in found and "+" not in found:
        del found["-"]
    return found


def are_classes(found: Iterable[str]) -> bool:
    """Whether class keys can hardly be anything but classes: all words, or both sides (`<30`, `>30`) without a number.

    Sides of two numbers alone are bounds of measured values; with a word beside them they are classes.
    """
    readings = [read_number(key) for key in found]
    sides = [reading for reading in readings if reading.kind != "text"]
    if not sides:
        return True
    both = all(reading.kind == "number" for reading in sides) and {own.relation for own in sides} == {-1, 1}
    return both and (len(sides) < len(readings) or len({reading.value for reading in sides}) == 1)


def class_order(key: str) -> tuple[bool, float, int, str]:
    """Sorts class keys: words in alphabetical order, then numbers in theirs.

    >>> sorted([">30", "30", "no", "<30", "9"], key=class_order)
    ['no', '9', '<30', '30', '>30']
    """
    number = read_number(key)
    return (True, number.value, number.relation, key) if number.kind == "number" else (False, 0.0, 0, key)


def known_pair(found: dict[str, str]) -> tuple[str, str] | None:
    """The keys of the negative and positive class if `found` is one of the pairs in use."""
    return next((pair for pair in PAIRS if set(found) == set(pair)), None)


def one_of_a_pair(found: dict[str, str]) -> bool:
    """Whether a column holds a single class whose partner is known by a word (0 or 1 may be a constant)."""
    return len(found) == 1 and any(set(found) <= set(pair) for pair in PAIRS)
