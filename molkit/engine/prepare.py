"""A chunk of cells to what a prepared library keeps of it. A pure function of the chunk and a set-up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from rdkit import Chem

from molkit.chem.policy import Policy, policy_from_dict
from molkit.chem.stereo import undefined_stereo
from molkit.data.prepared_features import ChunkTexts, Reading, chunk_pieces
from molkit.engine.jobs import IDLE, Cells, Tick
from molkit.engine.structures import (
    Chunk,
    Featurizers,
    featurize,
    guarded,
    new_featurizers,
    read_chunk,
    status_columns,
)
from molkit.types import Problem


@dataclass(frozen=True)
class Preparer:
    """What preparing a chunk needs; `readings` are some of `molkit.data.prepared.READINGS`, "drawn" among them."""

    policy: Policy
    featurizers: Featurizers
    readings: tuple[str, ...]


def load_preparer(
    policy: dict[str, Any], keys: Sequence[str], options: dict[str, dict[str, Any]], readings: Sequence[str]
) -> Preparer:
    """Set-up of a worker, from plain values."""
    return Preparer(policy_from_dict(policy), new_featurizers(keys, options), tuple(readings))


def prepare_chunk(preparer: Preparer, cells: Cells, tick: Tick, skip: Mapping[int, Problem]) -> dict[str, Any]:
    """Packed pieces of the chunk, see `molkit.data.prepared_features`, and the columns that stand beside its rows."""
    known = {**cells.faults, **skip}
    drawn = read_chunk(cells.texts, preparer.policy, tick, known, enumerate_stereo=False)
    smiles, undefined = _said(drawn, tick)
    readings = {"drawn": _reading(drawn, preparer, tick)}
    if "isomers" in preparer.readings:
        chunk = read_chunk(cells.texts, preparer.policy, tick, known, enumerate_stereo=True)
        readings["isomers"] = _reading(chunk, preparer, tick)
    kept = {row: structure.notes for row, structure in drawn.structures.items()}
    texts = ChunkTexts(
        {row: smiles[row] for row in kept},
        {row: notes for row, notes in kept.items() if notes},
        [row for row in undefined if row in kept],
    )
    columns = status_columns(drawn.size, drawn.problems, cells.first_row)
    columns["smiles_std"] = [texts.smiles_std.get(row) for row in range(drawn.size)]
    columns["note"] = ["; ".join(kept.get(row, ())) or None for row in range(drawn.size)]
    return {"pieces": chunk_pieces(texts, readings), "columns": columns}


def _said(chunk: Chunk, tick: Tick) -> tuple[dict[int, str], list[int]]:
    """The standardised SMILES of every row, and the rows with undefined stereocentres."""
    smiles: dict[int, str] = {}
    undefined = []
    for row, structure in list(chunk.structures.items()):
        tick(row)
        text = guarded(partial(Chem.MolToSmiles, structure.mol))
        if isinstance(text, Problem):
            chunk.drop(row, text)
            continue
        smiles[row] = text
        count = guarded(partial(undefined_stereo, structure.mol))
        if not isinstance(count, Problem) and count:
            undefined.append(row)
    tick(IDLE)
    return smiles, undefined


def _reading(chunk: Chunk, preparer: Preparer, tick: Tick) -> Reading:
    values = featurize(chunk, preparer.featurizers, tick)
    return Reading(chunk.rows, values, chunk.problems)
