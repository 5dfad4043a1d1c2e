"""Two classes in a column: recognising them, and which of the two is the positive one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from molkit.data.cells import is_blank

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


def known_pair(found: dict[str, str]) -> tuple[str, str] | None:
    """The keys of the negative and positive class if `found` is one of the pairs in use."""
    return next((pair for pair in PAIRS if set(found) == set(pair)), None)


def one_of_a_pair(found: dict[str, str]) -> bool:
    """Whether a column holds a single class whose partner is known by a word (0 or 1 may be a constant)."""
    return len(found) == 1 and any(set(found) <= set(pair) for pair in PAIRS)
