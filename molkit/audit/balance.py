"""How many values or classes of a target there are, and how they are spread."""

from __future__ import annotations

import numpy as np

from molkit.audit.compounds import Compounds
from molkit.audit.finding import Finding, counted
from molkit.audit.measured import Values
from molkit.audit.targets import compound_values

_RARE = 0.1
_FEW = 10
_BINS = 12
_FEWEST_COMPOUNDS = 20  # as in training


def balance_findings(compounds: Compounds, values: Values) -> list[Finding]:
    """The classes or the range of a target over compounds, and whether they are too few or too one-sided."""
    own = compound_values(compounds, values)
    own = own[~np.isnan(own)]
    missing = int(np.isnan(values.values).sum())
    blank = (
        f" {counted(missing, 'row')} of {len(values.values):,} {'has' if missing == 1 else 'have'} no value."
        if missing
        else ""
    )
    found = [_classes(values, own, blank) if values.classes is not None else _range(values, own, blank)]
    if len(own) < _FEWEST_COMPOUNDS:
        found.append(
            Finding(
                "few",
                "problem",
                "Too few compounds",
                f"{counted(len(own), 'compound')} {'has' if len(own) == 1 else 'have'} a readable structure and "
                "a usable "
                f"value of '{values.name}'; training needs at least {_FEWEST_COMPOUNDS}.",
                target=values.name,
            )
        )
    return found


def _classes(values: Values, own: np.ndarray, blank: str) -> Finding:
    assert values.classes is not None
    positive = int((own == 1).sum())
    negative = len(own) - positive
    share = positive / max(len(own), 1)
    rarer = min(positive, negative)
    first, second = values.classes
    said = f"'{values.name}': {positive:,} compounds are {second} ({share:.1%}), {negative:,} {first}."
    advice = ""
    if min(share, 1 - share) < _RARE:
        advice = (
            " The classes are unbalanced: judge by PR-AUC, MCC and balanced accuracy, and set the threshold, not by "
            f"accuracy ({max(share, 1 - share):.0%} comes from always saying "
            f"{values.classes[int(share > 0.5)]})."
        )
    if rarer < _FEW:
        advice += f" {counted(rarer, 'compound')} of the rarer class {'is' if rarer == 1 else 'are'} too few to score."
    return Finding(
        "balance",
        "caution" if advice else "note",
        "Classes",
        said + advice + blank,
        table={"class": list(values.classes), "compounds": [negative, positive]},
        target=values.name,
    )


def _range(values: Values, own: np.ndarray, blank: str) -> Finding:
    exact = values.exact[~np.isnan(values.exact)]
    if not len(exact) or not len(own):
        said = f"'{values.name}' has no exact value." if not len(exact) else (
            f"No row with an exact value of '{values.name}' has a readable structure."
        )  # fmt: skip
        return Finding("range", "problem", "Values", said + blank, target=values.name)
    places = (0, 0.05, 0.5, 0.95, 1)
    quantiles = np.quantile(exact, places)
    unit = f" {values.unit}" if values.unit else ""
    compared = {
        "log": f" Compared as logarithms, {values.scale_reason}.",
        "decades": f" Compared as log10, {values.scale_reason}.",
    }.get(values.scale, "")
    counts, edges = np.histogram(values.compared[~np.isnan(values.compared)], bins=_BINS)
    return Finding(
        "range",
        "note",
        "Values",
        f"'{values.name}': {counted(len(exact), 'exact value')} of {counted(len(own), 'compound')}, "
        f"{quantiles[0]:.3g} to {quantiles[-1]:.3g}{unit}, median {quantiles[2]:.3g}, nine in ten between "
        f"{quantiles[1]:.3g} and {quantiles[3]:.3g}.{compared}{blank}",
        table={"from": edges[:-1].tolist(), "to": edges[1:].tolist(), "rows": counts.tolist()},
        target=values.name,
    )
