"""Values that were not measured but stand for something: limits, missing values, defaults."""

from __future__ import annotations

import numpy as np

from molkit.audit.finding import Finding, counted, listed, verb
from molkit.audit.measured import Values
from molkit.audit.outliers import robust_z

# What people and programs write for "missing".
_SENTINELS = (-99999, -9999, -999.9, -999, -99, -9, -1, 99, 999, 999.9, 9999, 99999, 999999)
_FAR = 3.5
_SHARE = 0.05  # of equal values at the end of a range, from which they look like a limit
_FEWEST = 20
_ODD = 0.02  # share of values that may be errors: negative ones of a positive quantity, ones beyond a limit
_MOST_REPEATED = 3


def placeholder_findings(values: Values) -> list[Finding]:
    """Bounds, missing-value numbers, zeros among positive values, and values repeated too often."""
    found = [_censored(values), _sentinels(values), _zeros(values), *_repeated(values)]
    return [finding for finding in found if finding is not None]


def _censored(values: Values) -> Finding | None:
    above, below = int(np.sum(values.relations > 0)), int(np.sum(values.relations < 0))
    if not above + below:
        return None
    measured = int(np.sum(~np.isnan(values.values)))
    limits, counts = np.unique(values.values[values.relations != 0], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    shown = listed([f"{limits[i]:g} ({counts[i]:,})" for i in order], 3)
    share = (above + below) / measured
    return Finding(
        "censored",
        "caution" if share > 0.2 else "note",
        "Censored values",
        f"{above + below:,} of {counted(measured, 'value')} of '{values.name}' ({share:.0%}) "
        f"{verb(above + below, 'is a bound', 'are bounds')}: {above:,} with >, {below:,} with <; limits "
        f"{shown}. Training "
        "uses them as bounds, scores use exact values only.",
        tuple((np.flatnonzero(values.relations) + 1).tolist()),
        {"limit": limits[order].tolist(), "rows": counts[order].tolist()},
        values.name,
    )


def _sentinels(values: Values) -> Finding | None:
    """Missing-value numbers at an end of the values that the others do not reach."""
    exact = values.exact
    measured = exact[~np.isnan(exact)]
    if len(measured) < _FEWEST:
        return None
    suspects = [number for number in _SENTINELS if number in (measured.min(), measured.max())]
    suspects += [
        n for n in _SENTINELS if n not in suspects and n < 0 and n in measured and (measured >= 0).mean() > 0.9
    ]
    odd = [number for number in suspects if _stands_apart(number, measured)]
    if not odd:
        return None
    rows = np.flatnonzero(np.isin(exact, odd)) + 1
    return Finding(
        "placeholder",
        "problem",
        "Numbers that stand for missing",
        f"{counted(len(rows), 'cell')} of '{values.name}' {verb(len(rows), 'says', 'say')} "
        f"{listed([f'{n:g}' for n in odd])}, which looks like a mark for a missing value: blank "
        f"{verb(len(rows), 'it', 'them')} before training.",
        tuple(rows.tolist()),
        {"row": rows.tolist(), "value": exact[rows - 1].tolist()},
        values.name,
    )


def _stands_apart(number: float, measured: np.ndarray) -> bool:
    """Whether the number is far from all others, on their own scale and, if all are above 0, on its logarithm."""
    others = measured[measured != number]
    if len(others) < _FEWEST / 2:
        return False
    if number < 0 and (others >= 0).all():
        return True
    if not abs(robust_z(np.append(others, number))[-1]) > 2 * _FAR:
        return False
    if number > 0 and (others > 0).all():
        return bool(abs(robust_z(np.log10(np.append(others, number)))[-1]) > _FAR) or np.sum(measured == number) > 2
    return True


def _zeros(values: Values) -> Finding | None:
    """Zeros where the others are above 0 and spread over decades, so that 0 is no value of that kind."""
    measured = values.exact[~np.isnan(values.exact)]
    rows = np.flatnonzero(values.exact == 0) + 1
    if values.scale != "decades" or not len(rows) or len(rows) > 0.5 * len(measured):
        return None
    return Finding(
        "zero",
        "problem",
        "Zeros among positive values",
        f"{counted(len(rows), 'cell')} of '{values.name}' {verb(len(rows), 'says', 'say')} 0, where the others run "
        f"over decades from {measured[measured > 0].min():.3g}: probably not measured, or below the limit. Blank "
        f"{verb(len(rows), 'it', 'them')}, or write < and the limit; --log cannot take a 0.",
        tuple(rows.tolist()),
        {"row": rows.tolist()},
        values.name,
    )


def _repeated(values: Values) -> list[Finding]:
    """Values far commoner than others: near an end of the range a limit, elsewhere a default."""
    exact = values.exact
    measured = exact[~np.isnan(exact)]
    numbers, counts = np.unique(measured, return_counts=True)
    if len(measured) < 2 * _FEWEST or len(numbers) < _FEWEST:
        return []
    usual = float(np.quantile(counts, 0.95))
    found = []
    for place in np.argsort(-counts, kind="stable")[:_MOST_REPEATED]:
        number, count = float(numbers[place]), int(counts[place])
        end = _end(number, measured)
        least = max(5, (_SHARE if end else 2 * _SHARE) * len(measured))
        if count >= least and count >= 3 * usual and number != 0:
            found.append(_repeat(values, number, count, len(measured), end))
    return found


def _end(number: float, measured: np.ndarray) -> str:
    """Which end of the values a number stands at, but for a few beyond it: "<", ">" or "" for neither."""
    if np.mean(measured < number) <= _ODD:
        return "<"
    return ">" if np.mean(measured > number) <= _ODD else ""


def _repeat(values: Values, number: float, count: int, of: int, end: str) -> Finding:
    rows = np.flatnonzero(values.exact == number) + 1
    why = (
        f"it is {'the smallest value' if end == '<' else 'the largest value'}, a few aside: probably a limit of the "
        f"assay. Write {end}{number:g}, or give the signs in a column, so that it counts as a bound"
        if end
        else "probably a default or a rounded entry. Look up where it comes from"
    )
    return Finding(
        "repeated_value",
        "caution",
        "One value too often",
        f"{counted(count, 'row')} of {of:,} ({count / of:.0%}) {verb(count, 'says', 'say')} {number:g} for "
        f"'{values.name}': {why}.",
        tuple(rows.tolist()),
        {"row": rows.tolist()},
        values.name,
    )
