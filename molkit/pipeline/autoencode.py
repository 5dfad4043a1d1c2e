"""From a library to a model file that holds an autoencoder, how its latent vectors lie, and what it is worth."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from molkit.bundle import AUTOENCODER, array_bytes, write_bundle
from molkit.config import RunConfig
from molkit.data.batching import take_values
from molkit.data.origin import find_origin
from molkit.data.table import Table, read_table, remark_lines
from molkit.data.write import atomic_path
from molkit.engine.autoencoders import ARRAYS
from molkit.engine.reconstruct import USUAL
from molkit.errors import InputError, name_hint
from molkit.explain.usual import usual_arrays
from molkit.features.inputs import KINDS, Input, inputs_to_dict, noun_of
from molkit.features.tabular import TableReader
from molkit.learners.autoencoder import Autoencoder, AutoencoderOptions
from molkit.learners.density import fit_density
from molkit.learners.protocol import stream_seed
from molkit.pipeline.autoencoder_card import autoencoder_card
from molkit.pipeline.cells import learned_rows, open_rows
from molkit.pipeline.identity import library_identity
from molkit.pipeline.known import structure_hashes
from molkit.pipeline.makers import without_folders
from molkit.pipeline.policies import policy_of
from molkit.pipeline.prepared import installed_versions
from molkit.pipeline.progress import Progress, quiet
from molkit.pipeline.samples import CellsOf, Samples, read_samples
from molkit.pipeline.worth import Worth, worth_of
from molkit.training.checkpoint import load_checkpoint, remove_checkpoint, save_checkpoint
from molkit.training.fit import Checkpoint
from molkit.types import Values

# The autoencoders of each kind of input; the first is the usual one.
AUTOENCODERS_OF: dict[str, tuple[str, ...]] = {
    "smiles": ("selfies", "smiles"),
    "table": ("record",),
    "signal": ("signal",),
    "image": ("image",),
}
_EPOCHS = 20
# What is not of molecules has few rows, and learns from as many batches.
_STEPS = 3000
_SECONDS_BETWEEN = 5.0  # checkpoints
_HELD_OUT = 0.05
_HELD_OUT_TO_JUDGE = 0.15  # of rows that are judged by what is usual
_FEWEST_HELD_OUT = 20
_MOST_HELD_OUT = 10_000
_FEWEST = 20
_QUANTILES = np.linspace(0, 1, 101)


@dataclass(frozen=True)
class AutoencodeResult:
    """The written model file, what it holds beside arrays, and why rows were left out, by 1-based row."""

    path: Path
    sha256: str
    content: dict[str, Any]
    card: str
    notes: tuple[str, ...]
    rejected: dict[int, str]
    left_out: int  # rows that were read, and that the autoencoder cannot write

    def __fspath__(self) -> str:
        return str(self.path)  # so that whatever takes a model file takes this


def told_options(
    latent: int, epochs: int, minutes: float, kl_weight: float | None, free_bits: float | None
) -> AutoencoderOptions:
    """Options of training; 0 numbers of a latent vector, and None, are what is usual."""
    usual = AutoencoderOptions(module={"latent": latent} if latent else {}, epochs=epochs, minutes=minutes)
    weights: dict[str, Any] = {"kl_weight": kl_weight, "free_bits": free_bits}
    return replace(usual, **{name: own for name, own in weights.items() if own is not None})


def autoencode_table(
    table_path: Path | str,
    out: Path | str,
    kind: str | None = None,
    options: AutoencoderOptions = AutoencoderOptions(),
    config: RunConfig = RunConfig(),
    *,
    rows: int = 0,
    overwrite: bool = False,
    progress: Progress = quiet,
) -> AutoencodeResult:
    """Train an autoencoder on the distinct things of a table, and write it as a model file.

    One in twenty, at most 10,000, are held out for what is told of it; of tables, signals and images 15 %, which tell
    what is usual. With 0 epochs there are as many as `settled_options` says. `rows` above 0 reads a random choice of so
    many rows. Of `config` the inputs, how they are read, the seed, origin and workers matter. A run that was killed
    goes on when it is repeated. Raises MolkitError.
    """
    out = Path(out)
    source, config = open_rows(table_path, config)
    table = read_table(source)
    read = learned_rows(table, source.smiles or "", source.path.parent, config)
    if len(read.inputs) != 1:
        raise InputError(f"an autoencoder reads one input, not {len(read.inputs)}; train one for each")
    (one,) = read.inputs
    kind = _kind(kind, one)
    identity = {
        **library_identity(source, read),
        "autoencoder": kind,
        "options": asdict(options),
        "seed": config.seed,
        "rows": rows,
        "reading": {"mixtures": config.mixtures, **config.reading},
    }
    with atomic_path(out, overwrite, [source.path, *read.files]) as unfinished:
        start = load_checkpoint(out, identity, overwrite)
        cells, faults = _chosen(read.cells(table), table, rows, config.seed)
        learner = Autoencoder(kind, _with_layout(options, one))
        key = f"{one.name}/{learner.feature}"
        samples = _readable(read_samples(cells, faults, read.inputs, [key], config, config.workers, progress))
        values, texts, left_out = _distinct(samples, key, one, learner)
        held, train = hold_out(len(values), config.seed, _shares(one, len(values)))
        learner.options = settled_options(learner.options, one, len(train))
        learner.fit(
            take_values(values, train),
            config.seed,
            lambda done, _, figures: progress("training", done, 0, figures),
            keep=_seldom(lambda found, seconds: save_checkpoint(out, identity, found, seconds)),
            start=start,
        )
        notes = [*source.notes, *read.notes, *remark_lines(table)]
        notes += ["Went on from where an interrupted run stood."] if start else []
        found = (train, held[learner.readable(take_values(values, held))])
        content, entries = finished(learner, one, values, texts, found, config, progress)
        statuses = Counter(problem.status for problem in samples.problems.values())
        content["training"] |= {"left_out": left_out, "unreadable": dict(statuses)}
        content["origin"] = asdict(find_origin(source.path, table.names, config.source, config.licence))
        content |= {"trained_on": source.path.name, "notes": notes}
        card = autoencoder_card(content)
        sha256 = write_bundle(unfinished, content, card, entries)
    remove_checkpoint(out)
    rejected = {row + 1: problem.sentence(row + 1, table.file(row + 1)) for row, problem in samples.problems.items()}
    return AutoencodeResult(out, sha256, content, card, tuple(notes), rejected, left_out)


def _seldom(keep: Callable[[Checkpoint, float], None]) -> Callable[[Checkpoint, float], None]:
    """The same at most every few seconds of training: pieces of few rows take less time than a file."""
    last = [-math.inf]

    def kept(found: Checkpoint, seconds: float) -> None:
        if seconds - last[0] >= _SECONDS_BETWEEN:
            last[0] = seconds
            keep(found, seconds)

    return kept


def finished(
    learner: Autoencoder,
    one: Input,
    values: Values,
    texts: Sequence[str],
    parts: tuple[np.ndarray, np.ndarray],
    config: RunConfig,
    progress: Progress,
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What a model file holds of a trained autoencoder: JSON and entries; `parts` are training and held-out rows."""
    train, held = parts
    vectors = learner.encode(take_values(values, train))
    density = fit_density(vectors, stream_seed(config.seed, "density"))
    worth = worth_of(learner, density, take_values(values, held), [texts[row] for row in held], texts, config, progress)
    known = [] if KINDS[one.kind].private else [texts[row] for row in train]
    entries = _entries(learner, density, worth, known)
    usual = usual_arrays(learner.module, take_values(values, held), stream_seed(config.seed, "usual"))
    if usual:
        entries[USUAL] = array_bytes(usual)
    return _content(one, learner, config, (len(train), len(held)), worth), entries


