"""From a library and models to the hits: the best rows, looked at again, as table, SD file and page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from molkit.chem.alerts import read_patterns
from molkit.chem.policy import Policy, policy_from_dict
from molkit.data.journal import Journal, journal_path, open_journal
from molkit.data.library import check_outside, library_files
from molkit.data.structures import no_structures
from molkit.data.table import Source
from molkit.data.write import check_free
from molkit.errors import InputError, OutputError
from molkit.pipeline.opened import open_models
from molkit.pipeline.progress import Progress, quiet
from molkit.pipeline.scoring import Scoring
from molkit.pipeline.stream import open_stream
from molkit.screening.criteria import Criteria, read_criteria
from molkit.screening.files import output_files, write_files
from molkit.screening.hits import Hits, default_scoring, describe_hits, structure_cells
from molkit.screening.picking import METHODS, good_enough, pick, pool_size
from molkit.screening.reference import Reference, outlines, read_reference
from molkit.screening.shortlist import Candidate, Shortlist, collect
from molkit.screening.words import hopeless_limits, ranking_sentences
from molkit.types import STATUSES, Target


@dataclass(frozen=True)
class ScreenOptions:
    """What a screen was told; see `molkit screen --help`."""

    models: tuple[Path, ...]
    top: int
    wants: tuple[str, ...] = ()
    rank: str = "prediction"
    rank_by: str | None = None
    lowest: bool = False
    diverse: str | None = None
    reference: Path | None = None
    alerts: Path | None = None
    smiles_column: str | None = None
    exact: bool = False
    workers: int = 0
    seed: int = 0
    inputs: tuple[str, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ScreenResult:
    """What a screen found: every row is counted once, under its status.

    `met` rows have predictions within all limits, of which `hits` were written to `files`; `cutoff` is the
    score of the last hit.
    """

    rows: int
    statuses: dict[str, int]
    met: int
    limits: bool
    hits: int
    cutoff: float | None
    ranking: tuple[str, ...]
    notes: tuple[str, ...]
    files: tuple[Path, ...] = ()


Page = Callable[[ScreenResult, Hits, dict[str, str]], str]  # the last are the models, by file name


def screen_library(
    library: Path | str,
    out: Path,
    options: ScreenOptions,
    *,
    overwrite: bool = False,
    page: Page | None = None,
    progress: Progress = quiet,
) -> ScreenResult:
    """The best rows of a library, written to `out`, an SD file and (by `page`) an HTML page beside it.

    A run that was killed goes on where it stopped when it is called again with the same arguments. Raises
    MolkitError, before any work for what can be known before; nothing is written if no row has a prediction.
    """
    _check(options)
    files = output_files(out, page is not None)
    scoring = Scoring(open_models(options.models), ("pred",), options.exact)
    _ = default_scoring(scoring).names  # two models of one name are refused here, not after all rows
    targets, half_widths = shown_targets(scoring)
    criteria = read_criteria(targets, half_widths, options.wants, options.rank, options.rank_by, options.lowest)
    policy = policy_from_dict(scoring.models[0].bundle.model["policy"])
    patterns = _patterns(options.alerts)
    with open_stream(scoring.models, library, criteria.groups, smiles_column=options.smiles_column,
                     workers=options.workers, exact=options.exact, inputs=options.inputs,
                     fixed=options.fixed) as stream:  # fmt: skip
        source = stream.source
        if source.format != "sdf":  # whose mol blocks are the structures
            source = replace(source, smiles=stream.read.structures(source.names) or source.smiles)
        if source.smiles is None:
            raise no_structures(source.path, source.names)
        check_outside(source, out)
        inputs = [*library_files(source), *options.models, *(f for f in (options.reference, options.alerts) if f)]
        # a run that was killed while it renamed its files has left some of them
        goes_on = not overwrite and journal_path(out).exists()
        for file in files:
            check_free(file, overwrite or goes_on, inputs)
        reference = read_reference(options.reference, policy, options.workers) if options.reference else None
        with open_journal(out, {**stream.identity, **_told(options)}, overwrite) as journal:
            if goes_on:
                _check_left(files, journal)
            most = pool_size(options.top) if options.diverse else options.top
            shortlist = collect(stream, criteria, most, journal, progress)
            stream.check_unchanged()
            stream.pool.close()  # what follows has workers of its own
            chosen = _chosen(shortlist, source, policy, options)
            hits = describe_hits(
                chosen, source, stream.read, default_scoring(scoring), policy, patterns, reference, options.workers
            )
            notes = [*source.notes, *hits.renamed, *hopeless_limits(criteria, half_widths),
                     *_notes(shortlist, hits, reference, options), *shortlist.remarks]  # fmt: skip
            if page is None:
                notes += [f"{file.name} is of an earlier run." for file in output_files(out, True)[2:] if file.exists()]
            result = _result(shortlist, chosen, criteria, notes)
            if result.statuses.get("ok"):
                result = replace(result, files=tuple(files))
                text = page(result, hits, model_lines(scoring)) if page else ""
                try:
                    write_files(files, hits.columns, hits.blocks, text, overwrite, inputs, locked=True, resumed=goes_on)
                except InputError as error:  # somebody else has written one of the files meanwhile
                    raise OutputError(f"{error} {_kept(journal)}") from None
    return result


def _check(options: ScreenOptions) -> None:
    if not options.models:
        raise InputError("--model: name at least one model file")
    if options.top < 1:
        raise InputError(f"--top: expected at least 1 hit, got {options.top}")
    if options.diverse is not None and options.diverse not in METHODS:
        raise InputError(f"--diverse {options.diverse!r}: known are {', '.join(METHODS)}")


def shown_targets(scoring: Scoring) -> tuple[list[Target], dict[str, float | None]]:
    """The targets by the names that their columns have in the output, and typical half widths of their intervals."""
    targets: list[Target] = []
    half_widths: dict[str, float | None] = {}
    for model, names in zip(scoring.models, scoring.own_names, strict=True):
        for target, half_width in zip(model.targets, model.bundle.model["half_widths"], strict=True):
            shown = names[f"{target.name}_pred"].removesuffix("_pred")
            targets.append(replace(target, name=shown))
            half_widths[shown] = half_width
    return targets, half_widths


def model_lines(scoring: Scoring) -> dict[str, str]:
    """What each model predicts and its content hash, by file name."""
    return {
        model.path.name: f"{', '.join(_with_unit(target) for target in model.targets)}; SHA-256 {model.bundle.sha256}"
        for model in scoring.models
    }


def _with_unit(target: Target) -> str:
    return f"{target.name} ({target.unit})" if target.unit else target.name


def _patterns(path: Path | None) -> list[tuple[str, str]]:
    if path is None:
        return []
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: --alerts: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: --alerts: byte {error.start} is not UTF-8 text") from None
    return read_patterns(text.splitlines(), str(path))


def _told(options: ScreenOptions) -> dict[str, Any]:
    """What decides which rows are kept, for the journal."""
    return {
        "top": options.top,
        "wants": list(options.wants),
        "rank": options.rank,
        "rank by": options.rank_by,
        "lowest": options.lowest,
        "diverse": options.diverse,
    }


def _chosen(shortlist: Shortlist, source: Source, policy: Policy, options: ScreenOptions) -> list[Candidate]:
    best = shortlist.best()
    if options.diverse is None:
        return best
    best = best[: good_enough(options.top, len(best), shortlist.eligible)]
    if len(best) <= options.top:
        return best
    bits = outlines(structure_cells(best, source), policy, options.workers).bits
    return [best[place] for place in pick(options.diverse, bits, options.top, options.seed).tolist()]


def _result(
    shortlist: Shortlist, chosen: Sequence[Candidate], criteria: Criteria, notes: Sequence[str]
) -> ScreenResult:
    statuses = {status: shortlist.statuses[status] for status in STATUSES if shortlist.statuses[status]}
    return ScreenResult(
        rows=shortlist.rows,
        statuses=statuses,
        met=shortlist.met,
        limits=bool(criteria.wants),
        hits=len(chosen),
        cutoff=chosen[-1].score if chosen else None,
        ranking=ranking_sentences(criteria),
        notes=tuple(notes),
    )


def _notes(shortlist: Shortlist, hits: Hits, reference: Reference | None, options: ScreenOptions) -> list[str]:
    notes = []
    if options.diverse:
        pool = good_enough(options.top, len(shortlist.heap), shortlist.eligible)
        notes.append(f"Diverse hits: {options.diverse} among the best {pool:,} of {shortlist.eligible:,} rows.")
    if len(hits.drawings) < options.top:
        notes.append(f"Fewer rows qualify than were asked for: {len(hits.drawings):,} of {options.top:,}.")
    if reference is not None and reference.unreadable:
        notes.append(f"Rows of the reference without a structure that can be read: {reference.unreadable:,}.")
    return notes + [
        f"Hits {what}: {count:,} of {len(hits.drawings):,}." for what, count in hits.counts.items() if count
    ]


def _check_left(files: Sequence[Path], journal: Journal) -> None:
    """Raise OutputError for files that an interrupted run cannot have written: it had not done all rows."""
    if any("end" in entry for entry in journal.entries()):
        return
    try:
        for file in files:
            check_free(file, False)
    except InputError as error:
        raise OutputError(f"{error} {_kept(journal)}") from None


def _kept(journal: Journal) -> str:
    return f"What is done is kept in {journal.path.name}."
