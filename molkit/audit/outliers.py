"""Values far from the others, and far from those of the nearest compounds."""

from __future__ import annotations

import numpy as np

from molkit.audit.compounds import Compounds
from molkit.audit.finding import Finding, counted, listed, verb
from molkit.audit.measured import Values
from molkit.audit.neighbours import Neighbours
from molkit.audit.targets import compound_values

_FAR = 3.5
_NEAR = 0.7  # similarity of neighbours whose values say something
_FEWEST_NEIGHBOURS = 3
_FEWEST = 20


def robust_z(values: np.ndarray) -> np.ndarray:
    """Modified z-scores [n]: 0.6745 (x - median) / MAD; outliers lie beyond 3.5.

    Where half of the values are equal the mean absolute deviation takes the place of the MAD, with the factor
    1 / 1.2533 (Iglewicz & Hoaglin, How to Detect and Handle Outliers, ASQC 1993).

    >>> robust_z(np.array([1.0, 2.0, 3.0, 4.0, 100.0])).round(2).tolist()
    [-1.35, -0.67, 0.0, 0.67, 65.43]
    """
    away = values - np.median(values)
    middle = float(np.median(np.abs(away)))
    if middle > 0:
        return 0.6745 * away / middle
    mean = float(np.mean(np.abs(away)))
    return away / (1.2533 * mean) if mean > 0 else np.zeros_like(away)


def outlier_findings(compounds: Compounds, values: Values, near: Neighbours) -> list[Finding]:
    """Outlying values of a target, and values or classes unlike those of similar compounds."""
    if values.classes is not None:
        found = [_lonely_class(compounds, values, near)]
    else:
        found = [_far(values), _unlike_neighbours(compounds, values, near)]
    return [finding for finding in found if finding is not None]


def _far(values: Values) -> Finding | None:
    compared = values.compared
    rows = np.flatnonzero(~np.isnan(compared))
    if len(rows) < _FEWEST:
        return None
    z = robust_z(compared[rows])
    out = np.abs(z) > _FAR
    if not out.any():
        return None
    order = np.argsort(-np.abs(z[out]), kind="stable")
    found, scores = rows[out][order], z[out][order]
    scale = " (on log10)" if values.scale == "decades" else ""
    shown = listed([f"row {row + 1}: {values.values[row]:g}" for row in found], 3)
    tail = " So many make a long tail rather than errors." if len(found) > 0.02 * len(rows) else ""
    return Finding(
        "outlier",
        "note" if tail else "caution",
        "Outlying values",
        f"{counted(len(found), 'value')} of '{values.name}' {verb(len(found), 'lies', 'lie')} far from the median "
        f"{np.nanmedian(values.exact):.3g}{scale}, by a robust z over {_FAR:g} ({shown}).{tail} Check the farthest for "
        "units and typing errors.",
        tuple((found + 1).tolist()),
        {"row": (found + 1).tolist(), "value": values.values[found].tolist(), "robust z": scores.tolist()},
        values.name,
    )


def _unlike_neighbours(compounds: Compounds, values: Values, near: Neighbours) -> Finding | None:
    """Values far from those of at least three similar compounds, which agree among themselves."""
    own = compound_values(compounds, values)
    places, others = near.nearest, np.where(near.nearest_similarity >= _NEAR, own[near.nearest], np.nan)
    enough = ~np.isnan(own) & (np.sum(~np.isnan(others), axis=1) >= _FEWEST_NEIGHBOURS)
    if enough.sum() < _FEWEST:
        return None
    middle = np.nanmedian(others[enough], axis=1)
    width = np.nanmax(others[enough], axis=1) - np.nanmin(others[enough], axis=1)
    away = own[enough] - middle
    least = 1.0 if values.log_units else float(np.nanstd(own))
    out = (np.abs(robust_z(away)) > _FAR) & (np.abs(away) > least) & (np.abs(away) > 2 * width)
    found = np.flatnonzero(enough)[out]
    if not len(found):
        return None
    members = compounds.members()
    rows = np.sort(np.concatenate([members[i] for i in found])) + 1
    order = np.argsort(-np.abs(away[out]), kind="stable")
    return Finding(
        "unlike_neighbours",
        "caution",
        "Values unlike those of similar compounds",
        f"{counted(len(found), 'compound')} {verb(len(found), 'has a value', 'have values')} of '{values.name}' over "
        f"{least:.1f}{values.step} away from several similar compounds (Tanimoto {_NEAR:g} and more) that agree "
        "with each "
        "other. Check for a wrong sign, unit or structure.",
        tuple(rows.tolist()),
        {
            "row": [int(members[i][0]) + 1 for i in found[order]],
            "structure": [compounds.smiles[i] for i in found[order]],
            "value": own[found[order]].tolist(),
            "similar compounds": middle[out][order].tolist(),
            "nearest": [compounds.smiles[places[i, 0]] for i in found[order]],
        },
        values.name,
    )


def _lonely_class(compounds: Compounds, values: Values, near: Neighbours) -> Finding | None:
    """Compounds whose class differs from that of all similar ones, five or more."""
    own = compound_values(compounds, values)
    others = np.where(near.nearest_similarity >= _NEAR, own[near.nearest], np.nan)
    enough = (
        np.isin(own, (0, 1))
        & (np.sum(~np.isnan(others), axis=1) >= near.nearest.shape[1])
        & (near.nearest.shape[1] > 3)
    )
    if not enough.any():
        return None
    out = np.nanmean(others[enough], axis=1) == 1 - own[enough]
    found = np.flatnonzero(enough)[out]
    if not len(found):
        return None
    assert values.classes is not None
    members = compounds.members()
    rows = np.sort(np.concatenate([members[i] for i in found])) + 1
    return Finding(
        "unlike_neighbours",
        "caution",
        "Classes unlike those of similar compounds",
        f"{counted(len(found), 'compound')} {verb(len(found), 'has', 'have')} another class of '{values.name}' "
        "than all "
        f"{near.nearest.shape[1]} nearest compounds (Tanimoto {_NEAR:g} and more). Check the labels.",
        tuple(rows.tolist()),
        {
            "row": [int(members[i][0]) + 1 for i in found],
            "structure": [compounds.smiles[i] for i in found],
            "class": [values.classes[int(own[i])] for i in found],
            "nearest": [compounds.smiles[near.nearest[i, 0]] for i in found],
        },
        values.name,
    )
