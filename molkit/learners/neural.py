"""Networks behind the learner protocol."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from molkit.data.batching import Columns, take_values
from molkit.imbalance import FOCUS
from molkit.learners.balance import balance_rows
from molkit.learners.protocol import Progress, State, check_measured, stream_seed
from molkit.learners.space import Choice, Space, Span
from molkit.nn.predictor import Predictor
from molkit.training.augment import MIXUP, augmented, mixing
from molkit.training.fit import FitOptions, History, fit
from molkit.training.losses import supervised_loss
from molkit.types import Column, Graphs, Measurements, Values

# Few rows in batches of the usual size are too few steps to learn from; under 1,000 rows batches are smaller.
_STEPS_PER_EPOCH = 16
_SMALLEST_BATCH = 8
# Torch draws first weights from one generator of the whole process.
_BUILDING = threading.Lock()
# Directed bonds, or steps, per batch when predicting; the activations of more do not stay in a core's cache.
_EDGES_PER_BATCH = 6000


@dataclass(frozen=True)
class NeuralOptions:
    """`inputs` maps an input name to the encoder that reads it; `objective` is "squared" or "absolute".

    `imbalance`, for classes, is one of `molkit.imbalance.METHODS`. The batch size of `fit` is the largest; few rows
    are trained on in smaller batches. `augment` names what changes training batches, see `molkit.training.augment`.
    """

    inputs: Mapping[str, str] = field(default_factory=lambda: {"drug": "dmpnn"})
    width: int = 256
    depth: int = 3
    dropout: float = 0.0
    objective: str = "squared"
    imbalance: str = "none"
    fit: FitOptions = FitOptions()
    augment: tuple[str, ...] = ()


SPACE: Space = {
    "width": Choice((128, 200, 256, 384)),  # products of other sizes can be half as fast
    "depth": Span(2, 6, whole=True),
    "dropout": Span(0.0, 0.4),
    "learning_rate": Span(3e-4, 3e-3, log=True),
    "batch_size": Choice((16, 32, 64, 128)),
    "epochs": Span(15, 100, log=True, whole=True),
}
# Health records are fewer than molecules and soon learnt by heart; chosen on held-out patients of PhysioNet 2012 set-a.
_RECORD_SPACE: Space = {
    **SPACE,
    "width": Choice((32, 64, 128)),
    "depth": Span(1, 2, whole=True),
    "dropout": Span(0.0, 0.5),
    "epochs": Span(3, 30, log=True, whole=True),
}
_RECORD_SIZES: dict[str, Any] = {
    "width": 32,
    "depth": 1,
    "dropout": 0.3,
    "fit": FitOptions(epochs=6, learning_rate=2e-3),
}
# Where an encoder is slow at the usual size: of attentivefp what its authors found good, of gru half the time of 256.
_SIZES: dict[str, dict[str, Any]] = {
    "attentivefp": {"width": 200, "depth": 2},
    "gru": {"width": 128, "depth": 2},
    "event-gru": _RECORD_SIZES,
    "grud": _RECORD_SIZES,
}


def network_space(encoder: str) -> Space:
    """What a search may try of the options of a network with this encoder."""
    return _RECORD_SPACE if _SIZES.get(encoder) is _RECORD_SIZES else SPACE


def network_options(encoder: str, options: NeuralOptions | None = None) -> NeuralOptions:
    """The options, by default those that suit the encoder, with this encoder for every input."""
    options = options or NeuralOptions(**_SIZES.get(encoder, {}))
    return replace(options, inputs=dict.fromkeys(options.inputs, encoder))


class NeuralLearner:
    """One encoder per input, one head; with validation rows the best epoch is kept, without them the last.

    `history` holds the losses of the last `fit`; it is not part of the state.
    """

    def __init__(self, kinds: Sequence[str], options: NeuralOptions = NeuralOptions()) -> None:
        self.kinds = tuple(kinds)
        self.options = options
        self.model = self._new_model(0)
        self.history: History | None = None

    @property
    def kind(self) -> str:
        """The name of the learner, which is that of its encoder."""
        return next(iter(self.options.inputs.values()))

    def _new_model(self, seed: int) -> Predictor:
        """A model whose first weights depend on the seed alone, whatever other threads draw or build."""
        options = self.options
        encoder = {"width": options.width, "depth": options.depth, "dropout": options.dropout}
        encoders = {name: (kind, encoder) for name, kind in options.inputs.items()}
        head = ("mlp", {"width": options.width, "dropout": options.dropout})
        with _BUILDING, torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            return Predictor(self.kinds, encoders, head, focused=options.imbalance == "focal")

    @property
    def needs(self) -> tuple[str, ...]:
        """Keys of the packed columns that `fit` and `predict` read."""
        return tuple(f"{name}/{encoder.feature}" for name, encoder in self.model.encoders.items())

    def fit(
        self,
        columns: Columns,
        labels: Measurements,
        train: np.ndarray,
        valid: np.ndarray,
        seed: int,
        progress: Progress | None = None,
    ) -> None:
        """Train on rows `train`; the epoch is chosen on rows `valid` (the last one if there are none).

        Raises InputError if a target was never measured in the training rows.
        """
        check_measured(labels, train)
        self.model = self._new_model(stream_seed(seed, "network weights"))
        self._prepare(columns, train)
        self._set_scale(np.where(labels.relations == 0, labels.values, np.nan)[train])
        balance = balance_rows(self.options.imbalance, labels, self.kinds, train, stream_seed(seed, "imbalance"))
        targets = self._tensors(replace(labels, weights=balance.weights))
        self.model.add_logits(torch.tensor(balance.start, dtype=torch.float32))
        rng = np.random.default_rng(stream_seed(seed, "batches"))
        size = min(self.options.fit.batch_size, max(_SMALLEST_BATCH, len(train) // _STEPS_PER_EPOCH))

        def batches() -> list[np.ndarray]:
            rows = balance.epoch(rng)
            cuts = np.arange(size, len(rows), size)
            if len(cuts) and len(rows) - cuts[-1] < size // 4:
                cuts = cuts[:-1]  # a very small last batch would have as much say as a full one
            return np.split(rows, cuts)

        loss = partial(self._loss, columns=columns, targets=targets)
        drawing = np.random.default_rng(stream_seed(seed, "augmentation"))
        self.history = fit(
            self.model,
            batches,
            partial(loss, rng=drawing) if self.options.augment else loss,
            self.options.fit,
            validate=self._validation(loss, valid, size) if len(valid) else None,
            progress=progress,
        )
        self.model.add_logits(-torch.tensor(balance.gained, dtype=torch.float32))

    def _prepare(self, columns: Columns, train: np.ndarray) -> None:
        """Give the distinct values of the training rows to the encoders that take their scales from them."""
        for encoder, key in zip(self.model.encoders.values(), self.needs, strict=True):
            prepare = getattr(encoder, "prepare", None)
            if prepare is not None:
                prepare(take_values(columns[key].values, np.unique(columns[key].index[train])))

    @staticmethod
    def _validation(
        loss: Callable[[nn.Module, np.ndarray], Tensor], valid: np.ndarray, size: int
    ) -> Callable[[nn.Module], float]:
        parts = np.array_split(valid, -(-len(valid) // (4 * size)))

        def validate(model: nn.Module) -> float:
            return sum(float(loss(model, part)) * len(part) for part in parts) / len(valid)

        return validate

    def _set_scale(self, values: np.ndarray) -> None:
        """Mean and spread of the measured values; a limit may lie far from any of them."""
        for k, kind in enumerate(self.kinds):
            measured = values[~np.isnan(values[:, k]), k]
            if kind == "regression" and len(measured):
                self.model.mean[k] = float(measured.mean())
                self.model.spread[k] = float(measured.std()) or 1.0

    def _tensors(self, labels: Measurements) -> tuple[Tensor, Tensor, Tensor]:
        values = torch.tensor(labels.values, dtype=torch.float32)
        scaled = torch.where(self.model.binary, values, (values - self.model.mean) / self.model.spread)
        weights = torch.tensor(labels.weights, dtype=torch.float32)
        return scaled, torch.tensor(labels.relations, dtype=torch.float32), weights

    def _loss(
        self,
        model: Any,
        rows: np.ndarray,
        *,
        columns: Columns,
        targets: tuple[Tensor, Tensor, Tensor],
        rng: np.random.Generator | None = None,
    ) -> Tensor:
        """The loss on some rows; with a generator they are augmented."""
        encoded = model.encode(self._inputs(columns, rows, rng))

        def loss(vectors: Tensor, of: np.ndarray) -> Tensor:
            values, relations, weights = (tensor[of] for tensor in targets)
            raw = model.head(vectors)
            focus = FOCUS if self.model.focused else 0.0
            return supervised_loss(raw, values, relations, weights, self.model.binary, self.options.objective, focus)

        if rng is None or MIXUP not in self.options.augment:
            return loss(encoded, rows)
        share, partners = mixing(len(rows), rng)
        mixed = share * encoded + (1 - share) * encoded[partners]
        return share * loss(mixed, rows) + (1 - share) * loss(mixed, rows[partners])

    def _inputs(
        self, columns: Columns, rows: np.ndarray, rng: np.random.Generator | None
    ) -> dict[str, tuple[Any, Tensor | None]]:
        return {
            name: _batch(columns[key], partial(self._training_batch, encoder, rng), rows, apart=rng is not None)
            for (name, encoder), key in zip(self.model.encoders.items(), self.needs, strict=True)
        }

    def _training_batch(self, encoder: Any, rng: np.random.Generator | None, values: Values) -> Any:
        """An encoder's batch; with a generator its values are augmented."""
        if rng is not None:
            values = augmented(values, encoder.feature, self.options.augment, rng)
        return encoder.batch(values)

    def predict(self, columns: Columns) -> np.ndarray:
        """Units or probabilities, float64 [B, K]; rows keep their order."""
        return self.predict_alike([self], columns)[0]

    @staticmethod
    def predict_alike(models: Sequence[NeuralLearner], columns: Columns) -> list[np.ndarray]:
        """What several models of the same encoders say, each [B, K]; every batch is made once."""
        needs, encoders = models[0].needs, models[0].model.encoders
        device = models[0].model.mean.device
        rows = np.arange(len(columns[needs[0]]))
        found = [np.empty((len(rows), len(model.kinds))) for model in models]
        for part in _by_size(columns[needs[0]], rows) if len(rows) else []:
            inputs = {
                name: _batch(columns[key], partial(_predicting_batch, encoder), part, device)
                for (name, encoder), key in zip(encoders.items(), needs, strict=True)
            }
            with torch.inference_mode():
                for said, learner in zip(found, models, strict=True):
                    said[part] = learner.model.eval().predict(inputs).cpu().numpy()
        return found

    def adapted(self, reduced: bool, device: str) -> NeuralLearner:
        """A copy for predicting on a torch device, its encoders in bfloat16 if `reduced` and they allow it."""
        learner = copy.copy(self)
        learner.model = copy.deepcopy(self.model).to(device)
        for encoder in learner.model.encoders.values():
            if reduced and getattr(encoder, "reduced", False):
                encoder.bfloat16()
        return learner

    def state(self) -> State:
        """Everything that `from_state` needs."""
        arrays = {name: tensor.numpy() for name, tensor in self.model.state_dict().items()}
        return State({"kinds": list(self.kinds), "options": asdict(self.options)}, arrays)

    @classmethod
    def from_state(cls, state: State) -> NeuralLearner:
        """The learner that `state` was taken from."""
        options = dict(state.config["options"])
        options["fit"] = FitOptions(**options["fit"])
        options["augment"] = tuple(options.get("augment", ()))
        learner = cls(tuple(state.config["kinds"]), NeuralOptions(**options))
        learner.model.load_state_dict({name: torch.from_numpy(array) for name, array in state.arrays.items()})
        learner.model.eval()
        return learner


