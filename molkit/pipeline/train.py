"""From a labelled table to a scored model file."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from molkit.bundle import array_bytes, to_json, write_bundle
from molkit.config import RunConfig, config_to_dict
from molkit.data.batching import dense
from molkit.data.labels import Labels, read_labels
from molkit.data.split import column_split, hash_rows, split_rows
from molkit.data.table import Table, read_table, remark_lines
from molkit.data.tables import open_table
from molkit.data.write import atomic_path
from molkit.errors import InputError
from molkit.evaluation.scores import Score, score_target
from molkit.features import packed_bits
from molkit.learners import new_learner
from molkit.learners.protocol import Learner, stream_seed
from molkit.pipeline.card import write_card
from molkit.pipeline.checks import check_config, check_dataset, check_training
from molkit.pipeline.dataset import Dataset, build_dataset, exact_values, feature_options, pack_table, policy_of
from molkit.pipeline.fitting import Fitted, fit_learners
from molkit.pipeline.progress import Progress, quiet
from molkit.types import Split, Target


@dataclass(frozen=True)
class TrainResult:
    """What a training run has to say; `test` holds labels and predictions [n, K] of the test part."""

    path: Path
    sha256: str
    targets: tuple[Target, ...]
    scores: tuple[Score, ...]
    notes: tuple[str, ...]
    rejected: dict[int, str]
    split: Split
    test: tuple[np.ndarray, np.ndarray]
    card: str


def train_bundle(
    table_path: Path | str,
    out: Path | str,
    config: RunConfig = RunConfig(),
    overwrite: bool = False,
    progress: Progress = quiet,
) -> TrainResult:
    """Train, score and write a model from a table file; raises MolkitError with what to do."""
    source = open_table(table_path, smiles_column=config.smiles_column)
    table = read_table(source)
    notes = list(source.notes)
    assert source.smiles is not None
    return train_table(table, source.smiles, out, config, overwrite, progress, notes, [source.path])


def train_table(
    table: Table,
    structure: str,
    out: Path | str,
    config: RunConfig,
    overwrite: bool,
    progress: Progress,
    notes: list[str],
    inputs: Sequence[Path] = (),
) -> TrainResult:
    """The same from a table in memory whose column `structure` holds the structures."""
    check_config(config)
    labels = _labels(table, config)
    notes += [*labels.notes, *remark_lines(table)]
    with atomic_path(out, overwrite, inputs) as unfinished:
        learners = [new_learner(kind, labels.kinds, _options(kind, config)) for kind in config.learners]
        keys = sorted({key for learner in learners for key in learner.needs} | {"drug/fingerprint"})
        workers = config.workers or os.cpu_count() or 1
        packed = pack_table(table.columns[structure], labels.faults, keys, config, workers, progress)
        dataset = build_dataset(table, structure, labels, packed)
        notes += dataset.remarks
        check_dataset(dataset, table)
        split = make_split(dataset, config)
        notes += _crossings(dataset, split)
        measurements = dataset.measurements
        check_training(exact_values(measurements), measurements.weights, labels, split)
        fitted = fit_learners(dataset, labels, split, learners, config, progress)
        content, card, entries, result = _describe(dataset, labels, split, learners, config, fitted, notes)
        sha256 = write_bundle(unfinished, content, card, entries)
    return replace(result, path=Path(out), sha256=sha256)


def _labels(table: Table, config: RunConfig) -> Labels:
    labels = read_labels(
        table,
        config.targets,
        task=config.task,
        unit=config.unit,
        relation=config.relation,
        weight=config.weight,
        group=config.group,
        id=config.id,
        split_column=config.split_column,
    )
    if not config.log:
        return labels
    if "regression" not in labels.kinds:
        raise InputError("--log: no target is a number; leave --log out, or say --task regression")
    values = labels.values.copy()
    for k, kind in enumerate(labels.kinds):
        if kind != "regression":
            continue
        bad = np.flatnonzero(values[:, k] <= 0)
        if len(bad):
            raise InputError(
                f"--log: row {bad[0] + table.first_row}, column {labels.targets[k]}: a logarithm needs values"
                f" above 0, got {values[bad[0], k]:g}; leave --log out or remove such rows"
            )
        values[:, k] = np.log10(values[:, k])
    note = "Values are modelled as log10 and written back as measured."
    return replace(labels, values=values, notes=(*labels.notes, note))


def _options(kind: str, config: RunConfig) -> Any:
    if kind != "dmpnn":
        return None
    from molkit.learners.neural import NeuralOptions
    from molkit.training.fit import FitOptions

    return NeuralOptions(fit=FitOptions(epochs=config.epochs))


def make_split(dataset: Dataset, config: RunConfig) -> Split:
    """The split a configuration asks for; leak groups never cross it."""
    values = dataset.measurements.values.tolist()
    data = [(key, *row) for key, row in zip(dataset.inchikeys, values, strict=True)]
    if dataset.parts is not None:
        return column_split(dataset.parts, config.seed, hash_rows(data))
    return split_rows(
        dataset.leak, dataset.scaffolds, dataset.groups, config.split, config.fractions, config.seed, data
    )


def _crossings(dataset: Dataset, split: Split) -> list[str]:
    """What a note says of leak groups and the user's groups that stand on both sides; only a split column can do it."""
    notes = []
    for name, groups in (("parent structure or tautomer", dataset.leak), ("group", dataset.groups)):
        if groups is None:
            continue
        seen = {groups[row] for row in split.train}
        shared = sum(groups[row] in seen for row in (*split.valid, *split.test))
        if shared:
            notes.append(
                f"Caution: the split column puts {shared} validation or test compounds beside training compounds"
                f" of the same {name}; scores may be too good."
            )
    return notes


