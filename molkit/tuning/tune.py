"""From a labelled table to a model whose learners have the options that a search found best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from molkit.config import RunConfig
from molkit.data.batching import take
from molkit.data.folds import Fold
from molkit.data.split import hash_rows
from molkit.data.table import Table, read_table
from molkit.data.write import check_free
from molkit.errors import InputError
from molkit.features.inputs import Input
from molkit.learners import space_of
from molkit.learners.space import Space
from molkit.pipeline.balancing import choose_methods
from molkit.pipeline.cells import learned_rows, open_rows
from molkit.pipeline.checks import check_config
from molkit.pipeline.comparing import Comparison, comparison, primary
from molkit.pipeline.dataset import exact_values
from molkit.pipeline.fitting import folds_by_learner
from molkit.pipeline.material import prepare
from molkit.pipeline.models import Work, planned
from molkit.pipeline.plan import WITHOUT_TORCH
from molkit.pipeline.policies import feature_options
from molkit.pipeline.progress import Progress, quiet
from molkit.pipeline.samples import CellsOf
from molkit.pipeline.train import TrainResult, train_table
from molkit.pipeline.trial import Material, Unseen, development_rows, fit_on, objective, predict_unseen
from molkit.tuning.budget import parse_budget
from molkit.tuning.found import Found, summed_up
from molkit.tuning.goal import Goal, choose_goal
from molkit.tuning.search import Limits, search_options
from molkit.tuning.study import Trial, study_path
from molkit.tuning.trials import Search
from molkit.types import Measurements, Split

_FIRST, _SECOND = "the tuned options", "the default ones"


@dataclass(frozen=True)
class TuneResult:
    """The model that a search ended in, what it found for each learner, and its trials.

    `seconds` is how long all calls searched together; `differences` are outer scores, tuned less default, on the
    test part, which the search never saw.
    """

    trained: TrainResult
    found: tuple[Found, ...]
    trials: tuple[Trial, ...]
    goal: Goal
    seconds: float
    differences: tuple[Comparison, ...]
    study: Path


def limits_of(budget: str | float | None, trials: int | None) -> Limits:
    """The end of a search as a user gives it; raises InputError for none, or one that cannot be."""
    if budget is None and trials is None:
        raise InputError("tune needs an end: --budget 20m, --trials 50, or both")
    if trials is not None and trials < 1:
        raise InputError(f"--trials should be at least 1, got {trials}")
    return Limits(trials, None if budget is None else parse_budget(budget))


def tune_bundle(
    table_path: Path | str,
    out: Path | str,
    config: RunConfig,
    limits: Limits,
    overwrite: bool = False,
    progress: Progress = quiet,
) -> TuneResult:
    """Search, train, score and write a model from a table file; raises MolkitError with what to do."""
    source, config = open_rows(table_path, config)
    table = read_table(source)
    rows = learned_rows(table, source.smiles or "", source.path.parent, config)
    files = [source.path, *rows.files]
    return tune_table(table, rows.inputs, rows.cells(table), out, config, limits, overwrite, progress,
                      [*source.notes, *rows.notes], files)  # fmt: skip


def tune_table(
    table: Table,
    inputs: tuple[Input, ...],
    cells: CellsOf,
    out: Path | str,
    config: RunConfig,
    limits: Limits,
    overwrite: bool,
    progress: Progress,
    notes: list[str],
    files: Sequence[Path] = (),
) -> TuneResult:
    """The same from a table in memory, `cells` being what each input reads of its rows."""
    check_config(config)
    _check(config)
    check_free(Path(out), overwrite, files)
    material, labels, split, logs = prepare(table, inputs, cells, config, progress, notes)
    material = _with_imbalance_methods(material, split, progress, notes)
    search = new_search(material, split, study_path(Path(out)))
    trials, seconds = search_options(search, identity_of(material, split, search), limits, config.workers, progress)
    found = summed_up(trials, search)
    notes += [each.sentence for each in found]
    better = any(each.options for each in found)
    if better:
        notes.append("Scores out of fold chose these options and are a little too good for it.")
    tuned = replace(config, options=_with(config.options, found))
    plan = replace(material.plan, options=_with(material.plan.options, found))
    differences: list[Comparison] = []
    usual = _default_scores(material, split, progress) if better and split.test else None

    def outer(unseen: Unseen) -> list[str]:
        if usual is not None:
            differences.extend(_differences(material, labels.targets, search.goal, unseen, usual))
        return [each.sentence for each in differences] or [_no_difference(better, bool(split.test))]

    ready = (replace(material, config=tuned, plan=plan), labels, split, logs)
    trained = train_table(table, inputs, cells, out, tuned, overwrite, progress, notes, files, ready, outer)
    return TuneResult(trained, found, trials, search.goal, seconds, tuple(differences), search.path)


def _with(options: dict[str, dict[str, Any]], found: Sequence[Found]) -> dict[str, dict[str, Any]]:
    """Options of learners by name with those that were found better."""
    better = {each.learner: {**options.get(each.learner, {}), **each.options} for each in found if each.options}
    return {**options, **better}


def _check(config: RunConfig) -> None:
    """Raise InputError where the outer score would be of rows that the search has seen."""
    if config.pretrained is not None:
        raise InputError("tune does not know --from (pretrained); search without it, or train with it")
    if config.folds or config.repeats > 1:
        raise InputError("tune scores on one test part that the search never sees; leave folds and repeats out")


def _with_imbalance_methods(material: Material, split: Split, progress: Progress, notes: list[str]) -> Material:
    """With the methods that `auto` takes for learners with their default options; the search keeps to these."""
    rows, config, measured = development_rows(split), material.config, material.dataset.measurements
    folds = folds_by_learner(
        material.plan, lambda count: material.folds(rows, count, config.seed), measured, material.kinds
    )
    work = Work(
        material.dataset.columns,
        measured,
        material.kinds,
        rows,
        objective(config),
        config.seed,
        config.workers,
        progress,
        material.dataset.kinds,
    )
    choice = choose_methods(work, material.plan, folds)
    notes += [tried.sentence(material.dataset.noun) for tried in choice.tried]
    return replace(material, plan=choice.plan)


def new_search(material: Material, split: Split, path: Path) -> Search:
    """What trials need of a run: its development rows alone, renumbered from 0."""
    rows, config, plan = development_rows(split), material.config, material.plan
    measured = material.dataset.measurements
    labels = Measurements(measured.values[rows], measured.relations[rows], measured.weights[rows], measured.exclusive)
    folds = folds_by_learner(plan, lambda count: material.folds(rows, count, config.seed), measured, material.kinds)
    if not all(folds.values()):
        raise InputError("tune: all compounds are one group that no fold may part; try --split random")
    spaces = {name: space for name in plan.folds if (space := _searched(name, config))}
    if not spaces:
        raise InputError("tune: every option that could be searched is given; leave some out")
    wanted = objective(config)
    return Search(
        path=path,
        columns=take(material.dataset.columns, rows),
        labels=labels,
        kinds=material.kinds,
        plan=plan,
        objective=wanted,
        folds={name: [_renumbered(fold, rows) for fold in folds[name]] for name in spaces},
        spaces=spaces,
        defaults={
            name: _values(planned(plan, name, material.kinds, wanted, material.dataset.kinds), spaces[name])
            for name in spaces
        },
        goal=choose_goal(config, material.kinds, exact_values(labels)),
        seed=config.seed,
        inputs=material.dataset.kinds,
    )


def _renumbered(fold: Fold, rows: np.ndarray) -> Fold:
    return Fold(np.searchsorted(rows, fold.held_out), np.searchsorted(rows, fold.train))


def _searched(name: str, config: RunConfig) -> Space:
    """The options of a learner that are searched: an option that the run was told stays as it is."""
    told = set(config.options.get(name, {}))
    if name not in WITHOUT_TORCH:
        told |= {size for size in ("epochs", "width", "depth") if getattr(config, size) is not None}
    return {option: among for option, among in space_of(name).items() if option not in told}


def _values(learner: Any, space: Space) -> dict[str, Any]:
    """The values that an unfitted learner has of the options in a space; a network's schedule is among them."""
    options = learner.options
    return {name: getattr(options if hasattr(options, name) else options.fit, name) for name in space}


