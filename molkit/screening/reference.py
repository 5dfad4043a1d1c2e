"""Known actives from a table, and which of them is nearest to a hit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from molkit.chem.policy import Policy
from molkit.data.columns import plain_name
from molkit.data.library import open_library
from molkit.data.tables import Source, read_table
from molkit.domain import SimilarityIndex
from molkit.engine.jobs import cell_chunks
from molkit.errors import InputError
from molkit.pipeline.packing import fingerprint_pool

NEAREST = ("nearest_active", "nearest_active_id", "nearest_active_similarity")
_CHUNK = 500
_BYTES = 256  # of the packed bits of a fingerprint


@dataclass(frozen=True)
class Outlines:
    """Packed fingerprint bits uint8 [n, 256] and standardised SMILES; zeros and None where there is no structure."""

    bits: np.ndarray
    smiles: list[str | None]


def outlines(texts: Sequence[Any], policy: Policy, workers: int) -> Outlines:
    """Fingerprints and SMILES of structures in memory, by guarded workers."""
    found = Outlines(np.zeros((len(texts), _BYTES), np.uint8), [None] * len(texts))
    with fingerprint_pool(policy, workers, -(-len(texts) // _CHUNK)) as pool:
        for place, chunk in enumerate(pool.map(cell_chunks(texts, {}, _CHUNK))):
            rows = [place * _CHUNK + row for row in chunk["rows"]]
            if rows:
                found.bits[rows] = chunk["bits"]
            for row, smiles in zip(rows, chunk["smiles"], strict=True):
                found.smiles[row] = smiles
    return found


@dataclass(frozen=True)
class Reference:
    """Known actives: an index of their fingerprints, their SMILES and names, and how many rows gave none."""

    index: SimilarityIndex
    smiles: list[str]
    names: list[str | None]
    unreadable: int


def read_reference(path: Path, policy: Policy, workers: int) -> Reference:
    """The actives in a table, a folder of tables or a prepared library; raises InputError without one structure."""
    source = open_library(path)
    table = read_table(source)
    texts = [None if row in table.faults else cell for row, cell in enumerate(table.columns[source.smiles or ""], 1)]
    found = outlines(texts, policy, workers)
    kept = [row for row, smiles in enumerate(found.smiles) if smiles is not None]
    if not kept:
        raise InputError(f"{path}: --reference: none of its {len(texts):,} rows holds a structure that can be read")
    column = _name_column(source)
    names = [None] * len(texts) if column is None else table.columns[column]
    return Reference(
        SimilarityIndex(found.bits[kept]),
        [str(found.smiles[row]) for row in kept],
        [None if names[row] is None else str(names[row]) or None for row in kept],
        len(texts) - len(kept),
    )


def _name_column(source: Source) -> str | None:
    """The column that names compounds: called name or id, or ending so."""
    others = [name for name in source.names if name != source.smiles]
    for wanted in ("name", "id", "title"):
        for name in others:
            if plain_name(name) == wanted or plain_name(name).endswith(f"_{wanted}"):
                return name
    return None


def nearest_columns(reference: Reference, bits: np.ndarray) -> dict[str, list[Any]]:
    """The columns `NEAREST`: the most similar active by Tanimoto coefficient, the first of equals.

    Empty where `bits` are, for a structure without a fingerprint.
    """
    rows, similarity = reference.index.nearest(bits)
    found = [
        (reference.smiles[row], reference.names[row], round(float(value), 4)) if there else (None, None, None)
        for row, value, there in zip(rows, similarity, np.any(bits, axis=1), strict=True)
    ]
    return {name: [row[place] for row in found] for place, name in enumerate(NEAREST)}