def _predicting_batch(encoder: Any, values: Values) -> Any:
    """An encoder's batch, in few shapes if it can."""
    return getattr(encoder, "padded_batch", encoder.batch)(values)


def _batch(
    column: Column,
    new_batch: Callable[[Values], Any],
    rows: np.ndarray,
    device: torch.device | None = None,
    apart: bool = False,
) -> tuple[Any, Tensor | None]:
    """The distinct values of some rows as an encoder's batch, and the value of each row.

    Rows of one value share it, unless they are to be told `apart`, as those are of which each is augmented by itself.
    """
    wanted = column.index[rows]
    wanted, inverse = (wanted, np.arange(len(wanted))) if apart else np.unique(wanted, return_inverse=True)
    batch, index = new_batch(take_values(column.values, wanted)), torch.from_numpy(inverse)
    if device is None or device.type == "cpu":
        return batch, index
    tensors = {name: value.to(device) for name, value in vars(batch).items() if isinstance(value, Tensor)}
    return replace(batch, **tensors), index.to(device)


def _by_size(column: Column, rows: np.ndarray) -> list[np.ndarray]:
    """The rows in parts that take about as long."""
    if isinstance(column.values, np.ndarray):
        return np.array_split(rows, -(-len(rows) // 256))
    offsets = column.values.edge_offsets if isinstance(column.values, Graphs) else column.values.offsets
    sizes = np.diff(offsets)[column.index[rows]] + 8
    return np.split(rows, np.flatnonzero(np.diff(np.cumsum(sizes) // _EDGES_PER_BATCH)) + 1)
