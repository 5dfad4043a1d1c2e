"""Classes in a column: recognising them, their order, and which of two is the positive one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
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

NOTHING = "none"  # a word for a blank that is also what is found of a disease, side effect or symptom
FEWEST_OF_CLASS = 5  # rows; a rarer class may well be missing from a part of the split


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


def says_class(cell: Any, known: Collection[str]) -> bool:
    """Whether a cell is measured, or holds a word for a blank that is one of the `known` class keys."""
    return not is_blank(cell) or (isinstance(cell, str) and class_key(cell) in known)


def find_classes(cells: Sequence[Any], known: Collection[str] = ()) -> dict[str, str]:
    """The classes of a column: key -> the text as first written. `-` is a class beside `+`, else a blank.

    Other words for a blank, such as `none`, are classes if they are among the keys `known`.
    """
    found: dict[str, str] = {}
    for cell in cells:
        if says_class(cell, ("-", *known)):
            found.setdefault(class_key(cell), str(cell).strip())
    if "-" in found and "+" not in found:
        del found["-"]
    return found


def told_classes(cells: Sequence[Any], task: str | None) -> dict[str, str]:
    """The classes of a column: of words told to be multiclass, or binary where one alone is left, `none` is one too."""
    found = find_classes(cells)
    told = task == "multiclass" or (task == "binary" and len(found) == 1)
    return find_classes(cells, (NOTHING,)) if told and found and are_classes(found) else found


def blank_words(name: str, cells: Sequence[Any], found: Collection[str]) -> list[str]:
    """A sentence on words that mean a blank but may be a class beside the words `found`, as many cells have them."""
    if not are_classes(found):
        return []
    words = Counter(str(cell).strip() for cell in cells if isinstance(cell, str) and not says_class(cell, found))
    many = {word: count for word, count in words.items() if count >= FEWEST_OF_CLASS and word[:1].isalpha()}
    if not many:
        return []
    told = " and ".join(f"{count} cells {word!r}" for word, count in many.items())
    advice = "write another word for it"
    if any(class_key(word) == NOTHING for word in many):
        advice = f"tell --task multiclass, which reads '{NOTHING}' as a class, or {advice}"
    return [f"Target '{name}': {told} count as not measured. If that is a class, {advice}."]


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
