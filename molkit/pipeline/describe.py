"""A table with its standardised structures or descriptors beside it, through the same engine as predictions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from molkit.chem.policy import Policy
from molkit.data.library import open_library
from molkit.data.table import Source
from molkit.pipeline.identity import library_identity
from molkit.pipeline.packing import packing_pool
from molkit.pipeline.progress import Progress, quiet
from molkit.pipeline.score import TableResult, needs_blocks, write_rows
from molkit.pipeline.stream import Stream

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
    source = open_library(table, smiles_column)
    with _stream("standardise_chunk", mixtures, [], source, out, STANDARD_COLUMNS, workers) as stream:
        return write_rows(stream, out, overwrite, progress)


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
    source = open_library(table, smiles_column)
    names = [*names, "smiles_std", "status", "reason"]
    with _stream("describe_chunk", mixtures, keys, source, out, names, workers) as stream:
        return write_rows(stream, out, overwrite, progress)


def _stream(
    function: str,
    mixtures: str,
    keys: Sequence[str],
    source: Source,
    out: Path | str,
    names: Sequence[str],
    workers: int,
) -> Stream:
    draws = needs_blocks(source, out)
    pool = packing_pool(function, Policy(mixtures=mixtures), keys, {}, workers, draws)
    identity = {"job": [function, mixtures, draws], **library_identity(source)}
    return Stream(source, tuple(names), pool, identity)
