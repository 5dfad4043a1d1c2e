"""Autoencoders behind one class: fitted on one packed feature, giving latent vectors."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from molkit.data.batching import take_values
from molkit.learners.drawing import drawing
from molkit.learners.protocol import Progress, State, stream_seed
from molkit.nn import AUTOENCODERS
from molkit.nn.fingerprint_autoencoder import RECOVERY
from molkit.training.fit import Checkpoint, FitOptions, History, fit
from molkit.training.precision import reduced_precision
from molkit.training.variational import variational_loss
from molkit.types import Steps, Values

_THREADS = 2
_PIECE = 100  # batches between two checkpoints
_MANY = 1_000_000  # pieces, where time alone ends the training
_SMALLEST_BATCH = 8
_ENCODED, _WRITTEN = 256, 500  # samples that are encoded, and written, at once
_KL_WEIGHT = 0.02
_RISING = 0.5  # share of training over which the divergence's weight rises from 0


@dataclass(frozen=True)
class AutoencoderOptions:
    """How an autoencoder is trained; `module` are options of its network.

    `minutes` above 0 end the training whatever `epochs` say. `kl_weight` is that of the divergence once it has risen
    over the first half of training, by default 0.2 for tokens and 0.02 for all else; `free_bits` are the nats of each
    latent dimension that cost nothing. With few samples batches are smaller, so that an epoch has `fewest_steps`.
    """

    module: dict[str, Any] = field(default_factory=dict)
    epochs: int = 20
    minutes: float = 0.0
    batch_size: int = 128
    learning_rate: float = 2e-3
    kl_weight: float | None = None
    free_bits: float = 0.0
    fewest_steps: int = 16


class Autoencoder:
    """A variational autoencoder `kind` of `molkit.nn.AUTOENCODERS`; `history` is that of the last fit."""

    def __init__(self, kind: str, options: AutoencoderOptions = AutoencoderOptions()) -> None:
        self.kind, self.options = kind, options
        self.module = AUTOENCODERS[kind](**options.module)
        self.history: History | None = None

    @property
    def feature(self) -> str:
        """The kind of the feature that it reads."""
        return str(self.module.feature)

    @property
    def kl_weight(self) -> float:
        """The weight of the divergence: as told, else what suits the module."""
        told = self.options.kl_weight
        return float(getattr(self.module, "kl_weight", _KL_WEIGHT)) if told is None else told

    def fit(
        self,
        values: Values,
        seed: int = 0,
        progress: Progress | None = None,
        *,
        keep: Callable[[Checkpoint, float], None] | None = None,
        start: tuple[Checkpoint, float] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Train on all values, in two threads of one core each, whatever the machine has, so that a run repeats.

        `keep` gets a checkpoint and the seconds that training took so far, every hundred batches; `start` is what it
        got last in a run that was killed. With a number of epochs the run then ends with the same bits. Raises
        FloatingPointError if the loss stops being finite.
        """
        options, (first, before) = self.options, start or (None, 0.0)
        with drawing(stream_seed(seed, "autoencoder")):
            self.module = AUTOENCODERS[self.kind](**options.module)
            if hasattr(self.module, "prepare"):
                self.module.prepare(values)
        pieces = _Pieces(values, _batch_size(options, len(values)), seed, len(first.train) if first else 0)
        begun = clock() - before
        total, limit = options.epochs * pieces.per_epoch, 60 * options.minutes

        def used() -> float:
            return (clock() - begun) / limit if limit else pieces.done / total

        def batches() -> Sequence[Any]:
            weight = self.kl_weight * min(1.0, used() / _RISING)
            return _Prepared(self.module, values, pieces.next(), weight)

        self.history = fit(
            self.module,
            batches,
            self._loss,
            _plan(options, _MANY if limit else total),
            progress=progress,
            share=used if limit else None,
            threads=_THREADS,
            keep=None if keep is None else lambda found: keep(found, clock() - begun),
            start=first,
        )

    def _loss(self, module: Any, part: tuple[Any, int, float]) -> Tensor:
        batch, own, weight = part
        with reduced_precision() if getattr(module, "reduced", True) else nullcontext():
            return variational_loss(module, batch, weight, self.options.free_bits, torch.Generator().manual_seed(own))

    def encode(self, values: Values) -> np.ndarray:
        """Posterior means, float32 [n, latent]; that of a sample does not depend on the others'."""
        return self._each(values, lambda batch, _: self.module.encode(batch)[0], self.module.latent)

    def readable(self, values: Values) -> np.ndarray:
        """Which values it could write again, bool [n]: what is too long, or has parts that it does not know, is not."""
        told = getattr(self.module, "readable", None)
        return np.ones(len(values), bool) if told is None else told(values)

    def encode_readable(self, values: Values) -> np.ndarray:
        """Posterior means, float32 [n, latent]; NaN for values that it could not write again."""
        kept = np.flatnonzero(self.readable(values)) if len(values) else np.zeros(0, np.int64)
        found = np.full((len(values), self.module.latent), np.nan, np.float32)
        if len(kept):
            found[kept] = self.encode(take_values(values, kept))
        return found

    @property
    def writes(self) -> bool:
        """Whether it writes SMILES."""
        return hasattr(self.module, "texts")

    def write(self, vectors: np.ndarray, temperature: float = 0.0, seed: int = 0) -> list[str]:
        """The SMILES that it writes for each latent vector [n, L], which need not be those of molecules."""
        generator = torch.Generator().manual_seed(seed)
        texts: list[str] = []
        for start in range(0, len(vectors), _WRITTEN):
            own = torch.from_numpy(np.ascontiguousarray(vectors[start : start + _WRITTEN], np.float32))
            texts += self.module.texts(self.module.decode(own, temperature, generator))
        return texts

    def surprise(self, values: Values, vectors: np.ndarray) -> np.ndarray:
        """Negative log likelihood of each sample given its latent vector [n, latent], float32 [n], nats."""
        own = torch.from_numpy(np.ascontiguousarray(vectors, np.float32))
        return self._each(values, lambda batch, rows: self.module.loss(batch, own[rows])[:, None], 1)[:, 0]

    @property
    def recovers(self) -> bool:
        """Whether it gives fingerprint bits and descriptors back."""
        return hasattr(self.module, "recovery")

    def recovery(self, values: Values, vectors: np.ndarray) -> np.ndarray:
        """How well each comes back from its latent vector [n, latent], float32 [n, 4], by `RECOVERY` of its module."""
        own = torch.from_numpy(np.ascontiguousarray(vectors, np.float32))
        return self._each(values, lambda batch, rows: self.module.recovery(batch, own[rows]), len(RECOVERY))

    def _each(self, values: Values, function: Callable[[Any, np.ndarray], Tensor], width: int) -> np.ndarray:
        found = np.empty((len(values), width), np.float32)
        self.module.eval()
        with torch.inference_mode():
            for rows in _alike(values, _ENCODED):
                found[rows] = function(self.module.batch(take_values(values, rows)), rows).numpy()
        return found

    def state(self) -> State:
        """Everything that `from_state` needs."""
        arrays = {name: tensor.numpy() for name, tensor in self.module.state_dict().items()}
        told = inspect.signature(AUTOENCODERS[self.kind]).bind(**self.options.module)
        told.apply_defaults()  # those of a later version may differ
        return State({"kind": self.kind, "module": dict(told.arguments)}, arrays)

    @classmethod
    def from_state(cls, state: State) -> Autoencoder:
        """The autoencoder that `state` was taken from."""
        made = cls(state.config["kind"], AutoencoderOptions(module=dict(state.config["module"])))
        made.module.load_state_dict({name: torch.from_numpy(array) for name, array in state.arrays.items()})
        made.module.eval()
        return made


