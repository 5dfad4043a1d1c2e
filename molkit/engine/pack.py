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
from molkit.chem.standardise import policy_from_dict
from molkit.engine.columns import DRAWN
from molkit.engine.inputs import InputReader
from molkit.engine.jobs import IDLE, Cells, Tick
from molkit.engine.structures import Chunk, featurize, guarded, new_featurizers, status_columns
from molkit.features.inputs import KINDS, Input, feature_options, molecules
from molkit.types import Identity, Problem


@dataclass(frozen=True)
class Packer:
    """What packing a chunk of one input needs."""

    reader: InputReader
    draws: bool = False


def load_packer(
    policy: dict[str, Any],
    keys: Sequence[str],
    options: dict[str, dict[str, Any]],
    draws: bool = False,
    one: Input | None = None,
) -> Packer:
    """Set-up of a worker, from plain values, for molecules or another input `one`.

    `draws` adds a column "molblock" to tables.
    """
    given = one or molecules("")[0]
    made = new_featurizers(keys, {**options, **feature_options(given)})
    return Packer(InputReader(given, policy_from_dict(policy), made), draws)


def pack_chunk(packer: Packer, cells: Cells, tick: Tick, skip: Mapping[int, Problem]) -> dict[str, Any]:
    """Features, identity and notes of every readable cell, in row order; problems of the others."""
    chunk = _read(packer, cells, tick, skip)
    identities = _each(chunk, KINDS[packer.reader.input.kind].identify or _identity, tick)
    values = featurize(chunk, packer.reader.featurizers, tick)
    return {
        "rows": chunk.rows,
        "values": values,
        "problems": chunk.problems,
        "identities": [identities[row] for row in chunk.rows],
        "notes": {row: found.notes for row, found in chunk.structures.items() if found.notes},
    }


def feature_chunk(packer: Packer, cells: Cells, tick: Tick, skip: Mapping[int, Problem]) -> dict[str, Any]:
    """Features by key of the readable structures, their rows in the chunk, and the problems of the others."""
    chunk = _read(packer, cells, tick, skip)
    values = featurize(chunk, packer.reader.featurizers, tick)
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
    values = featurize(chunk, packer.reader.featurizers, tick)
    columns: dict[str, list[Any]] = {"smiles_std": [smiles.get(row) for row in range(chunk.size)]}
    for key, featurizer in packer.reader.featurizers.items():
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
    return packer.reader.read(cells.texts, tick, {**cells.faults, **skip}, enumerate_stereo=False)


def _each(chunk: Chunk, function: Any, tick: Tick) -> dict[int, Any]:
    """`function` of every item by row, none of which has isomers here; an item on which it fails is dropped."""
    results = {}
    for row, item in list(zip(chunk.rows, chunk.items, strict=True)):
        tick(row)
        found = guarded(partial(function, item), chunk.thing)
        if isinstance(found, Problem):
            chunk.drop(row, found)
        else:
            results[row] = found
    tick(IDLE)
    return results


def _identity(mol: Chem.Mol) -> Identity:
    key, smiles = inchikey(mol), Chem.MolToSmiles(mol)
    return Identity(smiles, key or smiles, leak_keys(mol, key), scaffold(mol))
