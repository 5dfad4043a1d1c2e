"""Chunks packed for training, described, or standardised. Pure functions of a chunk and a set-up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from rdkit import Chem

from molkit.chem.draw import drawn_block
from molkit.chem.identity import inchikey, leak_keys
from molkit.chem.scaffold import scaffold
from molkit.chem.standardise import Policy, policy_from_dict
from molkit.engine.columns import DRAWN
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
class Packer:
    """What packing a chunk needs."""

    policy: Policy
    featurizers: Featurizers
    draws: bool = False


def load_packer(
    policy: dict[str, Any], keys: Sequence[str], options: dict[str, dict[str, Any]], draws: bool = False
) -> Packer:
    """Set-up of a worker, from plain values; `draws` adds a column "molblock" to tables."""
    return Packer(policy_from_dict(policy), new_featurizers(keys, options), draws)


def pack_chunk(packer: Packer, cells: Cells, tick: Tick, skip: Mapping[int, Problem]) -> dict[str, Any]:
    """Features, identity and notes of every readable structure, in row order; problems of the others."""
    chunk = _read(packer, cells, tick, skip)
    identities = _each(chunk, _identity, tick)
    values = featurize(chunk, packer.featurizers, tick)
    return {
        "rows": chunk.rows,
        "values": values,
        "problems": chunk.problems,
        "identities": [identities[row] for row in chunk.rows],
        "notes": {row: chunk.structures[row].notes for row in chunk.rows if chunk.structures[row].notes},
    }


def feature_chunk(packer: Packer, cells: Cells, tick: Tick, skip: Mapping[int, Problem]) -> dict[str, Any]:
    """Features by key of the readable structures, their rows in the chunk, and the problems of the others."""
    chunk = _read(packer, cells, tick, skip)
    values = featurize(chunk, packer.featurizers, tick)
    return {"rows": chunk.rows, "values": values, "problems": chunk.problems}


def standardise_chunk(packer: Packer, cells: Cells, tick: Tick, skip: Mapping[int, Problem]) -> dict[str, Any]:
    """Standardised SMILES, InChIKey and notes of every row."""
    chunk = _read(packer, cells, tick, skip)
    found = _each(chunk, lambda mol: (Chem.MolToSmiles(mol), inchikey(mol)), tick)
    columns: dict[str, list[Any]] = {name: [None] * chunk.size for name in ("smiles_std", "inchikey", "note")}
    for row, (smiles, key) in found.items():
        columns["smiles_std"][row], columns["inchikey"][row] = smiles, key
        columns["note"][row] = "; ".join(chunk.structures[row].notes) or None
    return columns | _blocks(packer, chunk, tick) | status_columns(chunk.size, chunk.problems, cells.first_row)


def describe_chunk(packer: Packer, cells: Cells, tick: Tick, skip: Mapping[int, Problem]) -> dict[str, Any]:
    """Every value of array features as a column of its own, the standardised SMILES and status of every row."""
    chunk = _read(packer, cells, tick, skip)
    smiles = _each(chunk, Chem.MolToSmiles, tick)
    values = featurize(chunk, packer.featurizers, tick)
    columns: dict[str, list[Any]] = {"smiles_std": [smiles.get(row) for row in range(chunk.size)]}
    for key, featurizer in packer.featurizers.items():
        names: Sequence[str] = getattr(featurizer, "names")  # noqa: B009  graphs have none and are not asked for
        table = np.full((chunk.size, len(names)), np.nan, np.float32)
        if chunk.rows:
            table[chunk.rows] = np.asarray(values[key])
        columns |= {name: [float(str(value)) for value in table[:, i]] for i, name in enumerate(names)}
    return columns | _blocks(packer, chunk, tick) | status_columns(chunk.size, chunk.problems, cells.first_row)


def _blocks(packer: Packer, chunk: Chunk, tick: Tick) -> dict[str, list[Any]]:
    if not packer.draws:
        return {}
    blocks: list[Any] = [None] * chunk.size
    for row, structure in chunk.structures.items():
        tick(row)
        found = guarded(partial(drawn_block, structure.mol))
        blocks[row] = None if isinstance(found, Problem) else found
    tick(IDLE)
    return {DRAWN: blocks}


def _read(packer: Packer, cells: Cells, tick: Tick, skip: Mapping[int, Problem]) -> Chunk:
    known = {**cells.faults, **skip}
    return read_chunk(cells.texts, packer.policy, tick, known, enumerate_stereo=False)


def _each(chunk: Chunk, function: Any, tick: Tick) -> dict[int, Any]:
    """`function` of every structure by row; a structure on which it fails is dropped."""
    results = {}
    for row, structure in list(chunk.structures.items()):
        tick(row)
        found = guarded(partial(function, structure.mol))
        if isinstance(found, Problem):
            chunk.drop(row, found)
        else:
            results[row] = found
    tick(IDLE)
    return results


def _identity(mol: Chem.Mol) -> dict[str, Any]:
    key = inchikey(mol)
    return {
        "smiles": Chem.MolToSmiles(mol),
        "inchikey": key,
        "leak_keys": leak_keys(mol, key),
        "scaffold": scaffold(mol),
    }
