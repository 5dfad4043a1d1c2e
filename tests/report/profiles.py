"""ADMET profiles as `molkit admet` writes them, as texts, with made numbers; and the drugs they are compared with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from molkit.data.table import Table
from molkit.profile.columns import column_names
from molkit.profile.endpoints import ENDPOINTS, Endpoint, verdict

ALL = tuple(ENDPOINTS.values())
SMILES = ("CCO", "c1ccccc1O", "CCN", "CC(=O)O", "CCCl")
INPUTS = ("name", "smiles")
_LOGGED = ("VDss_Lombardo", "Half_Life_Obach", "Clearance_Hepatocyte_AZ", "Clearance_Microsome_AZ")


def _numbers(endpoint: Endpoint, rng: np.random.Generator, size: int) -> np.ndarray:
    if endpoint.classes:
        return rng.random(size)
    return np.exp(rng.normal(1, 1, size)) if endpoint.name in _LOGGED else rng.normal(-1, 2, size)


def drug_quantiles(endpoints: Sequence[Endpoint] = ALL) -> dict[str, list[float]]:
    """The 101 quantiles of each endpoint's predictions for drugs that are none."""
    rng = np.random.default_rng(7)
    return {one.name: np.quantile(_numbers(one, rng, 500), np.linspace(0, 1, 101)).tolist() for one in endpoints}


def profiled(rows: int, endpoints: Sequence[Endpoint] = ALL, **more: Any) -> Table:
    """A table of profiles; every fifth row has failed. Columns of `more` are put over those of the same name."""
    rng = np.random.default_rng(rows)
    good = [row % 5 != 3 for row in range(rows)]
    columns: dict[str, list[Any]] = {
        "name": [f"m{row}" for row in range(rows)],
        "smiles": [SMILES[row % 5] for row in range(rows)],
    }
    for endpoint in endpoints:
        columns |= _columns(endpoint, rng, rows)
    columns |= {
        "molecular_weight": [f"{100 + row}.5" for row in range(rows)],
        "alerts": ["PAINS: azo_A(324)" if row % 2 else "" for row in range(rows)],
        "smiles_std": [SMILES[row % 5] for row in range(rows)],
    }
    columns = {
        name: values if name in INPUTS else [value if ok else "" for value, ok in zip(values, good, strict=True)]
        for name, values in columns.items()
    }
    columns["status"] = ["ok" if ok else "invalid_syntax" for ok in good]
    columns["reason"] = ["" if ok else f"bad {row}" for row, ok in enumerate(good)]
    columns |= {name: [value] * rows for name, value in more.items()}
    return Table(tuple(columns), columns)


def _columns(endpoint: Endpoint, rng: np.random.Generator, rows: int) -> dict[str, list[str]]:
    values, widths = _numbers(endpoint, rng, rows), rng.uniform(0.1, 3, rows)
    sets = [*(endpoint.classes or ()), " or ".join(endpoint.classes or ()), ""]
    texts = {
        "value": [repr(float(value)) for value in values],
        "label": ["x"] * rows,
        "set": list(rng.choice(sets, rows)),
        "low": [repr(float(value)) for value in values - widths],
        "high": [repr(float(value)) for value in values + widths],
        "in_domain": list(rng.choice(["in", "edge", "out"], rows)),
        "nearest": [SMILES[row % 5] for row in range(rows)],
        "nearest_name": [f"{endpoint.name} near {row % 7}" for row in range(rows)],
        "nearest_similarity": [f"{share:.3f}" for share in rng.random(rows)],
        "nearest_value": [endpoint.classes[row % 2] if endpoint.classes else f"{row}.25" for row in range(rows)],
        "percentile": [f"{100 * share:.1f}" for share in rng.random(rows)],
    }
    return {name: [str(text) for text in texts[role]] for role, name in column_names(endpoint).items()}


def cut(table: Table, size: int = 7) -> Iterator[Table]:
    """A table in pieces."""
    for first in range(0, len(table), size):
        columns = {name: values[first : first + size] for name, values in table.columns.items()}
        yield Table(table.names, columns, first + 1)


def verdicts(table: Table, endpoint: Endpoint) -> list[str | None]:
    """What `molkit.profile.endpoints` says of each row's cells; None for a row without a value."""
    names = column_names(endpoint)
    found: list[str | None] = []
    for row in range(len(table)):
        cells: dict[str, Any] = {role: table.columns[name][row] for role, name in names.items()}
        for role in {"value", "low", "high"} & set(names):
            cells[role] = float(cells[role]) if cells[role] else None
        found.append(verdict(endpoint, cells) if cells["value"] else None)
    return found
