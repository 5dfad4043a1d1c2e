"""Everything before the first fit of a run: compounds, split, scale and plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from molkit.config import RunConfig
from molkit.data.batching import dense
from molkit.data.columns import find_column
from molkit.data.images import ImageReader
from molkit.data.labels import Labels, read_labels, told_kinds
from molkit.data.split import Rows, column_split, hash_rows, split_rows
from molkit.data.split_file import read_split
from molkit.data.table import Table, remark_lines
from molkit.data.times import parse_times
from molkit.features import packed_bits
from molkit.features.inputs import KINDS, Input, alike, kinds_of, of_molecules, sketch_key
from molkit.learners import new_learner
from molkit.learners.pretrained import with_latents
from molkit.neighbours import sketches_of
from molkit.pipeline.balancing import tries, with_imbalance
from molkit.pipeline.checks import check_dataset, check_metric, check_readable, check_training, crossings
from molkit.pipeline.cold import check_cold, cold_methods, cold_split, is_cold
from molkit.pipeline.dataset import Dataset, build_dataset, exact_values, whole_groups
from molkit.pipeline.opponents import extra_features, opponent_notes
from molkit.pipeline.plan import Plan, augmentation_notes, augmentations, candidates, choose_plan, size_notes
from molkit.pipeline.pretrained import Source, open_source
from molkit.pipeline.progress import Progress
from molkit.pipeline.samples import CellsOf, Samples, read_samples
from molkit.pipeline.scale import check_log, model_scale
from molkit.pipeline.settling import carried, readable_twice, seen_settings, settled
from molkit.pipeline.split import with_clusters
from molkit.pipeline.spread import within_spread
from molkit.pipeline.trial import Material, development_rows
from molkit.types import Split

_IMAGES_APART = (
    "Images of one patient cannot be told apart here, and may lie in several parts of the split; if there are any, give"
    " a table with a column of paths and one of patients, and name that with --group."
)

Ready = tuple[Material, Labels, Split, tuple[bool, ...]]


def prepare(
    table: Table, inputs: tuple[Input, ...], cells: CellsOf, config: RunConfig, progress: Progress, notes: list[str]
) -> Ready:
    """Everything before the first fit: samples, split, scale (which targets are logarithms) and plan.

    `cells` are those of every row, by input. How tables and records are read is settled by the rows that are not for
    testing, and they are then read again; outer folds (`--folds`), other held-out folds and repeats share what all the
    rows of that part gave. Adds to `notes`; raises InputError for what cannot be learned from.
    """
    labels = _labels(table, config)
    check_metric(config.metric, told_kinds(labels))
    check_log(labels, config, table.first_row)
    config = with_usual_split(config, inputs, notes)
    if config.group is None and any(one.kind == "image" for one in inputs):
        notes.append(_IMAGES_APART)
    source = open_source(config, inputs)
    samples = pack_features(cells, inputs, labels, config, progress, source)
    check_readable(inputs, cells, samples, table)
    if config.max_spread is not None:
        labels = within_spread(labels, inputs, samples, config, table.first_row)
    dataset = build_dataset(table, inputs, labels, samples)
    check_dataset(dataset, table)
    rows = split_rows_of(dataset, labels, table, config)
    split = make_split(dataset, rows, config, config.seed)
    places = [row - table.first_row for sample in development_rows(split) for row in dataset.rows[sample]]
    again = settled(inputs, table, cells, config, places)
    if again != inputs:
        inputs, first = again, dataset
        samples = readable_twice(samples, pack_features(cells, inputs, labels, config, progress, source))
        dataset = build_dataset(table, inputs, labels, samples)
        check_dataset(dataset, table)
        split, rows = carried(split, first, dataset), split_rows_of(dataset, labels, table, config)
    _check_teachable(dataset, labels, split)
    labels, logs = model_scale(labels, config, exact_values(dataset.measurements)[development_rows(split)])
    if any(logs):
        dataset = build_dataset(table, inputs, labels, samples)
    kinds = tuple(labels.kinds)
    plan, said = _planned(config, dataset, development_rows(split), kinds)
    notes += [*labels.notes, *remark_lines(table), *dataset.remarks, *said, *split.remarks]
    notes += seen_settings(inputs, split, config)
    notes += crossings(dataset, split, config.split_file)
    return (
        Material(dataset, kinds, rows, plan, config, sketches_of(dataset.inputs, dataset.columns), source),
        labels,
        split,
        logs,
    )


def with_usual_split(config: RunConfig, inputs: Sequence[Input], notes: list[str]) -> RunConfig:
    """The configuration with a split that rows with these inputs have, where none is asked for."""
    check_cold(config.split, inputs, config.group)
    given = config.split_column or config.split_file
    if not given and config.split == RunConfig().split and not of_molecules(inputs):
        if alike(inputs) and config.group is None:
            of_pair = [name for name, cold in cold_methods(inputs).items() if set(cold) & set(alike(inputs))]
            config = replace(config, split=of_pair[0])
        elif alike(inputs) or not any(one.kind == "smiles" for one in inputs):
            config = replace(config, split="random")
    if not given and config.split == "random" and len(inputs) > 1:
        notes += _optimism(inputs)
    return config


def _optimism(inputs: Sequence[Input]) -> list[str]:
    """What is to be known of a random split of rows with several inputs."""
    names = [one.name for one in inputs if not KINDS[one.kind].whole and not KINDS[one.kind].distinct]
    said = f"most of what the test part has as {' and '.join(names)} is known from training"
    return [f"A random split is optimistic for rows of several inputs: {said}."] if names else []


def _planned(config: RunConfig, dataset: Dataset, rows: np.ndarray, kinds: tuple[str, ...]) -> tuple[Plan, list[str]]:
    """What is fitted on a data set, of which `rows` are not for testing, and notes."""
    exact, exclusive = exact_values(dataset.measurements)[rows], dataset.measurements.exclusive
    fits = config.repeats * max(config.folds, 1) + bool(config.folds)
    longer = 1 + tries(config.imbalance, exact, kinds, config.fold_models, exclusive)
    plan = choose_plan(
        len(dataset), len(kinds), config.learners, config.fold_models, config.epochs, config.budget, fits * longer,
        config.ensemble_size, [one.kind for one in dataset.inputs], _effort(dataset.inputs),
    )  # fmt: skip
    changed = augmentations(config.augment, tuple(plan.folds), dataset.kinds)
    plan = replace(
        plan, width=config.width, depth=config.depth, options=config.options, combine=config.combine,
        threshold=config.threshold, augment=tuple(changed),
    )  # fmt: skip
    plan, said = with_imbalance(plan, config.imbalance, exact, kinds, exclusive)
    several = {k for columns in exclusive for k in columns}
    said += _threshold_notes(config, [kind for k, kind in enumerate(kinds) if k not in several])
    said += opponent_notes(dataset.inputs, tuple(plan.folds))
    return plan, [plan.sentence, *size_notes(plan, config.ensemble_size), *augmentation_notes(changed), *said]


def _effort(inputs: Sequence[Input]) -> float:
    """How much dearer a row is for networks than usual: the pixels of images decide."""
    usual = ImageReader().size
    sizes = [one.options.get("size", usual) for one in inputs if one.kind == "image"]
    return max(((size / usual) ** 2 for size in sizes), default=1.0)


def _threshold_notes(config: RunConfig, kinds: Sequence[str]) -> list[str]:
    asked = config.threshold != RunConfig().threshold
    return [] if "binary" in kinds or not asked else ["--threshold concerns two classes; there are none here."]


def pack_features(
    cells: CellsOf, inputs: Sequence[Input], labels: Labels, config: RunConfig, progress: Progress,
    source: Source | None = None,
) -> Samples:  # fmt: skip
    """What the cells hold and the features that the learners read, vectors of a pre-trained encoder among them."""
    named = kinds_of(inputs)
    learners = [
        new_learner(name, labels.kinds, inputs=named) for name in candidates(config.learners, list(named.values()))
    ]
    keys = {key for learner in learners for key in learner.needs} | {sketch_key(one) for one in inputs}
    keys |= extra_features(inputs)
    latents = source.latents if source else ()
    keys |= {key for own in latents for key in own.latents.values()}
    wanted = sorted(key for key in keys if key is not None)
    more = source.options if source else {}
    samples = read_samples(cells, labels.faults, inputs, wanted, config, config.workers, progress, more)
    return replace(samples, columns=dict(with_latents(samples.columns, latents))) if samples.columns else samples


def _labels(table: Table, config: RunConfig) -> Labels:
    return read_labels(
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


def split_rows_of(dataset: Dataset, labels: Labels, table: Table, config: RunConfig) -> Rows:
    """What splits and folds may know of the compounds."""
    rows = Rows(
        leak=_kept_together(dataset, config.split),
        scaffolds=dataset.scaffolds,
        bits=_bits(dataset),
        values=exact_values(dataset.measurements),
        kinds=labels.kinds,
        groups=dataset.groups,
        times=None if config.time is None else _times(dataset, table, config.time),
        data=dataset.data,
        targets=labels.targets,
        noun=dataset.noun,
    )
    return with_clusters(rows, config.split)


def _kept_together(dataset: Dataset, method: str) -> np.ndarray:
    """Numbers of what no part of a split may share: the main input's things, or whole rows where these are mixed.

    Things that must never be parted keep their rows together in any case.
    """
    rows = len(dataset.inputs) > 1 and method in ("random", "stratified", "time", "group")
    if rows:
        return dataset.leak
    return whole_groups(dataset.inputs, dataset.entities, dataset.entities[dataset.main.name])


def _bits(dataset: Dataset) -> np.ndarray | None:
    """Packed fingerprints of all molecules that are the one input."""
    key = sketch_key(dataset.main)
    if not of_molecules(dataset.inputs) or key is None:
        return None
    return packed_bits(dense(dataset.columns[key]))


def _times(dataset: Dataset, table: Table, column: str) -> np.ndarray:
    """The newest measurement of each compound, NaN where no time is known."""
    name = find_column(table.names, column, "--time")
    times = parse_times(table.columns[name], name, table.first_row)
    return np.array([np.fmax.reduce(times[np.array(rows) - table.first_row]) for rows in dataset.rows])


def make_split(dataset: Dataset, rows: Rows, config: RunConfig, seed: int) -> Split:
    """The split a configuration asks for; leak groups never cross it. Outer folds leave nothing for a test part.

    Folds do the choosing, so that the shares for training and validation make one part.
    """
    if config.split_file is not None:
        return read_split(Path(config.split_file), dataset.keys, hash_rows(rows.data), subset=True)
    if dataset.parts is not None:
        return column_split(dataset.parts, config.seed, hash_rows(rows.data))
    train, valid, test = config.fractions
    if config.folds or config.split == "none":
        return replace(split_rows(rows, "random", (1.0, 0.0, 0.0), seed), method="none")
    if is_cold(config.split):
        return cold_split(dataset, rows.kinds, config.split, (train + valid, 0.0, test), seed)
    return split_rows(rows, config.split, (train + valid, 0.0, test), seed)


def _check_teachable(dataset: Dataset, labels: Labels, split: Split) -> None:
    measurements = dataset.measurements
    both = replace(split, train=tuple(development_rows(split).tolist()))
    check_training(exact_values(measurements), measurements.weights, labels, both)