def _kind(kind: str | None, one: Input) -> str:
    known = AUTOENCODERS_OF.get(one.kind, ())
    if not known:
        raise InputError(f"--input {one.name}: there is no autoencoder of inputs of kind {one.kind} yet")
    if kind is not None and kind not in known:
        raise InputError(f"--kind {kind}: expected one of {', '.join(known)} for {one.name}{name_hint(kind, known)}")
    return kind or known[0]


def _chosen(cells: CellsOf, table: Table, rows: int, seed: int) -> tuple[CellsOf, Mapping[int, str]]:
    """The cells of all rows, or of a random choice of so many; those of other rows are None and tell no fault."""
    if not 0 < rows < len(table):
        return cells, table.faults
    rng = np.random.default_rng(stream_seed(seed, "rows"))
    chosen = np.sort(rng.choice(len(table), rows, replace=False)).tolist()
    places = {row + 1: place + 1 for place, row in enumerate(chosen)}
    faults = {places[row]: text for row, text in table.faults.items() if row in places}
    return {name: [own[row] for row in chosen] for name, own in cells.items()}, faults


def _readable(samples: Samples) -> Samples:
    if len(samples.rows) < _FEWEST:
        first = next(iter(samples.problems.values()), None)
        why = f"; the first of the others: {first.reason}" if first else ""
        raise InputError(f"an autoencoder needs {_FEWEST} readable rows or more, got {len(samples.rows)}{why}")
    return samples


