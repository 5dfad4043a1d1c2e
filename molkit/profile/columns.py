"""Names of the columns of a profile.

An endpoint's value stands under its own name, as in ADMET-AI (Swanson et al., Bioinformatics 2024, 40, btae416); what
is known beside it has the name with an ending.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from molkit.data.formats import Columns
from molkit.profile.endpoints import Endpoint

GROUPS = ("pred", "interval", "label", "domain", "nearest", "properties", "alerts", "status", "smiles")
PERCENTILE = "drug_percentile"
WELCOME, UNWELCOME = "welcome", "unwelcome"  # how many endpoints are so for certain


def column_names(endpoint: Endpoint, level: int = 90) -> dict[str, str]:
    """The column of each role: value, label and set (classes) or low and high (numbers), in_domain, nearest,
    nearest_name, nearest_similarity, nearest_value, percentile.

    >>> from molkit.profile.endpoints import ENDPOINTS
    >>> list(column_names(ENDPOINTS["PPBR_AZ"]).values())[:4]
    ['PPBR_AZ', 'PPBR_AZ_lo90', 'PPBR_AZ_hi90', 'PPBR_AZ_in_domain']
    """
    ends = {"label": "label", "set": f"set{level}"} if endpoint.classes else {"low": f"lo{level}", "high": f"hi{level}"}
    same = ("in_domain", "nearest", "nearest_name", "nearest_similarity", "nearest_value")
    endings = {**ends, **{role: role for role in same}, "percentile": PERCENTILE}
    return {"value": endpoint.name, **{role: f"{endpoint.name}_{ending}" for role, ending in endings.items()}}


def own_to_profile(endpoint: Endpoint, level: int) -> dict[str, str]:
    """What a model's own columns (see `molkit.engine.columns.own_names`) are called in a profile."""
    name, ours = endpoint.name, column_names(endpoint, level)
    own = {
        f"{name}_pred": "value", f"{name}_label": "label", f"{name}_set{level}": "set", f"{name}_lo{level}": "low",
        f"{name}_hi{level}": "high", "in_domain": "in_domain", "nearest_train": "nearest",
        "nearest_train_id": "nearest_name", "nearest_train_similarity": "nearest_similarity",
        f"nearest_train_{name}": "nearest_value",
    }  # fmt: skip
    return {old: ours[role] for old, role in own.items() if role in ours}


def cells_of(endpoint: Endpoint, columns: Columns, rows: int, level: int = 90) -> Iterator[dict[str, Any]]:
    """The cells by role of each of so many rows of a profile; None for a column that is not there."""
    names = column_names(endpoint, level)
    cells = [columns.get(name, [None] * rows) for name in names.values()]
    return (dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True))