def identity_of(material: Material, split: Split, search: Search) -> dict[str, Any]:
    """What decides the trials of a search, by names to tell a user what differs."""
    rows, labels, config = development_rows(split), search.labels, material.config
    keys = material.dataset.keys
    names = [keys[row] for row in rows]
    measured = zip(names, labels.values.tolist(), labels.relations.tolist(), labels.weights.tolist(), strict=True)
    plan = search.plan
    return {
        "compounds or values": hash_rows(list(measured)),
        "features": feature_options(config),
        "split": hash_rows(
            [rows.tolist(), *([fold.held_out.tolist() for fold in own] for own in search.folds.values())]
        ),
        "metric": [search.goal.metrics, search.goal.scales, search.goal.rule.text, search.objective],
        "learners": {name: len(search.folds[name]) for name in sorted(search.spaces)},
        "sizes of networks": [plan.epochs, plan.width, plan.depth],
        "augmentation": list(plan.augment),
        "options": {name: plan.options.get(name, {}) for name in search.spaces},
        "options to search": {name: repr(dict(space)) for name, space in search.spaces.items()},
        "seed": config.seed,
    }


def _default_scores(material: Material, split: Split, progress: Progress) -> Unseen:
    """What the run says of its test part without the search."""
    train, test = development_rows(split), np.array(split.test, np.int64)
    return predict_unseen(material, fit_on(material, train, material.config.seed, progress), train, test)


def _differences(
    material: Material, targets: Sequence[str], goal: Goal, tuned: Unseen, usual: Unseen
) -> list[Comparison]:
    """The outer score of each target, and that which the run reports first, tuned less default."""
    truth, found = exact_values(material.dataset.measurements)[tuned.rows], []
    for k, target in enumerate(targets):
        first = primary(material.kinds[k], material.config)
        metrics = {metric.name: metric for metric in (goal.metric(k), first) if metric is not None}
        for metric in metrics.values():
            said = [side.methods["molkit"][:, k] for side in (tuned, usual)]
            if metric.needs_threshold:  # each has its own
                said = [(p >= side.cuts[:, k]).astype(float) for p, side in zip(said, (tuned, usual), strict=True)]
            seed = material.config.seed
            found.append(comparison(target, metric, truth[:, k], said, (_FIRST, _SECOND), seed, "on the test part"))
    return [each for each in found if each is not None]


def _no_difference(better: bool, tested: bool) -> str:
    if not better:
        return "The search found nothing better than the default options, so that the model has these."
    if tested:
        return "The test part is too small for an interval of the difference that the search made."
    return "Without a test part there is no outer score: all scores are of rows that the search chose by."
