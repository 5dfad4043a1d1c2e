"""What an audit says: findings, each a sentence with its rows and its figures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

SEVERITIES = ("problem", "caution", "note")
_SHOWN = 60


@dataclass(frozen=True)
class Finding:
    """One thing that was found.

    `severity` is one of `SEVERITIES`: a problem makes training fail or its scores wrong, a caution should be looked
    at, a note is good to know. `rows` are 1-based data rows; `table` holds the details, columns by name.
    """

    kind: str
    severity: str
    title: str
    sentence: str
    rows: tuple[int, ...] = ()
    table: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    target: str = ""


@dataclass(frozen=True)
class CurvePoint:
    """Error of models that saw `size` compounds: mean and standard deviation over repeats."""

    size: int
    mean: float
    sd: float


@dataclass(frozen=True)
class Curve:
    """A learning curve of one target, in the words of `metric`; lower is better if `lower`.

    `gain` is by how much doubling the data is expected to improve the score, with its 95 % interval; `baseline` is
    the score of a constant prediction, `floor` what the noise of the values allows (None: not known).
    """

    target: str
    metric: str
    lower: bool
    points: tuple[CurvePoint, ...]
    compounds: int
    used: int
    baseline: float
    floor: float | None
    doubled: float
    gain: tuple[float, float, float]
    sentence: str


@dataclass(frozen=True)
class Audit:
    """Everything found in a table; `counts` are figures by name, `notes` what was chosen by looking."""

    name: str
    structure: str
    targets: tuple[str, ...]
    counts: Mapping[str, int]
    findings: tuple[Finding, ...]
    curves: tuple[Curve, ...] = ()
    notes: tuple[str, ...] = ()
    noun: str = "compound"  # what a row is called
    files: Mapping[int, str] = field(default_factory=dict)  # that the rows of findings are, of a folder

    def of(self, kind: str, target: str | None = None) -> tuple[Finding, ...]:
        """The findings of a kind, of one target if it is given."""
        return tuple(f for f in self.findings if f.kind == kind and target in (None, f.target))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; numbers that are not finite become None."""
        return plain(asdict(self))

    def __str__(self) -> str:
        from molkit.audit.text import audit_text

        return audit_text(self)


def by_severity(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Problems first, then cautions, then notes; the order within each stays."""
    return tuple(sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity)))


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun.

    >>> counted(1, "row"), counted(1200, "row"), counted(2, "copy", "copies")
    ('1 row', '1,200 rows', '2 copies')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def verb(number: int, one: str, many: str) -> str:
    """The form of a verb that goes with a number.

    >>> verb(1, "holds", "hold")
    'holds'
    """
    return one if number == 1 else many


def short(text: Any) -> str:
    """A cell for showing in a sentence.

    >>> len(short("C" * 100))
    61
    """
    shown = str(text)
    return shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…"


def row_numbers(rows: Iterable[int]) -> str:
    """Rows counted from 0 as they are shown, from 1.

    >>> row_numbers([0, 4])
    '1, 5'
    """
    return ", ".join(str(row + 1) for row in rows)


def listed(parts: Sequence[str], most: int = 6) -> str:
    """Parts with commas, the first few of many.

    >>> listed(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    if len(parts) <= most:
        return ", ".join(parts)
    return f"{', '.join(parts[:most])} and {len(parts) - most:,} more"


def plain(value: Any) -> Any:
    """Strict JSON values of nested ones."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
