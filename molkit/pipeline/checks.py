"""What a training run is refused for or warned of, before it costs time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from molkit.config import RunConfig
from molkit.data.labels import Labels
from molkit.data.split import ORDERED, check_method
from molkit.data.table import Table
from molkit.errors import InputError, name_hint
from molkit.evaluation.metrics import METRICS, find_metric
from molkit.evaluation.thresholds import read_rule
from molkit.features.inputs import Input, called, kinds_of, molecules, of_molecules, read_inputs
from molkit.imbalance import FOR_NETWORKS, METHODS
from molkit.learners import new_learner
from molkit.learners.combiners import COMBINERS
from molkit.pipeline.cold import check_cold, is_cold
from molkit.pipeline.dataset import Dataset
from molkit.pipeline.plan import AUTO, WITHOUT_TORCH, augmentations, candidates, check_learners
from molkit.pipeline.samples import CellsOf, Samples
from molkit.pipeline.unreadable import common_problem, mostly_unreadable, names_hint
from molkit.types import Split

_FEWEST_COMPOUNDS = 20
_LARGEST_VALUE = 1e15  # squares of larger ones do not fit in single precision
_FEWEST_TRAINING_VALUES = 10
_LEAST = {
    "epochs": 1,
    "seed": 0,
    "folds": 0,
    "repeats": 1,
    "fold_models": 2,
    "ensemble_size": 2,
    "fingerprint_radius": 0,
    "fingerprint_size": 8,
    "max_isomers": 1,
    "workers": 0,
}


def check_fractions(fractions: Sequence[Any]) -> None:
    """Raise InputError unless these are three shares, the first above 0."""
    numbers = all(isinstance(share, int | float) and 0 <= share < float("inf") for share in fractions)
    if not numbers or len(fractions) != 3 or not fractions[0] > 0:
        shown = ", ".join(map(str, fractions))
        raise InputError(f"fractions: expected three shares such as 0.8, 0.1, 0.1, got {shown}")


def told_inputs(config: RunConfig) -> tuple[Input, ...]:
    """The inputs that a configuration names, by default one of molecules."""
    return molecules("") if config.inputs is None else read_inputs(config.inputs)


def check_config(config: RunConfig) -> None:
    """Raise InputError for an option that no run could have."""
    check_cold(config.split, told_inputs(config), config.group)
    if config.split_column is None and config.split_file is None and not is_cold(config.split):
        check_method(config.split, group=config.group is not None, time=config.time is not None, target=True)
    inputs = kinds_of(told_inputs(config))
    check_learners(config.learners)
    augmentations(config.augment, candidates(config.learners, list(inputs.values())), inputs)
    for name, options in config.options.items():
        new_learner(name, ("regression",), changes=options, inputs=inputs)
        if name in WITHOUT_TORCH and options.get("imbalance") in FOR_NETWORKS:
            raise InputError(f"options: {name}: {options['imbalance']} is for networks; try class-weights")
    if config.metric is not None:
        find_metric(config.metric)
    if config.imbalance not in (AUTO, *METHODS):
        known = (AUTO, *METHODS)
        raise InputError(f"--imbalance: there is no method {config.imbalance!r}{name_hint(config.imbalance, known)}")
    read_rule(config.threshold)
    if config.budget is not None and not 0 < config.budget < float("inf"):
        raise InputError(f"--budget: expected core-minutes above 0, got {config.budget}")
    if config.max_spread is not None and not 0 < config.max_spread < float("inf"):
        raise InputError(f"--max-spread: expected a range of values above 0, got {config.max_spread}")
    if config.folds == 1:
        raise InputError("--folds should be 0 (none) or at least 2, got 1")
    given = [name for name in ("split_column", "split_file") if getattr(config, name) is not None]
    if given and (config.folds or config.repeats > 1):
        raise InputError(f"--{given[0].replace('_', '-')} is one fixed split; leave --folds and --repeats out")
    if config.repeats > 1 and config.split == "none" and not config.folds:
        raise InputError("--repeats with --split none: there is no test part to draw again; add --folds 5")
    if config.repeats > 1 and config.split in ORDERED and not config.folds:
        raise InputError(f"--repeats: a split by {config.split} has one answer; leave --repeats out, or add --folds")
    for key, least in _LEAST.items():
        if getattr(config, key) is not None and getattr(config, key) < least:
            raise InputError(f"{key} should be at least {least}, got {getattr(config, key)}")
    _check_ensemble(config)
    if not 0 < config.seconds_per_molecule < float("inf"):
        raise InputError(f"seconds_per_molecule should be above 0, got {config.seconds_per_molecule}")
    check_fractions(config.fractions)


def _check_ensemble(config: RunConfig) -> None:
    """Raise InputError for an unknown way to combine, or folds of which each could have no model."""
    if config.combine not in COMBINERS:
        raise InputError(f"--combine: there is no {config.combine!r}{name_hint(config.combine, COMBINERS)}")
    given, size = config.fold_models, config.ensemble_size
    if size is not None and size < given and given != RunConfig().fold_models:
        raise InputError(f"--ensemble-size {size} is fewer than a model for each of --fold-models {given}; give one")


def check_dataset(dataset: Dataset, table: Table) -> None:
    """Raise InputError if too few rows can be used."""
    if len(dataset) < _FEWEST_COMPOUNDS:
        reasons = [problem.sentence(row, table.file(row)) for row, problem in list(dataset.rejected.items())[:3]]
        raise InputError(
            f"only {len(dataset)} of {len(table)} rows are a readable {called(dataset.inputs)} with a measured value;"
            f" at least {_FEWEST_COMPOUNDS} are needed. {' '.join(reasons)}".rstrip()
        )


def check_readable(inputs: Sequence[Input], cells: CellsOf, samples: Samples, table: Table) -> None:
    """Raise InputError if most rows cannot be read; tables of molecules alone may have such."""
    problems = samples.problems
    if of_molecules(inputs) or not mostly_unreadable(problems, len(table)):
        return
    place = common_problem(problems)
    problem, row = problems[place], place + table.first_row
    others = " To train on the other rows, leave these out of the table." if len(samples.rows) else ""
    raise InputError(
        f"{len(problems):,} of {len(table):,} rows cannot be read, most often as: "
        f"{problem.sentence(row, table.file(row))}{names_hint(inputs, cells, problem)}{others}"
    )


def check_metric(metric: str | None, kinds: Sequence[str]) -> None:
    """Raise InputError if no target's kind has this score."""
    if metric is None:
        return
    name = find_metric(metric).name
    known = {own.name for kind in kinds for own in METRICS[kind]}
    if name not in known:
        raise InputError(f"--metric {metric}: no score of {' or '.join(sorted(set(kinds)))} targets; these have "
                         f"{', '.join(sorted(known))}")  # fmt: skip


