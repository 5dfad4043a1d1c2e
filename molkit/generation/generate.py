"""From an autoencoder to a table of new molecules: drawn, around a hit, or searched for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from molkit.data.write import check_free
from molkit.engine.columns import DRAWN
from molkit.engine.flags import FLAGS, PICTURE
from molkit.errors import NothingDone
from molkit.generation.checks import Candidate, Checks, Hit
from molkit.generation.given import open_scoring, read_hit, read_old, read_wanted
from molkit.generation.options import GenerateOptions, check_options
from molkit.generation.sampling import drawn
from molkit.generation.searching import Judge, Verdict, searched
from molkit.generation.writer import open_writer
from molkit.learners.protocol import stream_seed
from molkit.pipeline.progress import Progress, quiet
from molkit.pipeline.scoring import Scoring, missing_intervals, missing_verdicts
from molkit.pipeline.stream import score_values
from molkit.report.html import predictions_html
from molkit.screening.files import output_files, write_files
from molkit.screening.hits import default_scoring
from molkit.screening.screen import model_lines
from molkit.screening.words import ranking_sentences

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Generated:
    """New molecules as columns, best first if they were searched for; a drawing (SVG) and a mol block of each.

    `fates` count every molecule of those `written` once, by what became of it; `ranking` says what is best, `models`
    what predicted, by file name.
    """

    columns: dict[str, list[Any]]
    drawings: list[str | None]
    blocks: list[str]
    written: int
    fates: dict[str, int]
    notes: tuple[str, ...] = ()
    ranking: tuple[str, ...] = ()
    models: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.drawings)

    def __getitem__(self, name: str) -> list[Any]:
        return list(self.columns[name])

    def to_pandas(self) -> pd.DataFrame:
        """The columns as a DataFrame."""
        import pandas as pd

        return pd.DataFrame(self.columns)

    def _repr_html_(self) -> str:
        return predictions_html({"smiles_std": self.columns["smiles"], **self.columns})

    @property
    def sentence(self) -> str:
        """What became of what was written."""
        told = ", ".join(f"{count:,} {fate}" for fate, count in self.fates.items())
        return f"{self.written:,} written: {told}."


def generate(autoencoder: Path | str, options: GenerateOptions, progress: Progress = quiet) -> Generated:
    """Molecules that the autoencoder writes, each standardised, new and within the limits; raises MolkitError.

    New is what is not in its training, not the hit, not in the given table, and not written before in this run.
    """
    check_options(options)
    writer = open_writer(autoencoder)
    scoring = open_scoring(options.models)
    criteria = read_wanted(scoring, options) if scoring and options.searches else None
    hit = read_hit(writer, options.near) if options.near is not None else None
    old, notes = read_old(options.new_to, writer, options.workers, progress)
    rng = np.random.default_rng(stream_seed(options.seed, "generate"))
    found: list[tuple[Candidate, Verdict | None]]
    with Checks(writer, options.limits, hit, old, options.workers) as checks:
        if criteria is None or scoring is None:
            found = [(one, None) for one in drawn(checks, options, rng, progress)]
        else:
            with scoring.pool(options.workers) as pool:
                found = [*searched(checks, options, Judge(criteria, scoring, pool), rng, progress)]
    columns = _columns(found, hit, bool(options.wants))
    if scoring:
        columns |= _predicted(columns["smiles"], scoring, options.workers)
        notes += [*missing_intervals(default_scoring(scoring)), *missing_verdicts(default_scoring(scoring))]
    columns |= {name: [one.flags[name] for one, _ in found] for name in FLAGS}
    return Generated(
        columns,
        [one.flags[PICTURE] for one, _ in found],
        [one.flags[DRAWN] or "" for one, _ in found],
        checks.written,
        {fate: count for fate, count in {**checks.fates, "kept": len(found)}.items() if count},
        (*notes, *_remarks(columns, len(found), options)),
        ranking_sentences(criteria) if criteria else (),
        tuple(f"{name}: {line}" for name, line in model_lines(scoring).items()) if scoring else (),
    )


def generate_files(
    autoencoder: Path | str,
    out: Path,
    options: GenerateOptions,
    *,
    overwrite: bool = False,
    page: Callable[[Generated], str] | None = None,
    progress: Progress = quiet,
) -> tuple[Generated, list[Path]]:
    """Write what `generate` finds as a table, an SD file and by `page` a page beside it, and tell these files.

    Raises NothingDone if nothing is found.
    """
    inputs = [Path(autoencoder), *options.models, *([options.new_to] if options.new_to else [])]
    files = output_files(out, page is not None)
    for path in files:
        check_free(path, overwrite, inputs)
    found = generate(autoencoder, options, progress)
    if not len(found):
        raise NothingDone(f"no new molecule within the limits was found ({found.sentence.rstrip('.')}); widen them")
    write_files(files, found.columns, found.blocks, page(found) if page else "", overwrite, inputs)
    return found, files


def _columns(found: Sequence[tuple[Candidate, Verdict | None]], hit: Hit | None, limited: bool) -> dict[str, list[Any]]:
    verdicts = [verdict for _, verdict in found if verdict is not None]
    columns: dict[str, list[Any]] = {"rank": list(range(1, len(found) + 1)), "smiles": [one.smiles for one, _ in found]}
    if verdicts:
        columns["score"] = [verdict.score for verdict in verdicts]
    if verdicts and limited:
        columns["meets_limits"] = [verdict.met for verdict in verdicts]
    if hit:
        columns["similarity"] = [one.similarity for one, _ in found]
    return columns


def _predicted(smiles: Sequence[str], scoring: Scoring, workers: int) -> dict[str, list[Any]]:
    """All that the models say by default of each molecule, but its standardised form, which it is in already."""
    full = default_scoring(scoring)
    with full.pool(workers, len(smiles)) as pool:
        return score_values(pool, smiles, [name for name in full.names if name != "smiles_std"])


def _remarks(columns: dict[str, list[Any]], count: int, options: GenerateOptions) -> list[str]:
    remarks = [] if count == options.count else [f"{count:,} of {options.count:,} wanted were found."]
    met = sum(columns.get("meets_limits", [True] * count))
    remarks += [] if met == count else [f"{met:,} of {count:,} meet all limits of what is wanted."]
    return remarks + [
        f"{values.count('out'):,} of {count:,} are outside the chemistry that the model has seen ({name} = out)."
        for name, values in columns.items()
        if name.endswith("in_domain") and "out" in values
    ]
