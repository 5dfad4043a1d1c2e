"""One chunk of cells to the columns of a profile: what the worker processes do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from molkit.bundle import Bundle
from molkit.engine.cells import EITHER
from molkit.engine.columns import DRAWN
from molkit.engine.jobs import Cells, Tick
from molkit.engine.score import score_chunk
from molkit.engine.scorer import Scorer, read_unchanged, scorer_from_bundles
from molkit.profile.columns import GROUPS, UNWELCOME, WELCOME, cells_of, column_names, own_to_profile
from molkit.profile.endpoints import ENDPOINTS, Endpoint, verdict
from molkit.profile.reference import drug_quantiles, percentile
from molkit.types import Problem


@dataclass(frozen=True)
class Profiler:
    """The models of some endpoints made ready, and the quantiles that their predictions are placed among."""

    scorer: Scorer
    endpoints: tuple[Endpoint, ...]
    words: dict[str, dict[str, str]]  # by endpoint: what a class of the measured values is called
    quantiles: dict[str, np.ndarray]
    level: int


def load_profiler(names: Sequence[str], hashes: Sequence[str], level: int, drawn: bool = False) -> Profiler:
    """Set-up of a worker; raises BundleError for a model file whose contents do not have the hash.

    `drawn` also gives mol blocks, which an .sdf output asks for.
    """
    endpoints = tuple(ENDPOINTS[name] for name in names)
    bundles = read_unchanged([endpoint.model for endpoint in endpoints], hashes)
    called = [own_to_profile(endpoint, level) for endpoint in endpoints]
    groups = (*GROUPS, DRAWN) if drawn else GROUPS
    scorer = scorer_from_bundles(bundles, names, groups, level=level, called=called)
    quantiles = {name: np.array(values) for name, values in drug_quantiles().items()}
    words = {endpoint.name: _words(endpoint, bundle) for endpoint, bundle in zip(endpoints, bundles, strict=True)}
    return Profiler(scorer, endpoints, words, quantiles, level)


def _within(value: float | None, most: float) -> float | None:
    return None if value is None else min(max(value, 0.0), most)


def _rounded(value: Any) -> Any:
    """A measured number without the digits that a unit's conversion has left."""
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _words(endpoint: Endpoint, bundle: Bundle) -> dict[str, str]:
    """Words for the classes of the measured values, one or either of them."""
    if endpoint.classes is None:
        return {}
    known = tuple(bundle.model["targets"][0]["classes"])
    return {**dict(zip(known, endpoint.classes, strict=True)), EITHER.join(known): EITHER.join(endpoint.classes)}


def profile_chunk(profiler: Profiler, cells: Cells, tick: Tick, skip: Mapping[int, Problem]) -> dict[str, list[Any]]:
    """Every column of the profile for every row of the chunk in order."""
    columns = score_chunk(profiler.scorer, cells, tick, skip)
    for endpoint in profiler.endpoints:
        names = column_names(endpoint, profiler.level)
        if endpoint.classes:
            words = profiler.words[endpoint.name]
            for name in (names[role] for role in ("label", "set", "nearest_value")):
                columns[name] = [cell if cell is None else words[cell] for cell in columns[name]]
        if endpoint.most is not None:
            for role in ("value", "low", "high"):
                columns[names[role]] = [_within(value, endpoint.most) for value in columns[names[role]]]
        columns[names["nearest_value"]] = [_rounded(value) for value in columns[names["nearest_value"]]]
        values = np.array([np.nan if value is None else value for value in columns[endpoint.name]])
        places = percentile(profiler.quantiles[endpoint.name], values)
        columns[names["percentile"]] = [None if place != place else round(place, 1) for place in places.tolist()]
    return columns | _counts(profiler, columns)


def _counts(profiler: Profiler, columns: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    """How many endpoints of each row are welcome and unwelcome for certain; None for rows without a profile."""
    counts: dict[str, list[Any]] = {
        name: [0 if status == "ok" else None for status in columns["status"]] for name in (WELCOME, UNWELCOME)
    }
    for endpoint in profiler.endpoints:
        if endpoint.welcome is None:
            continue
        for row, cells in enumerate(cells_of(endpoint, columns, len(columns["status"]), profiler.level)):
            if said := verdict(endpoint, cells):
                counts[said][row] += 1
    return counts
