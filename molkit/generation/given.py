"""What a run was given: models, what is wanted of them, the hit, molecules that are not new."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from molkit.data.library import open_library
from molkit.data.table import read_table
from molkit.engine.jobs import cell_chunks
from molkit.errors import InputError
from molkit.generation.checks import Hit
from molkit.generation.options import GenerateOptions
from molkit.generation.writer import Writer
from molkit.pipeline.opened import open_models, scored_rows
from molkit.pipeline.packing import fingerprint_pool
from molkit.pipeline.progress import Progress
from molkit.pipeline.scoring import Scoring
from molkit.pipeline.written import standardised
from molkit.screening.criteria import Criteria, read_criteria
from molkit.screening.hits import default_scoring
from molkit.screening.screen import shown_targets


def open_scoring(paths: Sequence[Path]) -> Scoring | None:
    """The models, each of which has to read one molecule and nothing else."""
    if not paths:
        return None
    models = open_models(paths)
    for model in models:
        if not model.of_molecules:
            read = ", ".join(f"{one.name} ({one.kind})" for one in model.inputs)
            raise InputError(f"{model.path}: reads {read}; only models of one molecule can predict new molecules")
    scored_rows(models, ["smiles"], "smiles", Path())  # raises where the models do not go together
    scoring = Scoring(models, ("pred", "status"))
    _ = default_scoring(scoring).names  # two models of one name are refused here, not after the search
    return scoring


def read_wanted(scoring: Scoring, options: GenerateOptions) -> Criteria:
    """What makes one molecule better than another; raises InputError for targets that the models do not have."""
    targets, half_widths = shown_targets(scoring)
    return read_criteria(targets, half_widths, options.wants, "prediction", options.rank_by, options.lowest)


def read_hit(writer: Writer, near: str) -> Hit:
    """The molecule to stay near, standardised; raises InputError for one that the autoencoder cannot write."""
    with fingerprint_pool(writer.policy, 1, 1) as pool:
        (found,) = pool.map(cell_chunks([near], {}, 1))
    if not found["rows"] or found["smiles"][0] is None:
        why = "; ".join(f"{problem.status}: {problem.reason}" for problem in found["problems"].values())
        raise InputError(f"--near {near!r}: expected the SMILES of a molecule; {why}")
    smiles = found["smiles"][0]
    vectors, readable = writer.vectors([smiles])
    if not readable[0]:
        raise InputError(
            f"--near {smiles}: the autoencoder cannot write it: too long, or with parts that its training did not have"
        )
    return Hit(smiles, found["bits"][0], vectors[0])


def read_old(path: Path | None, writer: Writer, workers: int, progress: Progress) -> tuple[set[str], list[str]]:
    """Standardised SMILES of molecules that are not new, and a note on rows that are none."""
    if path is None:
        return set(), []
    source = open_library(path)
    found = standardised(read_table(source).columns[source.smiles or ""], writer.policy, workers, progress)
    smiles = [text for text in found if text is not None]
    unread = len(found) - len(smiles)
    return set(smiles), [f"{unread:,} of {len(found):,} rows of {path.name} could not be read."] if unread else []