def check_training(exact: np.ndarray, weights: np.ndarray, labels: Labels, split: Split) -> None:
    """Raise InputError if the training part cannot teach a target; `exact` [n, K] is NaN where not measured."""
    if np.nanmax(np.abs(exact), initial=0.0) > _LARGEST_VALUE:
        raise InputError(f"a value is beyond {_LARGEST_VALUE:g}; correct it, or try --log")
    exact, weights = exact[list(split.train)], weights[list(split.train)]
    for k, name in enumerate(labels.targets):
        values = exact[~np.isnan(exact[:, k]), k]
        if len(values) and not weights[~np.isnan(exact[:, k])].sum() > 0:
            raise InputError(f"--weight: all rows of the training part with a measured {name} have weight 0")
        if len(values) < _FEWEST_TRAINING_VALUES:
            raise InputError(
                f"{name}: the training part has {len(values)} measured values (not counting > and <), at least"
                f" {_FEWEST_TRAINING_VALUES} are needed; try --split random, or leave this target out"
            )
        may_lack = bool(labels.parents[k]) and not values.any()  # a rare class of several
        if labels.kinds[k] == "binary" and len(np.unique(values)) < 2 and not may_lack:
            raise InputError(f"{name}: the training part holds one class only; try another --seed or --split random")


def crossings(dataset: Dataset, split: Split, split_file: str | None = None) -> list[str]:
    """What a note says of leak groups and the user's groups that stand on both sides; only a given split can do it."""
    notes, given = [], dataset.parts is not None or split_file is not None
    what = "given split" if given else f"{split.method} split"
    own = "parent structure or tautomer" if dataset.noun == "compound" else dataset.noun
    for name, groups in ((own, dataset.leak), ("group", dataset.groups)):
        if groups is None:
            continue
        seen = {groups[row] for row in (*split.train, *split.valid)}
        shared = sum(groups[row] in seen for row in split.test)
        if shared:
            notes.append(
                f"Caution: the {what} puts {shared} test {dataset.noun}s beside training {dataset.noun}s"
                f" of the same {name}; scores may be too good."
            )
    return notes
