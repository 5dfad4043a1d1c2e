"""A chunk of cells to features alone. A pure function of the chunk and a set-up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from molkit.engine.jobs import Cells, Tick
from molkit.engine.pack import Packer
from molkit.engine.structures import featurize, read_chunk
from molkit.types import Problem


def feature_chunk(packer: Packer, cells: Cells, tick: Tick, skip: Mapping[int, Problem]) -> dict[str, Any]:
    """Features by key of the readable structures, their rows in the chunk, and the problems of the others."""
    chunk = read_chunk(cells.texts, packer.policy, tick, {**cells.faults, **skip}, enumerate_stereo=False)
    values = featurize(chunk, packer.featurizers, tick)
    return {"rows": chunk.rows, "values": values, "problems": chunk.problems}
