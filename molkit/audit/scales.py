"""On which scale numbers are: logarithms, concentrations over decades, or plain; and signs of a mixed one."""

from __future__ import annotations

import re

import numpy as np

from molkit.audit.finding import Finding, counted, verb
from molkit.audit.measured import Values, named_unit, on_scale
from molkit.audit.units import NEGATIVE_LOG, concentration
from molkit.data.units import base_name

_LOG_NAME = re.compile(
    r"(?i)^(?:-?log|lg|neglog)|[ _\-(]-?log|^p(?:IC|EC|AC|GI|CC|ED|LD|XC|Potency)\d*|^pK[idaib]?\b|^pchembl"
)
_P_NAME = re.compile(r"(?i)^(?:p(?:IC|EC|AC|GI|CC|ED|XC)50|pK[id]|pchembl[ _]?value)\b")
_CONCENTRATION_NAME = re.compile(r"(?i)^(?:IC|EC|AC|GI|CC|ED|LC|LD)_?50|^MIC(?![a-z])|^K[id](?![a-z])")
_DECADES = 1.5  # over which positive, skewed values spread (1st to 99th percentile) before they are compared as log10
_SKEWED = 1.0
_POSITIVE = 0.97  # share of values above 0; the others are then errors or marks for missing values
_THREE_DECADES = (2.5, 3.5)
_FEWEST = 20


def find_scale(values: Values) -> Values:
    """The values with their scale: from the unit or name, else from how they are spread.

    Without either, values between -15 and 15 of which most are no whole numbers are taken as logarithms, and positive
    ones over two decades as concentrations; both guesses are only used to compare values, never to change them.
    """
    exact = values.exact[~np.isnan(values.exact)]
    if (
        "log" in values.unit.lower()
        or values.unit in NEGATIVE_LOG
        or (not values.unit and _LOG_NAME.search(values.name))
    ):
        return on_scale(values, "log", "by its unit or name")
    if concentration(values.unit) is not None:
        return on_scale(values, "decades", f"by its unit, {values.unit}")
    if len(exact) < 2:
        return values
    above = exact[exact > 0]
    zeros = int(np.sum(exact == 0)) if _CONCENTRATION_NAME.search(values.name) else 0  # no value of such a quantity
    if len(above) and len(above) >= _POSITIVE * (len(exact) - zeros) and _spans_decades(above):
        return on_scale(values, "decades", "as the values are above 0, skewed, and span decades")
    fractional = float(np.mean(exact != np.round(exact)))
    if not values.unit and np.abs(exact).max() <= 15 and fractional > 0.5:
        return on_scale(values, "log", "as the values look like it; --unit or --no-log says otherwise")
    return values


def _spans_decades(above: np.ndarray) -> bool:
    low, high = np.quantile(above, [0.01, 0.99])
    return _skewness(above) > _SKEWED and bool(np.log10(high / low) >= _DECADES)


def _skewness(values: np.ndarray) -> float:
    away = values / np.abs(values).max() - (values / np.abs(values).max()).mean()
    spread = float(away.std())
    return float(np.mean(away**3)) / spread**3 if spread > 0 else 0.0


def scale_findings(values: Values) -> list[Finding]:
    """Raw concentrations, two clusters three decades apart, and values that no -log10 of a molarity has."""
    exact = values.exact[values.exact > 0]
    found = []
    if values.scale == "decades" and len(exact) >= _FEWEST:
        found.append(_decades(values, exact))
    logs = values.compared[~np.isnan(values.compared)]
    if values.log_units and len(logs) >= _FEWEST:
        found.append(_clusters(values, logs))
    found.append(_impossible(values))
    return [finding for finding in found if finding is not None]


def _decades(values: Values, exact: np.ndarray) -> Finding | None:
    low, high = exact.min(), exact.max()
    decades = np.log10(high / low)
    if decades < _DECADES:
        return None
    conversion = concentration(values.unit)
    proposal = (
        f"'p{_bare_name(values)}' = {conversion} - log10({values.unit} value) is the usual scale, or train with --log"
        if conversion is not None
        else "train with --log, or on the logarithm"
    )
    return Finding(
        "decades",
        "caution",
        "Raw values over decades",
        f"'{values.name}' runs from {low:.3g} to {high:.3g}{' ' + values.unit if values.unit else ''}, "
        f"{decades:.1f} decades: on this scale the largest values alone decide a fit. Proposed: {proposal}.",
        target=values.name,
    )