def _distinct(samples: Samples, key: str, one: Input, learner: Autoencoder) -> tuple[Values, list[str], int]:
    """Values and texts of distinct things that the autoencoder can write, and how many it cannot.

    Things without a key are never taken to be the same.
    """
    column, identities = samples.columns[key], samples.identities[one.name]
    first: dict[Any, int] = {}
    for place, identity in enumerate(identities):
        first.setdefault((identity.key, identity.text) if identity.key else place, place)
    places = np.array(list(first.values()), np.int64)
    values = take_values(column.values, column.index[places])
    kept = learner.readable(values)
    if kept.sum() < _FEWEST:
        raise InputError(f"an autoencoder needs {_FEWEST} distinct things or more that it can write, got {kept.sum()}")
    texts = [identities[place].text for place in places[kept].tolist()]
    return take_values(values, np.flatnonzero(kept)), texts, int((~kept).sum())


def settled_options(options: AutoencoderOptions, one: Input, count: int) -> AutoencoderOptions:
    """The options for `count` rows to train on, where there are 0 epochs as many as are usual.

    20 of molecules; of other things as many as make 3,000 steps, or 20 if these are more. Rows of a table, of which
    cells are hidden at random, are learned from large batches: on breast cancer, batches of all rows instead of 20 made
    the error of guesses a sixth smaller.
    """
    few = replace(options, fewest_steps=1) if one.kind == "table" else options
    if few.epochs:
        return few
    if one.kind == "smiles":
        return replace(few, epochs=_EPOCHS)
    per_epoch = max(count / few.batch_size / 2, min(count / 16, few.fewest_steps))
    return replace(few, epochs=max(_EPOCHS, round(_STEPS / per_epoch)))


def _with_layout(options: AutoencoderOptions, one: Input) -> AutoencoderOptions:
    """The same, told what the columns of a table are."""
    if one.kind != "table":
        return options
    layout = [list(part) for part in TableReader(**one.options).layout]
    return replace(options, module={"layout": layout, **options.module})


def _shares(one: Input, count: int) -> float:
    """The share that is held out; raises InputError for too few rows to tell what is usual from."""
    if one.kind == "smiles":
        return _HELD_OUT
    if count * _HELD_OUT_TO_JUDGE < _FEWEST_HELD_OUT:
        fewest = math.ceil(_FEWEST_HELD_OUT / _HELD_OUT_TO_JUDGE)
        raise InputError(
            f"{one.name}: {fewest} distinct rows or more are needed, as {_HELD_OUT_TO_JUDGE:.0%} of them are held out"
            f" to tell what is usual; got {count}"
        )
    return _HELD_OUT_TO_JUDGE


def hold_out(count: int, seed: int, share: float = _HELD_OUT) -> tuple[np.ndarray, np.ndarray]:
    """Which of so many samples are held out, and which are trained on, each in order."""
    order = np.random.default_rng(stream_seed(seed, "held out")).permutation(count)
    held = min(max(int(count * share), 1), _MOST_HELD_OUT)
    return np.sort(order[:held]), np.sort(order[held:])


def _content(
    one: Input, learner: Autoencoder, config: RunConfig, sizes: tuple[int, int], worth: Worth
) -> dict[str, Any]:
    history = learner.history
    return {
        "kind": AUTOENCODER,
        "autoencoder": learner.state().config,
        "options": {**asdict(learner.options), "kl_weight": learner.kl_weight},
        "policy": asdict(policy_of(config)),
        "featurizers": {},
        "inputs": inputs_to_dict([replace(one, source=without_folders(one.source))]),
        "noun": noun_of([one]),
        "latent": learner.module.latent,
        "training": {"n": sizes[0], "held_out": sizes[1], "seed": config.seed},
        "losses": [round(value, 4) for value in history.train] if history else [],
        "scores": worth.scores,
        "versions": installed_versions(),
    }


def _entries(learner: Autoencoder, density: Any, worth: Worth, texts: Sequence[str]) -> dict[str, bytes]:
    entries = {
        ARRAYS: array_bytes(learner.state().arrays),
        "density.safetensors": array_bytes(density.arrays()),
        "novelty.safetensors": array_bytes(
            {name: np.quantile(own, _QUANTILES) for name, own in worth.held_out.items() if len(own)}
        ),
    }
    if texts:
        entries["known.safetensors"] = array_bytes({"hashes": np.sort(structure_hashes(texts))})
    return entries
