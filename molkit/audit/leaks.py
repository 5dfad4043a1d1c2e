"""Columns that tell the target: copies of it, transformations, other models' predictions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from molkit.audit.finding import Finding, counted, listed, verb
from molkit.audit.measured import Values
from molkit.data.cells import BLANKS, is_blank
from molkit.data.table import Table
from molkit.evaluation.ranking import roc_auc

_PREDICTED = re.compile(
    r"(?i)pred(?:icted|iction|s)?(?:$|[^a-z])|calc(?:ulated|d)?(?:$|[^a-z])|estimat|fitted|modell?ed|forecast|_hat$"
)
_CERTAIN = 0.99
_CERTAIN_AREA = 0.98  # ROC-AUC; a few classes typed wrongly do not hide that a column was cut in two
_NEARLY = 0.95  # rank correlation that must go with a straight line, which one far point can make
_RELATED = 0.5  # rank correlation from which a name such as "predicted" counts
_FEWEST = 20
_MOST_KINDS = 10
_LEFT = 0.25  # share of the rarer class that may be wrong when a column of few kinds tells the class


def leak_findings(table: Table, values: Values, aside: Collection[str], advice: str = "") -> list[Finding]:
    """Columns other than those `aside` whose cells nearly tell the target, or look like a model's predictions of it.

    `advice` is what is said of them where a model does not read structures alone.
    """
    exact = values.exact if values.classes is None else values.values
    rows = np.flatnonzero(~np.isnan(exact))
    found: list[tuple[str, str, str]] = []
    for name in table.names if len(rows) >= _FEWEST else ():
        if name in aside:
            continue
        why = _tells(name, [table.columns[name][row] for row in rows], exact[rows], values)
        if why:
            found.append((name, *why))
    if not found:
        return []
    shown = listed([f"'{name}' ({why})" for name, _, why in found], 4)
    copies = any(kind == "tells" for _, kind, _ in found)
    use = "never use such a column as an input elsewhere" if copies else "do not use predictions as an input"
    return [
        Finding(
            "leak",
            "caution",
            "Columns that tell the target",
            f"{counted(len(found), 'column')} {verb(len(found), 'tells', 'tell')} '{values.name}' or "
            f"{verb(len(found), 'is', 'are')} derived from it: {shown}. "
            + (advice or f"Molkit reads structures only; {use}."),
            table={"column": [name for name, _, _ in found], "reason": [why for _, _, why in found]},
            target=values.name,
        )
    ]


def _tells(name: str, cells: Sequence[Any], exact: np.ndarray, values: Values) -> tuple[str, str] | None:
    """Whether and why a column tells the values [n] in the same rows."""
    numbers = _as_numbers(cells)
    both = ~np.isnan(numbers)
    if both.sum() < max(_FEWEST, 0.5 * len(exact)):
        return _kinds_tell(cells, exact, values)
    x, y = numbers[both], exact[both]
    if (x == x[0]).all() or (y == y[0]).all():
        return None
    if values.classes is not None:
        area = roc_auc(y, x)
        if max(area, 1 - area) > _CERTAIN_AREA:
            return "tells", f"orders the classes, ROC-AUC {max(area, 1 - area):.3f}"
        return _by_name(name, 2 * area - 1) or _kinds_tell(cells, exact, values)
    equal = float(np.mean(np.isclose(x, y, rtol=1e-6, atol=0)))
    if equal > 0.95:
        return "tells", f"equal in {equal:.0%} of the rows"
    straight, ranked = _correlations(x, y)
    if abs(ranked) > _CERTAIN or (abs(straight) > _CERTAIN and abs(ranked) > _NEARLY):
        return "tells", f"correlation {straight:.3f}, of ranks {ranked:.3f}"
    return _by_name(name, ranked)


def _by_name(name: str, correlation: float) -> tuple[str, str] | None:
    if _PREDICTED.search(name) and abs(correlation) > _RELATED:
        return "predicted", f"by its name a prediction, correlation {correlation:.2f}"
    return None


def _as_numbers(cells: Sequence[Any]) -> np.ndarray:
    """Cells as float64, NaN where they are none; a quarter of the time of reading them with signs."""
    found = np.full(len(cells), np.nan)
    for place, cell in enumerate(cells):
        if isinstance(cell, str) and cell.strip().lower() in BLANKS:
            continue
        try:
            value = float(cell)
        except (TypeError, ValueError):
            if place == 50 and np.isnan(found[:50]).all():
                return found  # a column of texts
            continue
        found[place] = value if np.isfinite(value) else np.nan
    return found


def _correlations(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Pearson's and Spearman's; 0 where a column does not vary in double precision."""
    from scipy.stats import rankdata

    pairs = ((x / max(np.abs(x).max(), 1e-300), y / max(np.abs(y).max(), 1e-300)), (rankdata(x), rankdata(y)))
    found = []
    for a, b in pairs:
        spread = a.std() * b.std()
        found.append(float(np.mean((a - a.mean()) * (b - b.mean())) / spread) if spread > 0 else 0.0)
    return found[0], found[1]


def _kinds_tell(cells: Sequence[Any], exact: np.ndarray, values: Values) -> tuple[str, str] | None:
    """Whether words of few kinds decide the class."""
    if values.classes is None:
        return None
    pairs = [(str(cell).strip(), y) for cell, y in zip(cells, exact, strict=True) if not is_blank(cell)]
    kinds = {kind for kind, _ in pairs}
    if len(pairs) < max(_FEWEST, 0.5 * len(exact)) or not 2 <= len(kinds) <= _MOST_KINDS:
        return None
    counts = Counter(pairs)
    right = sum(max(counts[(kind, 0.0)], counts[(kind, 1.0)]) for kind in kinds)
    classes = Counter(y for _, y in pairs)
    share, usual = right / len(pairs), max(classes.values()) / len(pairs)
    if len(classes) < 2 or 1 - share > _LEFT * (1 - usual):
        return None
    return "tells", f"its {len(kinds)} kinds decide the class in {share:.1%} of the rows"
