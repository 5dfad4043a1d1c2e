"""Labels beside predictions: both from the columns of a table, or the predictions from a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path

import numpy as np
from rdkit import Chem

from molkit.chem.identity import leak_keys
from molkit.data.columns import find_column
from molkit.data.quantities import class_name
from molkit.data.table import Table
from molkit.errors import InputError
from molkit.features.inputs import KINDS, Input, alike_places, called, noun_of
from molkit.pipeline.beside import read_beside
from molkit.pipeline.cells import Rows
from molkit.pipeline.measured import (
    Measured,
    Predicted,
    prediction_columns,
    read_measured,
    read_predicted,
    with_class_names,
)
from molkit.pipeline.opened import Model
from molkit.pipeline.phrases import a
from molkit.pipeline.progress import Progress
from molkit.pipeline.scoring import Scoring, check_level
from molkit.pipeline.stream import score_values
from molkit.pipeline.trusted import Beside
from molkit.types import Identity, Problem, Target


def unseen_name(inputs: Sequence[Input]) -> str:
    """What the rows are called that a model was not trained on."""
    return f"unseen {noun_of(inputs)}s"


@dataclass(frozen=True)
class EvaluateOptions:
    """What an evaluation was told; None means by looking, or as the model has it."""

    targets: tuple[str, ...] = ()
    prediction: str | None = None
    threshold: float | None = None
    task: str | None = None
    unit: str | None = None
    log: bool | None = None
    group: str | None = None
    smiles_column: str | None = None
    inputs: tuple[str, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)
    level: int | None = None
    seed: int = 0
    workers: int = 0

    def scoring(self, model: Model) -> Scoring:
        """What is wanted of a model."""
        level = 90 if self.level is None else check_level(self.level)
        return Scoring((model,), ("pred", "interval", "domain", "nearest", "status"), level=level)


@dataclass(frozen=True)
class Scored:
    """One target as it is scored: labels [n] and predictions [n] or [n, C] of every row of the table.

    `beside` is what is told beside the predictions; `reasons` says, by 1-based row, why there is no prediction.
    """

    target: Target
    y: np.ndarray
    p: np.ndarray
    beside: Beside
    reasons: dict[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def told(table: Table, options: EvaluateOptions) -> list[str]:
    """The columns of measured values that were named; raises InputError for one that is not there."""
    names = [find_column(table.names, name, "--target") for name in options.targets]
    if len(set(names)) < len(names):
        raise InputError(f"--target: {', '.join(names)}: a column is named twice")
    return names


def from_table(path: Path, table: Table, name: str, options: EvaluateOptions) -> Scored:
    """A target whose predictions stand in the table too."""
    columns = prediction_columns(path, table, name, options.prediction, options.task)
    several = "" not in columns
    task = "multiclass" if several else options.task
    measured = read_measured(path, table, name, task, options.unit)
    predicted = read_predicted(path, table, columns, measured)
    if several:
        measured = with_class_names(measured, columns, path, name)
    classes = measured.classes or None
    log = bool(options.log) and measured.kind == "regression"
    threshold = 0.5 if options.threshold is None else options.threshold
    target = Target(name, measured.kind, measured.unit, log, classes, threshold)
    notes = measured.notes
    if measured.kind == "binary" and options.threshold is None:
        notes = (*notes, f"{name}: a prediction of 0.5 or more is called {measured.classes[1]!r}; see --threshold.")
    stem = (options.prediction or f"{name}_pred").removesuffix("_pred")
    return _scaled(target, measured.values, predicted, read_beside(table.columns, stem, target, len(table)), notes)


def _scaled(target: Target, y: np.ndarray, predicted: Predicted, beside: Beside, notes: tuple[str, ...]) -> Scored:
    """Labels and predictions on the scale on which they are scored."""
    if not target.log:
        return Scored(target, y, predicted.values, beside, predicted.reasons, notes)
    bad = np.flatnonzero(y <= 0)
    if len(bad):
        raise InputError(
            f"row {bad[0] + 1}, column {target.name!r}: a logarithm needs values above 0, got {y[bad[0]]:g}; "
            "use --no-log"
        )
    positive = predicted.values > 0
    below = np.flatnonzero(np.isfinite(predicted.values) & ~positive).tolist()
    reasons = predicted.reasons | {row + 1: "the prediction is not above 0, so it has no logarithm" for row in below}
    p = np.log10(predicted.values, out=np.full(len(positive), np.nan), where=positive)
    return Scored(target, np.log10(y), p, beside, reasons, notes)


def model_targets(path: Path, table: Table, targets: Sequence[Target], options: EvaluateOptions) -> dict[str, Target]:
    """The model's target for each column of measured values."""
    by_name = {target.name: target for target in targets}
    if not options.targets:
        found = {name: target for name, target in by_name.items() if name in table.names}
        if found:
            return found
        raise InputError(
            f"{path}: has no column called {' or '.join(map(repr, by_name))}, which the model predicts; name the "
            "column of measured values with --target"
        )
    columns = told(table, options)
    if len(targets) == 1 and len(columns) == 1:
        return {columns[0]: targets[0]}
    unknown = [column for column in columns if column not in by_name]
    if unknown:
        raise InputError(f"--target {unknown[0]!r}: the model predicts {', '.join(map(repr, by_name))}")
    return {column: by_name[column] for column in columns}


