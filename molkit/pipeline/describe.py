"""A table with its standardised structures or descriptors beside it, through the same engine as predictions."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from molkit.chem.policy import Policy
from molkit.data.tables import open_table
from molkit.engine.workers import Job, WorkerPool
from molkit.pipeline.progress import Progress, quiet
from molkit.pipeline.score import TableResult, needs_blocks, write_rows

STANDARD_COLUMNS = ("smiles_std", "inchikey", "status", "reason", "note")


def standardise_table(
    table: Path | str,
    out: Path | str,
    mixtures: str = "reject",
    smiles_column: str | None = None,
    *,
    overwrite: bool = False,
    workers: int = 0,
    progress: Progress = quiet,
) -> TableResult:
    """Standardised SMILES, InChIKey, status and notes beside every row."""
    source = open_table(table, smiles_column=smiles_column)
    with _pool("standardise_chunk", mixtures, [], workers, needs_blocks(source, out)) as pool:
        return write_rows(source, pool, STANDARD_COLUMNS, out, overwrite, progress)


def describe_table(
    table: Path | str,
    out: Path | str,
    fingerprint: bool = False,
    mixtures: str = "reject",
    smiles_column: str | None = None,
    *,
    overwrite: bool = False,
    workers: int = 0,
    progress: Progress = quiet,
) -> TableResult:
    """Descriptors, and Morgan counts if asked for, beside every row."""
    from molkit.features import DescriptorFeaturizer, FingerprintFeaturizer

    names, keys = [*DescriptorFeaturizer().names], ["drug/descriptors"]
    if fingerprint:
        names, keys = [*names, *FingerprintFeaturizer().names], [*keys, "drug/fingerprint"]
    source = open_table(table, smiles_column=smiles_column)
    with _pool("describe_chunk", mixtures, keys, workers, needs_blocks(source, out)) as pool:
        return write_rows(source, pool, [*names, "smiles_std", "status", "reason"], out, overwrite, progress)


def _pool(function: str, mixtures: str, keys: Sequence[str], workers: int, draws: bool) -> WorkerPool:
    policy = Policy(mixtures=mixtures)
    options: dict[str, dict[str, Any]] = {}
    job = Job(
        "molkit.engine.pack:load_packer",
        (asdict(policy), tuple(keys), options, draws),
        f"molkit.engine.pack:{function}",
    )
    return WorkerPool(job, workers or os.cpu_count() or 1, policy.limits.seconds, policy.limits.memory_mb)