def _plan(options: AutoencoderOptions, rounds: int) -> FitOptions:
    """The schedule of so many pieces."""
    return FitOptions(
        epochs=rounds,
        learning_rate=options.learning_rate,
        last_rate=options.learning_rate / 10,
        warmup_epochs=0.01 * rounds,
        gradient_norm=5.0,
    )


def _batch_size(options: AutoencoderOptions, samples: int) -> int:
    return max(min(options.batch_size, samples // (options.fewest_steps * _THREADS)), _SMALLEST_BATCH)


class _Pieces:
    """Batches as row numbers, cut into pieces; what comes depends on the seed and the number of the piece alone."""

    def __init__(self, values: Values, size: int, seed: int, done: int) -> None:
        self.values, self.seed, self.done = values, seed, done
        self.size = size
        self.epoch, self.steps = -1, self._of_epoch(0)
        self.per_epoch = -(-len(self.steps) // _PIECE)

    def _of_epoch(self, epoch: int) -> list[list[np.ndarray]]:
        """The batches of each step, in random order; those of one step take about as long."""
        rng = np.random.default_rng(stream_seed(self.seed, f"epoch {epoch}"))
        found = epoch_batches(self.values, self.size, rng)
        steps = [found[at : at + _THREADS] for at in range(0, len(found), _THREADS)]
        return [steps[place] for place in rng.permutation(len(steps))]

    def next(self) -> list[list[tuple[np.ndarray, int]]]:
        """For each step its parts: row numbers and a seed."""
        epoch, piece = divmod(self.done, self.per_epoch)
        if epoch != self.epoch:
            self.epoch, self.steps = epoch, self._of_epoch(epoch)
        self.done += 1
        return [
            [(rows, stream_seed(self.seed, f"{epoch} {place} {part}")) for part, rows in enumerate(self.steps[place])]
            for place in np.array_split(np.arange(len(self.steps)), self.per_epoch)[piece].tolist()
        ]


class _Prepared(Sequence[Any]):
    """Steps of a piece as parts (batch, seed, weight of the divergence), each made when it is asked for."""

    def __init__(self, module: Any, values: Values, steps: list[list[tuple[np.ndarray, int]]], weight: float) -> None:
        self.module, self.values, self.steps, self.weight = module, values, steps, weight

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, place: Any) -> Any:
        batch = self.module.batch
        return [(batch(take_values(self.values, rows)), seed, self.weight) for rows, seed in self.steps[place]]


def epoch_batches(values: Values, size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Row numbers of the batches of an epoch, shorter sequences first.

    Sequences of a batch have one length, and batches one size, as far as there are enough of a length: a few rows come
    twice in an epoch then, which is chance. Matrix libraries are fast on shapes that they have met.
    """
    order = rng.permutation(len(values))
    if not isinstance(values, Steps):
        return [order[at : at + size] for at in range(0, len(order), size)]
    lengths = np.diff(values.offsets)[order]
    order = order[np.argsort(lengths, kind="stable")]
    ends = np.flatnonzero(np.diff(np.sort(lengths))) + 1
    found, left = [], []
    for own in np.split(order, ends):
        count = (len(own) + size // 2) // size
        found += list(np.resize(own, (count, size))) if count else []
        left.append(own[count * size :] if count else own)
    rest = np.concatenate(left)
    found += [rest[at : at + size] for at in range(0, len(rest), size)]
    longest = np.diff(values.offsets)
    return sorted(found, key=lambda rows: int(longest[rows].max()))


def _alike(values: Values, size: int) -> Iterator[np.ndarray]:
    """All rows in batches, of sequences each of one length, whatever else there is to encode."""
    if not isinstance(values, Steps):
        yield from (np.arange(at, min(at + size, len(values))) for at in range(0, len(values), size))
        return
    lengths = np.diff(values.offsets)
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        yield from (rows[at : at + size] for at in range(0, len(rows), size))