def predict(
    model: Model, rows: Rows, table: Table, options: EvaluateOptions, progress: Progress
) -> dict[str, list[object]]:  # fmt: skip
    """Predictions of every row and what is told beside them, by column."""
    scoring = options.scoring(model)
    with scoring.pool(options.workers, len(table)) as pool:
        return score_values(pool, rows.chunk(table).texts, scoring.names, table.faults, progress)


def from_model(
    column: str, target: Target, measured: Measured, predicted: dict[str, list[object]], options: EvaluateOptions
) -> Scored:
    """A target of a model, measured in a column, with what `predict` found."""
    names = [class_name(target.name, one) for one in target.classes or ()] if target.kind == "multiclass" else []
    columns = [predicted[f"{name}_pred"] for name in names or [target.name]]
    numbers = [[np.nan if value is None else value for value in column] for column in columns]
    values = np.array(numbers, float).T if names else np.array(numbers[0], float)
    said = zip(predicted["status"], predicted["reason"], strict=True)
    reasons = {row: f"{status}: {reason}" for row, (status, reason) in enumerate(said, 1) if status != "ok"}
    log = target.log if options.log is None else options.log and target.kind == "regression"
    threshold = target.threshold if options.threshold is None else options.threshold
    shown = replace(target, name=column, log=log, threshold=threshold)
    beside = read_beside(predicted, target.name, shown, len(values))
    return _scaled(shown, measured.values, Predicted(values, reasons), beside, measured.notes)


def seen_rows(model: Model, rows: Sequence[Sequence[Identity]]) -> tuple[np.ndarray | None, list[str]]:
    """Which rows, by what each of their inputs is, the model was trained on, if its file says so.

    The same compound is one that no split would part: another isomer, isotope or tautomer counts as seen.
    """
    if "training.json" not in model.bundle.entries:
        note = (
            f"The model file holds no training {called(model.inputs)}s, so molkit cannot tell which rows it has seen."
        )
        return None, [note]
    texts = model.bundle.json("training.json")
    things = [texts["smiles"]] if "smiles" in texts else [texts["things"][one.name] for one in model.inputs]
    known = [_numbers(one, own) for one, own in zip(model.inputs, things, strict=True)]
    index = (
        np.arange(len(things[0]))[:, None]
        if "smiles" in texts
        else model.bundle.arrays("training.safetensors")["index"]
    )
    trained = set(map(tuple, index.tolist()))
    if swaps := list(alike_places(model.inputs)):
        swapped = index.copy()
        swapped[:, swaps] = index[:, swaps[::-1]]
        trained |= set(map(tuple, swapped.tolist()))
    noun = noun_of(model.inputs)
    seen = np.array([_any(trained, [_found(own, identity) for own, identity in zip(known, row, strict=False)])
                     for row in rows], bool)  # fmt: skip
    if not seen.any():
        return seen, [f"No row holds {a(noun)} that the model was trained on."]
    found = f"1 row holds {a(noun)}" if seen.sum() == 1 else f"{int(seen.sum())} rows hold {noun}s"
    scores = f"{unseen_name(model.inputs)!r} are the scores without, the honest ones"
    return seen, [f"Caution: {found} that the model was trained on; {scores}."]


Numbers = dict[tuple[int, str], list[int]]  # of the things with a leak key, by its place and text


def _numbers(one: Input, texts: Sequence[str]) -> Numbers:
    """The things of an input of a model file by their leak keys, those that could be computed."""
    found: Numbers = {}
    for number, text in enumerate(texts):
        for place, key in enumerate(_leak_keys(one, text)):
            if key:
                found.setdefault((place, key), []).append(number)
    return found


def _leak_keys(one: Input, text: str) -> Sequence[str]:
    if one.kind == "smiles":
        mol = Chem.MolFromSmiles(text)
        return () if mol is None else leak_keys(mol)
    kind = KINDS[one.kind]
    assert kind.reader is not None
    assert kind.identify is not None
    item = kind.reader(**one.options)(text)
    return () if isinstance(item, Problem) else kind.identify(item).leak_keys


def _found(known: Numbers, identity: Identity) -> set[int]:
    return {number for place, key in enumerate(identity.leak_keys) if key for number in known.get((place, key), ())}


def _any(trained: set[tuple[int, ...]], things: Sequence[set[int]]) -> bool:
    return bool(things) and any(row in trained for row in product(*things))
