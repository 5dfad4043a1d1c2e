"""Features of structures in memory as one matrix, read and computed by guarded workers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from molkit.chem.policy import Policy
from molkit.engine.jobs import cell_chunks
from molkit.pipeline.packing import packing_pool
from molkit.types import Problem

_CHUNK = 500


def feature_matrix(
    texts: Sequence[str | None], kind: str, options: Mapping[str, Any], width: int, workers: int
) -> tuple[np.ndarray, dict[int, Problem]]:
    """Values float64 [n, width] of the array featurizer `kind`, NaN rows where a structure cannot be read.

    Also returned are the problems of those rows, by row counted from 0.
    """
    matrix = np.full((len(texts), width), np.nan)
    problems: dict[int, Problem] = {}
    key = f"drug/{kind}"
    for start, packed in _packed(texts, [key], {kind: dict(options)}, workers):
        if packed["rows"]:
            matrix[np.array(packed["rows"]) + start] = packed["values"][key]
        problems |= {start + row: problem for row, problem in packed["problems"].items()}
    return matrix, dict(sorted(problems.items()))


def structure_problems(texts: Sequence[str | None], workers: int) -> dict[int, Problem]:
    """What is wrong with the structures that cannot be read, by row counted from 0."""
    found: dict[int, Problem] = {}
    for start, packed in _packed(texts, [], {}, workers):
        found |= {start + row: problem for row, problem in packed["problems"].items()}
    return dict(sorted(found.items()))


def _packed(
    texts: Sequence[str | None], keys: Sequence[str], options: dict[str, dict[str, Any]], workers: int
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The first row and the contents of every chunk; 0 workers are as many as there are processors."""
    with packing_pool("feature_chunk", Policy(), keys, options, workers) as pool:
        for place, packed in enumerate(pool.map(cell_chunks(texts, {}, _CHUNK))):
            yield place * _CHUNK, packed
