"""Structures that a program wrote: which of them are molecules, and as what they are standardised."""

from __future__ import annotations

from collections.abc import Sequence

from molkit.chem.policy import Policy
from molkit.engine.jobs import cell_chunks
from molkit.pipeline.packing import fingerprint_pool
from molkit.pipeline.progress import Progress, quiet

CHUNK = 500


def standardised(
    texts: Sequence[str], policy: Policy, workers: int = 0, progress: Progress = quiet
) -> list[str | None]:
    """The standardised form of each SMILES, None if it is no readable molecule."""
    found: list[str | None] = [None] * len(texts)
    with fingerprint_pool(policy, workers) as pool:  # which makes no InChIKey, as standardising a table does
        for place, result in enumerate(pool.map(cell_chunks(list(texts), {}, CHUNK))):
            for row, smiles in zip(result["rows"], result["smiles"], strict=True):
                found[place * CHUNK + row] = smiles
            progress("checking structures", min((place + 1) * CHUNK, len(texts)), len(texts), {})
    return found