def _describe(
    dataset: Dataset,
    labels: Labels,
    split: Split,
    learners: list[Learner],
    config: RunConfig,
    fitted: Fitted,
    notes: list[str],
) -> tuple[dict[str, Any], str, dict[str, bytes], TrainResult]:
    """Everything that goes into the model file, and what is told about it."""
    targets = tuple(
        Target(
            name, kind, labels.units[k], config.log and kind == "regression", labels.classes[k], fitted.thresholds[k]
        )
        for k, (name, kind) in enumerate(zip(labels.targets, labels.kinds, strict=True))
    )
    test = np.array(split.test, np.int64)
    truth = exact_values(dataset.measurements)[test]
    scores = tuple(
        score
        for method, predictions in fitted.test.items()
        for k, target in enumerate(targets)
        for score in score_target(
            target.name, method, target.kind, truth[:, k], predictions[:, k],
            target.threshold if method not in ("training mean", "nearest compound") else 0.5,
            stream_seed(config.seed, "bootstrap"), model_unit(target),
        )
    )  # fmt: skip
    content = {
        "config": config_to_dict(replace(config, workers=0)),
        "policy": asdict(policy_of(config)),
        "featurizers": feature_options(config),
        "inputs": {"drug": "smiles"},
        "targets": [asdict(target) for target in targets],
        "members": [learner.kind for learner in learners],
        "weights": fitted.weights.tolist(),
        "half_widths": fitted.half_widths,
        "domain": asdict(fitted.domain),
        "split": asdict(split),
        "scores": [asdict(score) for score in scores],
        "notes": notes,
        "compounds": len(dataset),
        "named": config.with_structures and dataset.ids is not None,
        "versions": versions(),
    }
    card = write_card(content)
    result = TrainResult(
        path=Path(),
        sha256="",
        targets=targets,
        scores=scores,
        notes=tuple(notes),
        rejected={row: problem.sentence(row) for row, problem in sorted(dataset.rejected.items())},
        split=split,
        test=(truth, fitted.test.get("molkit", np.empty((0, len(targets))))),
        card=card,
    )
    return content, card, _entries(dataset, split, learners, config, labels.kinds), result


def model_unit(target: Target) -> str:
    """The scale that scores of a target are on: its unit, or the logarithm of it."""
    return f"log10 {target.unit or 'of the values'}" if target.log else target.unit


def _entries(
    dataset: Dataset, split: Split, learners: list[Learner], config: RunConfig, kinds: Sequence[str]
) -> dict[str, bytes]:
    entries = {}
    for place, learner in enumerate(learners):
        state = learner.state()
        entries[f"learners/{place}/config.json"] = to_json(state.config)
        entries[f"learners/{place}/arrays.safetensors"] = array_bytes(state.arrays)
    if config.with_structures:
        seen = np.array(sorted(split.train + split.valid), np.int64)
        values = exact_values(dataset.measurements)[seen]
        logs = [config.log and kind == "regression" for kind in kinds]
        values[:, logs] = [[float(f"{cell:.12g}") for cell in row] for row in 10.0 ** values[:, logs]]
        bits = packed_bits(dense(dataset.columns["drug/fingerprint"])[seen])
        entries["training.safetensors"] = array_bytes({"bits": bits, "values": values})
        training: dict[str, Any] = {"smiles": [dataset.smiles[i] for i in seen]}
        if dataset.ids is not None:
            training["ids"] = [dataset.ids[i] for i in seen]
        entries["training.json"] = to_json(training)
    return entries


def versions() -> dict[str, str]:
    """Versions that can change a number."""
    names = ("molkit", "rdkit", "numpy", "torch", "lightgbm", "scikit-learn")
    return {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in names}}
