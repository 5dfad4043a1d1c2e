"""Scores of the predictions in a table, or of a model on a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from molkit.data.quantities import class_name, quantities
from molkit.data.table import Source, Table, read_table, remark_lines
from molkit.data.tables import open_table
from molkit.engine.columns import targets_from
from molkit.errors import InputError
from molkit.evaluation.confusion import Confusion, count_calls
from molkit.evaluation.entities import Breakdown, break_down
from molkit.evaluation.metrics import find_metric, main_metric, shown_metrics
from molkit.evaluation.noise import Noise, noise_floor
from molkit.evaluation.scores import Score, average_scores, score_target
from molkit.features.inputs import Input, broken_down, molecules, noun_of
from molkit.pipeline.cells import rows_of
from molkit.pipeline.dataset import entity_numbers
from molkit.pipeline.evaluated import Structures, read_structures, series_of
from molkit.pipeline.measured import read_measured
from molkit.pipeline.opened import Model, open_bundle, open_scored, scored_rows
from molkit.pipeline.progress import Progress, quiet
from molkit.pipeline.scale import model_unit
from molkit.pipeline.scored import (
    EvaluateOptions,
    Scored,
    from_model,
    from_table,
    model_targets,
    predict,
    seen_rows,
    told,
    unseen_name,
)
from molkit.pipeline.scoring import missing_intervals
from molkit.pipeline.trusted import TrustScores, joined_scores, score_beside

METHOD = "predictions"


@dataclass(frozen=True)
class EvaluateResult:
    """Scores, what repeated measurements allow, measured rows (1-based) without a prediction with reasons, and what
    intervals, prediction sets and domain verdicts are worth."""

    rows: int
    scores: tuple[Score, ...]
    noise: dict[str, Noise]
    failures: dict[str, dict[int, str]]
    notes: tuple[str, ...]
    scored: tuple[Scored, ...]
    trust: TrustScores
    confusions: tuple[Confusion, ...] = ()
    seen: np.ndarray | None = None  # bool [rows]: the row was learned from
    noun: str = "compound"  # what a row is called
    breakdowns: tuple[Breakdown, ...] = ()


@dataclass(frozen=True)
class _Scorer:
    """What is scored as what: the name of the predictions, the inputs that they are made from, the metric wanted."""

    method: str
    inputs: tuple[Input, ...] = molecules("")
    wanted: str | None = None
    seed: int = 0


def evaluate_table(
    path: Path | str, options: EvaluateOptions = EvaluateOptions(), progress: Progress = quiet
) -> EvaluateResult:
    """Score the predictions that a table holds beside its measured values; raises MolkitError."""
    path = Path(path)
    _check(options)
    if options.level is not None:
        raise InputError("--level: the table's intervals are what they are; leave it out, or name a model first")
    source = open_table(path, smiles_column=options.smiles_column, require_smiles=False)
    table = read_table(source)
    names = told(table, options) or _predicted_targets(path, table, options)
    if options.prediction is not None and len(names) > 1:
        raise InputError("--prediction names the predictions of one target; give one --target with it")
    found = [from_table(path, table, name, options) for name in names]
    if source.smiles is None:
        structures, notes = None, ["No structure column, so there are no scores within series and no noise floor."]
    else:
        rows = rows_of(molecules(source.smiles), source.names, source.path.parent)
        structures, notes = read_structures(rows, table, options, "largest", progress)
    return _result(source, table, found, structures, _Scorer(METHOD, seed=options.seed), None, options, notes)


def evaluate_model(
    model: Path | str, path: Path | str, options: EvaluateOptions = EvaluateOptions(), progress: Progress = quiet
) -> EvaluateResult:
    """Predict a table with a model file and score that, with and without what the model was trained on."""
    path = Path(path)
    _check(options)
    if options.prediction is not None:
        raise InputError("--prediction: the model makes the predictions; leave it out, or leave the model out")
    opened = Model(Path(model), open_bundle(model))
    bundle, source = opened.bundle, open_scored([opened], path, options.smiles_column)
    rows = scored_rows([opened], source.names, source.smiles, path.parent, options.inputs, options.fixed)
    table = read_table(source)
    known = [own.target for own in quantities(targets_from(bundle.model))]
    wanted = model_targets(path, table, known, options)
    measured = {
        column: read_measured(path, table, column, target.kind, target.unit, target.classes)
        for column, target in wanted.items()
    }
    predicted = predict(opened, rows, table, options, progress)
    found = [from_model(column, target, measured[column], predicted, options) for column, target in wanted.items()]
    structures, notes = read_structures(rows, table, options, bundle.model["policy"]["mixtures"], progress)
    seen, remarks = seen_rows(opened, structures.identities)
    notes += [*rows.notes, *remarks, *missing_intervals(options.scoring(opened))]
    scorer = _Scorer("molkit", opened.inputs, bundle.model["config"].get("metric"), options.seed)
    return _result(source, table, found, structures, scorer, seen, options, notes)


def _check(options: EvaluateOptions) -> None:
    if options.seed < 0:
        raise InputError(f"--seed should be 0 or more, got {options.seed}")
    if options.threshold is not None and not np.isfinite(options.threshold):
        raise InputError(f"--threshold should be a number, got {options.threshold}")


def _predicted_targets(path: Path, table: Table, options: EvaluateOptions) -> list[str]:
    names = [
        name
        for name in table.names
        if any(other == f"{name}_pred" or (other.startswith(class_name(name, "")) and other.endswith("_pred"))
               for other in table.names)
    ]  # fmt: skip
    if options.prediction is None and names:
        return names
    listed = ", ".join(repr(name) for name in table.names[:30])
    raise InputError(f"{path}: name the column of measured values with --target. The columns are: {listed}.")


def _result(
    source: Source,
    table: Table,
    found: Sequence[Scored],
    structures: Structures | None,
    scorer: _Scorer,
    seen: np.ndarray | None,
    options: EvaluateOptions,
    notes: Sequence[str],
) -> EvaluateResult:
    series = series_of(table, structures, options, noun_of(scorer.inputs))
    scores = [score for scored in found for score in _scores(scored, scorer, seen, series)]
    own = [note for scored in found for note in scored.notes]
    return EvaluateResult(
        rows=len(table),
        scores=(*scores, *average_scores(scores)),
        noise=_noise(found, structures),
        failures={scored.target.name: _failures(scored) for scored in found},
        notes=(*source.notes, *own, *remark_lines(table), *_unread(table), *notes),
        scored=tuple(found),
        trust=joined_scores([_trust(scored, seen, options.seed) for scored in found]),
        confusions=tuple(filter(None, (_confusion(scored, seen) for scored in found))),
        seen=seen,
        noun=noun_of(scorer.inputs),
        breakdowns=_breakdowns(found, scorer, structures, seen),
    )


def _confusion(scored: Scored, seen: np.ndarray | None) -> Confusion | None:
    """How the classes of a multiclass target are called, on the rows that the model has not seen, if there are any."""
    target = scored.target
    if target.kind != "multiclass":
        return None
    return count_calls(target.name, target.classes or (), _unseen(scored.y, seen), scored.p)


def _breakdowns(
    found: Sequence[Scored], scorer: _Scorer, structures: Structures | None, seen: np.ndarray | None
) -> tuple[Breakdown, ...]:
    """The score that matters within each thing of each input, on the pairs that the model has not seen, if any."""
    if structures is None or not (shown := broken_down(scorer.inputs)):
        return ()
    read = np.array([bool(own) for own in structures.identities])
    places = np.flatnonzero(read)
    own = {one.name: [structures.identities[row][place] for row in places] for place, one in enumerate(scorer.inputs)}
    numbers, parts = entity_numbers(scorer.inputs, own), []
    for scored in found:
        target, y = scored.target, _unseen(scored.y, seen)[places]
        for one in reversed(shown):
            texts, metric = [identity.text for identity in own[one.name]], main_metric(target.kind, scorer.wanted)
            things, p = numbers[one.name].tolist(), scored.p[places]
            parts.append(break_down(target.name, one.name, metric, y, p, things, texts, target.threshold))
    return tuple(filter(None, parts))


def _unseen(y: np.ndarray, seen: np.ndarray | None) -> np.ndarray:
    return y if seen is None or seen.all() else np.where(seen, np.nan, y)


def _trust(scored: Scored, seen: np.ndarray | None, seed: int) -> TrustScores:
    """What is told beside the predictions is worth, on the rows that the model has not seen, if there are any."""
    if scored.target.kind == "multiclass" and scored.p.ndim == 1:  # called classes alone
        return TrustScores()
    return score_beside(scored.target, _unseen(scored.y, seen), scored.p, scored.beside, seed)


def _failures(scored: Scored) -> dict[int, str]:
    """Measured rows without a prediction, and why."""
    predicted = np.isfinite(scored.p).reshape(len(scored.y), -1).all(axis=1)
    rows = np.flatnonzero(~np.isnan(scored.y) & ~predicted) + 1
    return {row: scored.reasons.get(row, "") for row in rows.tolist()}


def _noise(found: Sequence[Scored], structures: Structures | None) -> dict[str, Noise]:
    """What repeated measurements allow, for the targets that have any."""
    if structures is None:
        return {}
    known = structures.compounds >= 0
    floors = {
        scored.target.name: noise_floor(scored.y[known], structures.compounds[known], scored.target.kind)
        for scored in found
    }
    return {name: floor for name, floor in floors.items() if floor is not None}


def _unread(table: Table) -> list[str]:
    if not table.faults:
        return []
    row, sentence = next(iter(sorted(table.faults.items())))
    count = "1 row" if len(table.faults) == 1 else f"{len(table.faults)} rows"
    return [f"{count} could not be read, and not scored; row {row}: {sentence}"]


def _scores(scored: Scored, scorer: _Scorer, seen: np.ndarray | None, series: list[str] | None) -> list[Score]:
    target = scored.target
    wanted = find_metric(scorer.wanted).name if scorer.wanted else ""
    metrics = shown_metrics(target.kind, [one.kind for one in scorer.inputs], wanted)
    parts = [(scorer.method, scored.y)]
    if seen is not None and seen.any():
        parts.append((unseen_name(scorer.inputs), np.where(seen, np.nan, scored.y)))
    return [
        score
        for name, y in parts
        for score in score_target(
            target.name,
            name,
            target.kind,
            y,
            scored.p,
            target.threshold,
            scorer.seed,
            model_unit(target),
            series,
            metrics,
        )
    ]
