"""Networks behind the learner protocol."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from molkit.data.batching import Columns, join_values, take_values
from molkit.errors import InputError
from molkit.imbalance import FOCUS
from molkit.learners.balance import balance_rows
from molkit.learners.batches import by_size, dearest, in_blocks, predicting_batch, row_batch
from molkit.learners.drawing import drawing
from molkit.learners.network_options import NeuralOptions
from molkit.learners.pretrained import Start
from molkit.learners.protocol import Progress, State, check_measured, stream_seed
from molkit.learners.vectors import Vectors, encoded
from molkit.nn.predictor import Predictor
from molkit.training.augment import MIXUP, augmented, changes, mixing
from molkit.training.fit import FitOptions, History, fit
from molkit.training.losses import supervised_loss
from molkit.types import Measurements, Values

# Few rows in batches of the usual size are too few steps to learn from; under 1,000 rows batches are smaller.
_STEPS_PER_EPOCH = 16
_SMALLEST_BATCH = 8
# In so many places of an epoch lie the rows of one protein, and as often it is encoded. With one place a batch of 256
# rows of Davis held five proteins, too few to learn from at once.
_BLOCKS = 4
_ROWS_PER_HEAD = 2048  # encoded rows that a head takes at once


class NeuralLearner:
    """One encoder per kind of input, one head; with validation rows the best epoch is kept, without them the last.

    `history` holds the losses of the last `fit`; it is not part of the state, and neither are the weights that encoders
    `start` with. Columns that exclude each other, of which the labels of `fit` tell, are predicted by a softmax.
    """

    def __init__(
        self,
        kinds: Sequence[str],
        options: NeuralOptions = NeuralOptions(),
        exclusive: Sequence[Sequence[int]] = (),
        start: Start | None = None,
    ) -> None:
        self.kinds = tuple(kinds)
        self.options = options
        self.exclusive = tuple(map(tuple, exclusive))
        self.start = start
        self.model = self._new_model(0)
        self.history: History | None = None
        self._forget()

    @property
    def kind(self) -> str:
        """The name of the learner, which is that of its encoders."""
        return "+".join(dict.fromkeys(self.options.inputs.values()))

    def _forget(self) -> None:
        """Drop the encoded vectors of each encoder that were kept for later."""
        self._vectors = {name: Vectors() for name in self.model.encoders}

    def _new_model(self, seed: int) -> Predictor:
        """A model whose first weights depend on the seed alone, whatever other threads draw or build."""
        options = self.options
        encoder = {"width": options.width, "depth": options.depth, "dropout": options.dropout}
        encoders = {name: (kind, encoder) for name, kind in options.inputs.items()}
        head = (options.head_name(), {"width": options.width, "dropout": options.dropout})
        with drawing(seed):
            return Predictor(self.kinds, encoders, head, options.imbalance == "focal", self.exclusive)

    @property
    def needs(self) -> tuple[str, ...]:
        """Keys of the packed columns that `fit` and `predict` read."""
        return tuple(f"{name}/{self.model.encoder(name).feature}" for name in self.model.inputs)

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
        self.exclusive = labels.exclusive
        self.model = self._new_model(stream_seed(seed, "network weights"))
        self._prepare(columns, train, stream_seed(seed, "prepared weights"))
        self._begin()
        self._set_scale(np.where(labels.relations == 0, labels.values, np.nan)[train])
        balance = balance_rows(self.options.imbalance, labels, self.kinds, train, stream_seed(seed, "imbalance"))
        targets = self._tensors(replace(labels, weights=balance.weights))
        self.model.add_logits(torch.tensor(balance.start, dtype=torch.float32))
        rng = np.random.default_rng(stream_seed(seed, "batches"))
        size = min(self.options.fit.batch_size, max(_SMALLEST_BATCH, len(train) // _STEPS_PER_EPOCH))
        dear = dearest([columns[key] for key in self.needs], train) if len(self.needs) > 1 else None

        def batches() -> list[np.ndarray]:
            rows = balance.epoch(rng)
            return _cut(rows if dear is None else in_blocks(rows, dear, rng, _BLOCKS), size)

        loss = partial(self._loss, columns=columns, targets=targets)
        drawing = np.random.default_rng(stream_seed(seed, "augmentation"))
        self.history = fit(
            self.model,
            batches,
            partial(loss, rng=drawing) if self.options.augment else loss,
            self.options.fit,
            validate=self._validation(loss, valid if dear is None else in_blocks(valid, dear, rng), size)
            if len(valid)
            else None,
            progress=progress,
        )
        self.model.add_logits(-torch.tensor(balance.gained, dtype=torch.float32))
        self._forget()

    def _prepare(self, columns: Columns, train: np.ndarray, seed: int) -> None:
        """Give encoders that ask for it the distinct values of the training rows."""
        encoders: dict[str, Any] = dict(self.model.encoders)
        with drawing(seed):
            for own, encoder in encoders.items():
                if hasattr(encoder, "prepare"):
                    read = [columns[key] for key in self.needs if self.model.inputs[key.rpartition("/")[0]] == own]
                    parts = [take_values(column.values, np.unique(column.index[train])) for column in read]
                    encoder.eval().prepare(join_values(parts))

    def _begin(self) -> None:
        """Give encoders the weights that they are to start with; raises InputError for those of another shape."""
        if self.start is None:
            return
        weights = {key: torch.from_numpy(array) for key, array in self.start.weights.items()}
        for name in (name for name, kind in self.options.inputs.items() if kind == self.start.encoder):
            try:
                self.model.encoder(name).load_state_dict(weights)
            except RuntimeError as error:
                raise InputError(f"--from: the encoder of {self.start.file} reads {name} in another form than this "
                                 "run, so that its weights do not fit") from error  # fmt: skip

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
            binary, objective = self.model.binary, self.options.objective
            return supervised_loss(raw, values, relations, weights, binary, objective, focus, self.exclusive)

        if rng is None or MIXUP not in self.options.augment:
            return loss(encoded, rows)
        share, partners = mixing(len(rows), rng)
        mixed = share * encoded + (1 - share) * encoded[partners]
        return share * loss(mixed, rows) + (1 - share) * loss(mixed, rows[partners])

    def _inputs(
        self, columns: Columns, rows: np.ndarray, rng: np.random.Generator | None
    ) -> dict[str, tuple[Any, Tensor | None]]:
        found = {}
        for name, key in zip(self.model.inputs, self.needs, strict=True):
            encoder = self.model.encoder(name)
            changed = len(self.needs) == 1 or changes(encoder.feature, self.options.augment)
            new_batch = partial(self._training_batch, encoder, rng)
            found[name] = row_batch(columns[key], new_batch, rows, apart=rng is not None and changed)
        return found

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
        if len(models[0].needs) > 1:
            return NeuralLearner._predict_several(models, columns)
        key, encoder, device = models[0].needs[0], next(iter(models[0].model.encoders.values())), models[0].device
        rows = np.arange(len(columns[key]))
        found = [np.empty((len(rows), len(model.kinds))) for model in models]
        for part in by_size(columns[key], rows) if len(rows) else []:
            batch = row_batch(columns[key], partial(predicting_batch, encoder), part, device)
            with torch.inference_mode():
                for said, learner in zip(found, models, strict=True):
                    name = next(iter(learner.model.inputs))
                    said[part] = learner.model.eval().predict({name: batch}).cpu().numpy()
        return found

    @staticmethod
    def _predict_several(models: Sequence[NeuralLearner], columns: Columns) -> list[np.ndarray]:
        """The same for several inputs, each distinct value of which is encoded once."""
        model, rows = models[0].model, len(columns[models[0].needs[0]])
        keys = dict(zip(model.inputs, models[0].needs, strict=True))
        vectors: dict[str, list[Tensor]] = {}  # of each input, by model
        places: dict[str, Tensor] = {}  # of the rows in them
        for own in model.encoders if rows else []:
            names = [name for name in keys if model.inputs[name] == own]
            encoders = [learner.model.eval().encoders[own] for learner in models]
            kept = [learner._vectors[own] for learner in models]
            found, index = encoded(encoders, kept, [columns[keys[name]] for name in names], models[0].device)
            vectors |= dict.fromkeys(names, found)
            places |= {name: torch.from_numpy(own) for name, own in zip(names, index, strict=True)}
        said = [np.empty((rows, len(learner.kinds))) for learner in models]
        for start in range(0, rows, _ROWS_PER_HEAD):
            part = slice(start, start + _ROWS_PER_HEAD)
            for number, learner in enumerate(models):
                with torch.inference_mode():
                    taken = [vectors[name][number][places[name][part]].to(model.mean.dtype) for name in keys]
                    said[number][part] = learner.model.said(torch.cat(taken, dim=1)).cpu().numpy()
        return said

    @property
    def device(self) -> torch.device:
        """Where it predicts."""
        return self.model.mean.device

    def adapted(self, reduced: bool, device: str) -> NeuralLearner:
        """A copy for predicting on a torch device, its encoders in bfloat16 if `reduced` and they allow it."""
        learner = copy.copy(self)
        learner.model = copy.deepcopy(self.model).to(device)
        for encoder in learner.model.encoders.values():
            if reduced and getattr(encoder, "reduced", False):
                encoder.bfloat16()
        learner._forget()
        return learner

    def state(self) -> State:
        """Everything that `from_state` needs."""
        arrays = {name: tensor.numpy() for name, tensor in self.model.state_dict().items()}
        exclusive = {"exclusive": list(map(list, self.exclusive))} if self.exclusive else {}
        return State({"kinds": list(self.kinds), "options": asdict(self.options), **exclusive}, arrays)

    @classmethod
    def from_state(cls, state: State) -> NeuralLearner:
        """The learner that `state` was taken from."""
        options = dict(state.config["options"])
        options["fit"] = FitOptions(**options["fit"])
        options["augment"] = tuple(options.get("augment", ()))
        learner = cls(tuple(state.config["kinds"]), NeuralOptions(**options), state.config.get("exclusive", ()))
        learner.model.load_state_dict({name: torch.from_numpy(array) for name, array in state.arrays.items()})
        learner.model.eval()
        return learner


def _cut(rows: np.ndarray, size: int) -> list[np.ndarray]:
    """Batches of `size` rows; a very small last one would have as much say as a full one."""
    cuts = np.arange(size, len(rows), size)
    if len(cuts) and len(rows) - cuts[-1] < size // 4:
        cuts = cuts[:-1]
    return np.split(rows, cuts)
