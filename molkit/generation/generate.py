"""From an autoencoder to a table of new molecules: drawn, around a hit, or searched for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from molkit.data.library import open_library
from molkit.data.table import read_table
from molkit.data.write import atomic_paths, check_free, check_table_path, table_writer
from molkit.engine.columns import DEFAULT_GROUPS
from molkit.engine.flags import FLAGS, PICTURE
from molkit.engine.workers import WorkerPool
from molkit.errors import InputError, NothingDone
from molkit.generation.checks import Checks, Limits
from molkit.generation.search import Found, search
from molkit.generation.writer import Writer, open_writer
from molkit.learners.protocol import stream_seed
from molkit.pipeline.opened import open_models
from molkit.pipeline.progress import Progress, quiet
from molkit.pipeline.stream import Scoring, score_values
from molkit.pipeline.written import standardised
from molkit.screening.criteria import Criteria, judge, read_criteria
from molkit.screening.reference import outlines
from molkit.screening.screen import shown_targets

_BATCH = 200
_VAIN = 200  # molecules written for each that is wanted, after which drawing ends
_NEAREST, _FARTHEST = 0.05, 1.0  # steps from a hit, in standard deviations of each latent dimension


@dataclass(frozen=True)
class GenerateOptions:
    """What is wanted: `count` molecules, within `limits`, like `near`, best by `wants` of the `models`.

    `evaluations` are those of the models in a search; `library` holds molecules that are not new.
    """

    count: int = 100
    near: str | None = None
    limits: Limits = Limits()
    models: tuple[Path, ...] = ()
    wants: tuple[str, ...] = ()
    rank_by: str | None = None
    lowest: bool = False
    evaluations: int = 500
    library: Path | None = None
    temperature: float = 0.0
    seed: int = 0
    workers: int = 0


@dataclass(frozen=True)
class Generated:
    """New molecules as columns, best first if they were searched for, a drawing of each, and how many others failed."""

    columns: dict[str, list[Any]]
    drawings: list[str | None]
    counts: dict[str, int]
    notes: tuple[str, ...] = ()
    flags: tuple[str, ...] = field(default=FLAGS)

    def __len__(self) -> int:
        return len(self.drawings)


def generate(autoencoder: Path | str, options: GenerateOptions, progress: Progress = quiet) -> Generated:
    """Molecules that the autoencoder writes, each standardised, new and within the limits; raises MolkitError.

    New is what is not in its training, not the hit, not in the library, and not written before in this run.
    """
    writer = open_writer(autoencoder)
    scoring = Scoring(open_models(options.models), ("pred",)) if options.models else None
    criteria = _criteria(scoring, options)
    hit, bits, vector = _hit(writer, options)
    known = _library(options.library, writer, options.workers) | ({hit} if hit else set())
    rng = np.random.default_rng(stream_seed(options.seed, "generate"))
    with Checks(writer, options.limits, bits, options.workers, known) as checks:
        if criteria is None or scoring is None:
            rows = _drawn(writer, checks, options, vector, rng, progress)
        else:
            with scoring.pool(options.workers) as pool:
                rows = _searched(writer, checks, options, vector, criteria, scoring, pool, rng, progress)
    return _told(rows, dict(checks.counts), scoring, options)


def generate_table(
    autoencoder: Path | str,
    out: Path,
    options: GenerateOptions,
    *,
    overwrite: bool = False,
    page: Callable[[Generated], str] | None = None,
    progress: Progress = quiet,
) -> Generated:
    """Write what `generate` finds as a table, and by `page` as a page beside it; NothingDone if that is nothing."""
    inputs = [Path(autoencoder), *options.models, *([options.library] if options.library else [])]
    check_table_path(out)
    paths = [out, *([out.with_suffix(".html")] if page else [])]
    for path in paths:
        check_free(path, overwrite, inputs)
    found = generate(autoencoder, options, progress)
    if not len(found):
        told = ", ".join(f"{count:,} {reason}" for reason, count in found.counts.items() if count)
        raise NothingDone(f"no molecule was found that meets the limits: {told}; widen them")
    with atomic_paths(paths, overwrite, inputs) as unfinished:
        with table_writer(unfinished[0], out, list(found.columns)) as writer:
            writer.write(found.columns)
        for place in unfinished[1:]:
            place.write_text(page(found) if page else "", encoding="utf-8")
    return found


def _criteria(scoring: Scoring | None, options: GenerateOptions) -> Criteria | None:
    if scoring is None:
        if options.wants or options.rank_by:
            raise InputError("--want, --rank-by: need a model that predicts it; name one with --model")
        return None
    if not options.wants and not options.rank_by:
        return None
    targets, half_widths = shown_targets(scoring)
    return read_criteria(targets, half_widths, options.wants, "prediction", options.rank_by, options.lowest)


def _hit(writer: Writer, options: GenerateOptions) -> tuple[str | None, np.ndarray | None, np.ndarray | None]:
    """The hit standardised, its fingerprint and its latent vector."""
    if options.near is None:
        return None, None, None
    ((smiles, status),) = standardised([options.near], writer.policy, 1)
    if smiles is None:
        raise InputError(f"--near {options.near!r}: is no structure that can be read ({status})")
    vectors, readable = writer.vectors([smiles])
    if not readable[0]:
        raise InputError(
            f"--near {smiles}: too long for this autoencoder, or with atoms that its training did not have"
        )
    return smiles, outlines([smiles], writer.policy, 1).bits[0], vectors[0]


def _library(path: Path | None, writer: Writer, workers: int) -> set[str]:
    """Standardised SMILES of molecules that are not new."""
    if path is None:
        return set()
    source = open_library(path)
    cells = read_table(source).columns[source.smiles or ""]
    return {smiles for smiles, _ in standardised(cells, writer.policy, workers) if smiles is not None}


Rows = dict[str, list[Any]]


def _drawn(
    writer: Writer, checks: Checks, options: GenerateOptions, hit: np.ndarray | None, rng: np.random.Generator,
    progress: Progress,
) -> Rows:  # fmt: skip
    """Molecules drawn from the density, or by random steps from a hit, until there are enough or too many in vain."""
    rows: Rows = {}
    while len(rows.get("smiles", ())) < options.count and checks.counts["written"] < _VAIN * options.count + _BATCH:
        if hit is None:
            vectors = writer.density.draw(_BATCH, rng)
        else:
            length = np.exp(rng.uniform(np.log(_NEAREST), np.log(_FARTHEST), (_BATCH, 1)))
            vectors = hit + (length * writer.spread * rng.standard_normal((_BATCH, len(hit)))).astype(np.float32)
        texts = writer.texts(vectors, options.temperature, int(rng.integers(1 << 31)))
        smiles, values = checks.similar(checks.standardised(texts))
        _add(rows, checks.flagged(smiles), dict(zip(smiles, values, strict=True)), hit is not None)
        progress("writing molecules", min(len(rows["smiles"]), options.count), options.count, {})
    return {name: own[: options.count] for name, own in rows.items()}


def _add(rows: Rows, found: Rows, similarity: Mapping[str, float], told: bool) -> None:
    if told:
        found = {**found, "similarity": [round(similarity[smiles], 4) for smiles in found["smiles"]]}
    for name, values in found.items():
        rows.setdefault(name, []).extend(values)


def _searched(
    writer: Writer, checks: Checks, options: GenerateOptions, hit: np.ndarray | None, criteria: Criteria,
    scoring: Scoring, pool: WorkerPool, rng: np.random.Generator, progress: Progress,
) -> Rows:  # fmt: skip
    """Molecules that a latent search found, those that meet the limits of what is wanted first, then by score."""
    flagged: Rows = {}
    judged: dict[str, tuple[bool, float, float]] = {}

    def ask(vectors: np.ndarray, most: int) -> list[Found]:
        smiles, values = checks.similar(checks.standardised(writer.texts(vectors, options.temperature)))
        own = checks.flagged(smiles)
        own = {name: column[:most] for name, column in own.items()}
        scores = _judged(own["smiles"], criteria, scoring, pool)
        judged.update(zip(own["smiles"], scores, strict=True))
        _add(flagged, own, dict(zip(smiles, values, strict=True)), hit is not None)
        again, readable = writer.vectors(own["smiles"])
        progress("searching", min(len(judged), options.evaluations), options.evaluations, {})
        return [
            Found(text, vector, key)
            for text, vector, fits, (_, key, _) in zip(own["smiles"], again, readable, scores, strict=True)
            if fits and np.isfinite(key)
        ]

    if hit is not None:
        start = [Found("", hit, -np.inf)]
    else:
        start = [Found("", vector, -np.inf) for vector in writer.density.draw(_BATCH, rng)]
    search(start, writer.spread, ask, options.evaluations, rng)
    names = flagged.get("smiles", [])
    order = sorted(range(len(names)), key=lambda place: (not judged[names[place]][0], -judged[names[place]][1]))
    kept = [place for place in order if np.isfinite(judged[names[place]][1])][: options.count]
    rows = {name: [own[place] for place in kept] for name, own in flagged.items()}
    rows["score"] = [judged[names[place]][2] for place in kept]
    rows["meets_limits"] = [judged[names[place]][0] for place in kept]
    return rows


def _judged(
    smiles: Sequence[str], criteria: Criteria, scoring: Scoring, pool: WorkerPool
) -> list[tuple[bool, float, float]]:
    """For each molecule whether its prediction meets the limits, what it is ranked by, and its score."""
    if not smiles:
        return []
    found = judge(criteria, score_values(pool, smiles, [*scoring.names]))
    keys = np.where(np.isfinite(found.score), found.key, -np.inf)
    return list(zip(found.met.tolist(), keys.tolist(), found.score.tolist(), strict=True))


def _told(rows: Rows, counts: dict[str, int], scoring: Scoring | None, options: GenerateOptions) -> Generated:
    """The columns in the order of a table, with all that the models say of each molecule."""
    smiles = rows.get("smiles", [])
    columns: dict[str, list[Any]] = {"rank": list(range(1, len(smiles) + 1)), "smiles": smiles}
    columns |= {name: rows[name] for name in ("score", "meets_limits", "similarity") if name in rows}
    if scoring is not None and smiles:
        full = Scoring(scoring.models, DEFAULT_GROUPS)
        with full.pool(options.workers, len(smiles)) as pool:
            said = score_values(pool, smiles, [*full.names])
        columns |= {name: own for name, own in said.items() if name not in ("smiles_std",)}
    columns |= {name: rows[name] for name in FLAGS if name in rows}
    wanted = [] if len(smiles) == options.count else [f"{len(smiles):,} of {options.count:,} wanted were found."]
    return Generated(columns, rows.get(PICTURE, []), counts, tuple(wanted))
