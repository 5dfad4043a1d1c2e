"""From a library to a model file that holds an autoencoder, how its latent vectors lie, and what it is worth."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from molkit.bundle import AUTOENCODER, array_bytes, write_bundle
from molkit.config import RunConfig
from molkit.data.batching import take_values
from molkit.data.origin import find_origin
from molkit.data.table import read_table, remark_lines
from molkit.data.write import atomic_path
from molkit.engine.autoencoders import ARRAYS, DENSITY
from molkit.engine.novelty import QUANTILES
from molkit.engine.reconstruct import USUAL
from molkit.errors import InputError
from molkit.explain.usual import usual_arrays
from molkit.features.inputs import KINDS, Input, inputs_to_dict, noun_of
from molkit.learners.autoencoder import Autoencoder, AutoencoderOptions
from molkit.learners.density import fit_density
from molkit.learners.protocol import stream_seed
from molkit.pipeline.autoencoder_card import autoencoder_card
from molkit.pipeline.autoencoder_plan import find_kind, held_out_share, hold_out, settled_options, with_layout
from molkit.pipeline.cells import learned_rows, open_rows
from molkit.pipeline.identity import library_identity
from molkit.pipeline.known import KNOWN, structure_hashes
from molkit.pipeline.makers import without_folders
from molkit.pipeline.policies import policy_of
from molkit.pipeline.prepared import installed_versions
from molkit.pipeline.progress import Progress, quiet
from molkit.pipeline.samples import Samples, read_samples
from molkit.pipeline.worth import Worth, worth_of
from molkit.training.checkpoint import load_checkpoint, remove_checkpoint, save_checkpoint
from molkit.training.fit import Checkpoint
from molkit.types import Values

_SECONDS_BETWEEN = 5.0  # checkpoints
_FEWEST = 20
_SHARES = np.linspace(0, 1, 101)


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
    kind = find_kind(kind, one)
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
        chosen = _chosen(len(table), rows, config.seed)
        cells = {name: [own[row] for row in chosen] for name, own in read.cells(table).items()}
        faults = {place + 1: table.faults[row + 1] for place, row in enumerate(chosen) if row + 1 in table.faults}
        learner = Autoencoder(kind, with_layout(options, one))
        key = f"{one.name}/{learner.feature}"
        samples = _readable(read_samples(cells, faults, read.inputs, [key], config, config.workers, progress))
        values, texts, left_out = _distinct(samples, key, one, learner)
        held, train = hold_out(len(values), config.seed, held_out_share(one, len(values)))
        learner.options = settled_options(learner.options, kind, len(train))
        keep = _seldom(lambda found, seconds: save_checkpoint(out, identity, found, seconds))
        tell = partial(_tell, progress)
        learner.fit(take_values(values, train), config.seed, tell, keep=keep, start=start)
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
    numbered = {chosen[place] + 1: problem for place, problem in samples.problems.items()}
    rejected = {row: problem.sentence(row, table.file(row)) for row, problem in sorted(numbered.items())}
    return AutoencodeResult(out, sha256, content, card, tuple(notes), rejected, left_out)


def _tell(progress: Progress, done: int, _: int, figures: dict[str, float]) -> None:
    """How far training is; where time ends it, nobody knows of how many pieces."""
    progress("training", done, 0, figures)


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


def _chosen(count: int, rows: int, seed: int) -> list[int]:
    """The numbers, from 0, of all rows, or of a random choice of so many of them."""
    if not 0 < rows < count:
        return list(range(count))
    rng = np.random.default_rng(stream_seed(seed, "rows"))
    return [int(row) for row in np.sort(rng.choice(count, rows, replace=False))]


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
        DENSITY: array_bytes(density.arrays()),
        QUANTILES: array_bytes({name: np.quantile(own, _SHARES) for name, own in worth.held_out.items()}),
    }
    if texts:
        entries[KNOWN] = array_bytes({"hashes": np.sort(structure_hashes(texts))})
    return entries
