"""A chunk of cells to fingerprint bits, for comparing structures. A pure function of a chunk and a policy."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from rdkit import Chem

from molkit.chem.policy import Policy, policy_from_dict
from molkit.engine.jobs import IDLE, Cells, Tick
from molkit.engine.structures import featurize, guarded, read_chunk
from molkit.features import FingerprintFeaturizer, packed_bits
from molkit.types import Problem


def fingerprint_chunk(policy: Policy, cells: Cells, tick: Tick, skip: Mapping[int, Problem]) -> dict[str, Any]:
    """Rows (places in the chunk) with a structure, their packed bits uint8 [n, 256] and standardised SMILES.

    Beside them stand the problems of the other rows.
    """
    chunk = read_chunk(cells.texts, policy, tick, {**cells.faults, **skip}, enumerate_stereo=False)
    values = featurize(chunk, {"drug/fingerprint": FingerprintFeaturizer()}, tick)
    smiles = []
    for row, mol in zip(chunk.rows, chunk.items, strict=True):
        tick(row)
        found = guarded(partial(Chem.MolToSmiles, mol))
        smiles.append(None if isinstance(found, Problem) else found)
    tick(IDLE)
    counts = values.get("drug/fingerprint")
    bits = packed_bits(counts) if isinstance(counts, np.ndarray) else None
    return {"rows": chunk.rows, "bits": bits, "smiles": smiles, "problems": chunk.problems}


load_policy = policy_from_dict  # set-up of a worker