def _bare_name(values: Values) -> str:
    """The name without its unit, which the logarithm does not have."""
    name = base_name(values.name)
    return name.removesuffix(named_unit(name)).rstrip(" _.-")


def _clusters(values: Values, logs: np.ndarray) -> Finding | None:
    """Two clusters whose centres lie about three decades apart with a valley between them."""
    found = two_clusters(logs)
    if found is None or not _THREE_DECADES[0] <= found[1] - found[0] <= _THREE_DECADES[1]:
        return None
    low, high, cut = found
    above = values.compared > cut
    fewer = above if above.sum() <= np.sum(values.compared <= cut) else values.compared <= cut
    rows = np.flatnonzero(fewer) + 1
    middle = [f"{10**x:.3g}" if values.scale == "decades" else f"{x:.2f}" for x in (low, high)]
    return Finding(
        "two_scales",
        "problem",
        "Two clusters three decades apart",
        f"The values of '{values.name}' fall into two clusters around {middle[0]} and {middle[1]}, "
        f"{high - low:.1f} log "
        f"units apart, as when nM and µM stand in one column. Look up the units of the smaller cluster "
        f"({counted(len(rows), 'row')}); nothing is converted.",
        tuple(rows.tolist()),
        _table(values, rows),
        values.name,
    )


def two_clusters(logs: np.ndarray) -> tuple[float, float, float] | None:
    """The centres of two clusters of numbers and the cut between them, or None if they are one heap.

    The cut makes the variance between the parts largest (Otsu, IEEE Trans. Syst. Man Cybern. 1979, 9, 62). Two
    clusters each hold a twentieth of the values, are apart by Ashman's D > 2 (Ashman et al., Astron. J. 1994, 108,
    2348), and between them lie less than half as many values as around the rarer of the two centres.
    """
    ordered = np.sort(logs)
    n = np.arange(1, len(ordered))
    sums = np.cumsum(ordered)
    left, right = sums[:-1] / n, (sums[-1] - sums[:-1]) / (len(ordered) - n)
    place = int(np.argmax(n * (len(ordered) - n) * (left - right) ** 2))
    parts = ordered[: place + 1], ordered[place + 1 :]
    if min(map(len, parts)) < max(5, len(ordered) / 20):
        return None
    centres = [float(np.median(part)) for part in parts]
    spread = float(np.hypot(parts[0].std(), parts[1].std()))
    gap = centres[1] - centres[0]
    if not np.sqrt(2) * gap > 2 * spread:
        return None
    width = gap / 6
    around = [int(np.sum(np.abs(ordered - centre) < width)) for centre in (*centres, sum(centres) / 2)]
    if around[2] >= 0.5 * min(around[:2]):
        return None
    return centres[0], centres[1], float((parts[0][-1] + parts[1][0]) / 2)


def _impossible(values: Values) -> Finding | None:
    """Values of a -log10 of a molarity that no assay gives."""
    if not _P_NAME.search(values.name) and values.unit not in NEGATIVE_LOG:
        return None
    rows = np.flatnonzero((values.values < 0) | (values.values > 15)) + 1
    if not len(rows):
        return None
    out = values.values[rows - 1]
    why = []
    if (out > 15).any():
        why.append("a large one is probably a concentration")
    if (out < 0).any():
        why.append("a negative one the logarithm without its minus sign, or a mark for a missing value")
    return Finding(
        "impossible",
        "problem",
        "Impossible -log10 values",
        f"'{values.name}' is a -log10 of a molarity, which lies between about 2 and 12; "
        f"{counted(len(rows), 'value is', 'values are')} outside 0 to 15 (such as "
        f"{out[0]:g} in row {rows[0]}): {', '.join(why)}. Correct or remove {verb(len(rows), 'it', 'them')}.",
        tuple(rows.tolist()),
        _table(values, rows),
        values.name,
    )


def _table(values: Values, rows: np.ndarray) -> dict[str, list[object]]:
    """Rows (from 1) with their values."""
    return {"row": rows.tolist(), "value": values.values[rows - 1].tolist()}
