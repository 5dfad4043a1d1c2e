"""From a labelled table to a scored model file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from molkit.bundle import write_bundle
from molkit.config import RunConfig
from molkit.data.labels import Labels, targets_of
from molkit.data.origin import find_origin
from molkit.data.table import Table, read_table
from molkit.data.write import atomic_path
from molkit.errors import InputError
from molkit.evaluation.scores import Score
from molkit.features.inputs import Input
from molkit.pipeline.appraisal import card_words
from molkit.pipeline.calls import score_calls
from molkit.pipeline.card import write_card
from molkit.pipeline.cells import learned_rows, open_rows
from molkit.pipeline.checks import check_config
from molkit.pipeline.comparing import against_opponents, networks_against_trees
from molkit.pipeline.content import model_content, model_entries
from molkit.pipeline.dataset import exact_values
from molkit.pipeline.findings import (
    Findings,
    contributions,
    count_unseen_calls,
    noise,
    score_entities,
    score_unseen,
    spreads,
)
from molkit.pipeline.fitting import Fitted
from molkit.pipeline.gain import Cost, cost_sentences, costs, gains
from molkit.pipeline.material import Ready, make_split, prepare
from molkit.pipeline.patients import patient_entries
from molkit.pipeline.pretrained import source_words
from molkit.pipeline.progress import Progress, quiet
from molkit.pipeline.samples import CellsOf
from molkit.pipeline.trial import (
    Judged,
    Material,
    Unseen,
    cross_validate,
    development_rows,
    fit_on,
    out_of_fold,
    predict_unseen,
)
from molkit.pipeline.trusted import score_trust
from molkit.types import Split, Target


@dataclass(frozen=True)
class TrainResult:
    """What a training run has to say; `test` holds labels and predictions [n, K] of the compounds scored.

    `things` (what each input held, by its name; none where the model file is to hold no structures), `names` (None
    without an id column) and `judged` are of the same n compounds.
    """

    path: Path
    sha256: str
    targets: tuple[Target, ...]
    findings: Findings
    notes: tuple[str, ...]
    rejected: dict[int, str]
    split: Split
    test: tuple[np.ndarray, np.ndarray]
    inputs: tuple[Input, ...]
    things: dict[str, tuple[str, ...]]
    names: tuple[str, ...] | None
    judged: Judged
    histories: tuple[tuple[str, tuple[float, ...]], ...]
    card: str
    costs: tuple[Cost, ...]

    @property
    def scores(self) -> tuple[Score, ...]:
        """Scores of all methods."""
        return self.findings.scores

    @property
    def sentences(self) -> list[str]:
        """What stands beside the scores, and what the ensemble cost and gained, in words."""
        return [*self.findings.sentences, *cost_sentences(self.findings.gains, self.costs, self.findings.noun)]


def train_bundle(
    table_path: Path | str,
    out: Path | str,
    config: RunConfig = RunConfig(),
    overwrite: bool = False,
    progress: Progress = quiet,
) -> TrainResult:
    """Train, score and write a model from a table file; raises MolkitError with what to do."""
    source, config = open_rows(table_path, config)
    table = read_table(source)
    rows = learned_rows(table, source.smiles or "", source.path.parent, config)
    files = [source.path, *rows.files]
    return train_table(table, rows.inputs, rows.cells(table), out, config, overwrite, progress,
                       [*source.notes, *rows.notes], files)  # fmt: skip


def train_table(
    table: Table,
    inputs: tuple[Input, ...],
    cells: CellsOf,
    out: Path | str,
    config: RunConfig,
    overwrite: bool,
    progress: Progress,
    notes: list[str],
    files: Sequence[Path] = (),
    ready: Ready | None = None,
    remark: Callable[[Unseen], Sequence[str]] = lambda unseen: (),
) -> TrainResult:
    """The same from a table in memory, `cells` being what each input reads of its rows.

    `ready` is what `prepare` gave, if it was called before; `remark` adds notes on the predictions that are scored.
    """
    check_config(config)
    kept = [*files, *([Path(config.pretrained)] if config.pretrained else [])]  # which no output may replace
    with atomic_path(out, overwrite, kept) as unfinished:
        material, labels, split, logs = ready or prepare(table, inputs, cells, config, progress, notes)
        fitted, unseen, scored_on, repeats = _fit_and_score(material, split, progress, notes)
        material = _told_of_source(material, unseen, notes)
        notes += remark(unseen)
        targets = targets_of(labels, logs, fitted.thresholds)
        findings = _find(material, labels, targets, fitted, unseen, scored_on, repeats, table.first_row)
        content = model_content(material, targets, split, fitted, findings, notes)
        origin = find_origin(files[0] if files else None, table.names, config.source, config.licence)
        content["origin"] = asdict(origin)
        card = write_card(content, card_words(material, targets, unseen, findings))
        entries = model_entries(material, targets, split, fitted)
        entries |= patient_entries(material, targets, fitted, development_rows(split), cells, table.first_row)
        sha256 = write_bundle(unfinished, content, card, entries)
    rejected = material.dataset.rejected
    return TrainResult(
        path=Path(out),
        sha256=sha256,
        targets=targets,
        findings=findings,
        notes=tuple(notes),
        rejected={row: problem.sentence(row, table.file(row)) for row, problem in sorted(rejected.items())},
        split=split,
        test=(exact_values(material.dataset.measurements)[unseen.rows], unseen.methods["molkit"]),
        inputs=inputs,
        things=_things(material, unseen.rows) if material.keeps_rows else {},
        names=None if material.dataset.ids is None else tuple(material.dataset.ids[row] for row in unseen.rows),
        judged=unseen.judged,
        histories=fitted.histories,
        card=card,
        costs=costs(fitted),
    )


def _told_of_source(material: Material, unseen: Unseen, notes: list[str]) -> Material:
    """With how many of the rows that are scored a pre-trained encoder had seen; adds to `notes`."""
    source, dataset = material.source, material.dataset
    if source is None:
        return material
    scored = [dataset.identities[source.encoder.names[0]][row] for row in unseen.rows.tolist()]
    told = {**source.told, "scored": len(scored), "scored_seen": source.overlap(scored)}
    notes += source_words(told, dataset.noun)
    return replace(material, source=replace(source, told=told))


def _things(material: Material, rows: np.ndarray) -> dict[str, tuple[str, ...]]:
    return {name: tuple(of[row].text for row in rows) for name, of in material.dataset.identities.items()}


def _find(
    material: Material,
    labels: Labels,
    targets: tuple[Target, ...],
    fitted: Fitted,
    unseen: Unseen,
    scored_on: str,
    repeats: Sequence[tuple[int, Unseen]],
    first_row: int,
) -> Findings:
    """Everything that is said of a run."""
    return Findings(
        scored_on=scored_on,
        scores=score_unseen(material, targets, unseen),
        contributions=contributions(material, targets, fitted),
        comparisons=(
            *networks_against_trees(material, targets, fitted),
            *against_opponents(material, targets, unseen, scored_on),
        ),
        gains=gains(material, targets, fitted),
        spreads=spreads([(seed, score_unseen(material, targets, other)) for seed, other in repeats], targets),
        noise=noise(labels, material.dataset, first_row),
        trust=score_trust(material, targets, unseen, fitted),
        calls=score_calls(material, targets, fitted),
        confusions=count_unseen_calls(material, targets, unseen),
        noun=material.dataset.noun,
        breakdowns=score_entities(material, targets, unseen),
    )


def _fit_and_score(
    material: Material, split: Split, progress: Progress, notes: list[str]
) -> tuple[Fitted, Unseen, str, list[tuple[int, Unseen]]]:
    """The shipped ensemble, predictions of rows that it (or its like) has not seen, and those of repeats."""
    config = material.config
    train, test = development_rows(split), np.array(split.test, np.int64)
    fitted = fit_on(material, train, config.seed, progress)
    notes += [tried.sentence(material.dataset.noun) for tried in fitted.tried]
    fewer = [name for name, models in zip(fitted.ensemble.names, fitted.ensemble.members, strict=True)
             if len(models) < material.plan.size(name)]  # fmt: skip
    if fewer:
        notes.append(
            f"Too few groups of {material.dataset.noun}s, or of them with some class, for the folds of the plan: "
            f"fewer models of {', '.join(fewer)}. Without folds no threshold is chosen and no imbalance method tried."
        )
    if fitted.tried and not config.folds and not len(test):
        notes.append(
            "Methods were tried on two of the held-out folds that are scored, whose scores are a little too good."
        )
    if not config.folds and not len(test):
        return fitted, out_of_fold(material, fitted), "held-out folds", []
    first = config.seed if config.folds else config.seed + 1
    repeats = [] if config.folds else [(config.seed, predict_unseen(material, fitted, train, test))]
    for seed in range(first, config.seed + config.repeats):
        try:
            repeats.append((seed, _repeat(material, seed, progress)))
        except InputError as error:
            if not repeats:
                raise
            notes.append(f"The repeat with seed {seed} is left out: {error}")
    unseen = repeats[0][1]
    return fitted, unseen, f"{unseen.folds} outer folds" if config.folds else "test part", repeats


def _repeat(material: Material, seed: int, progress: Progress) -> Unseen:
    """Outer folds, or another split, with another seed."""
    if material.config.folds:
        return cross_validate(material, seed, progress)
    other = make_split(material.dataset, material.rows, material.config, seed)
    train, test = development_rows(other), np.array(other.test, np.int64)
    return predict_unseen(material, fit_on(material, train, seed, progress), train, test)
