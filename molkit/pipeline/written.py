"""Structures that a program wrote: which of them are molecules, and as what they are standardised."""

from __future__ import annotations

from collections.abc import Sequence

from molkit.chem.policy import Policy
from molkit.engine.jobs import cell_chunks
from molkit.pipeline.packing import packing_pool
from molkit.pipeline.progress import Progress, quiet

CHUNK = 500


def standardised(
    texts: Sequence[str], policy: Policy, workers: int = 0, progress: Progress = quiet
) -> list[tuple[str | None, str]]:
    """For each SMILES its standardised form, None if it is no readable molecule, and its status."""
    found: list[tuple[str | None, str]] = []
    with packing_pool("standardise_chunk", policy, [], {}, workers) as pool:
        for result in pool.map(cell_chunks(list(texts), {}, CHUNK)):
            found += zip(result["smiles_std"], result["status"], strict=True)
            progress("checking structures", len(found), len(texts), {})
    return found
