"""What makes vectors of rows, for maps and as features: encoders of networks without their heads, and autoencoders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch

from molkit.data.batching import Columns, take_values
from molkit.learners.batches import by_size, on_device, predicting_batch
from molkit.learners.neural import NeuralLearner
from molkit.learners.pretrained import Start
from molkit.learners.protocol import State
from molkit.types import Column, Problem


class Encoding(Protocol):
    """`widths` are how many numbers there are of each input, by its name; `needs` the packed columns that are read."""

    @property
    def name(self) -> str: ...

    @property
    def needs(self) -> tuple[str, ...]: ...

    @property
    def widths(self) -> dict[str, int]: ...

    @property
    def lacking(self) -> Problem:
        """What is told of a row that has no vector; the sentence begins after what a row is called."""

    def encoded(self, column: Column) -> tuple[np.ndarray, np.ndarray]:
        """Vectors float32 [n, D] of the distinct values of the first input that rows have, and which each has [B].

        NaN stands where there is no vector.
        """

    def encode(self, columns: Columns) -> np.ndarray:
        """The vectors of the inputs of each row side by side, float32 [B, D]."""

    def start(self, file: str) -> Start | None:
        """The weights of the encoder of the first input, from a file of that name; None if no network has it."""

    def state(self) -> State:
        """Everything that `encoding_from_state` needs."""


@dataclass(frozen=True)
class NetworkEncoding:
    """The encoders of a fitted network, in the order of its inputs."""

    network: NeuralLearner

    @property
    def name(self) -> str:
        """The network's."""
        return self.network.kind

    @property
    def needs(self) -> tuple[str, ...]:
        """Keys of the packed columns that are read."""
        return self.network.needs

    @property
    def widths(self) -> dict[str, int]:
        """How many numbers the vector of each input has, by its name."""
        return {name: self.network.model.encoder(name).width for name in self.network.model.inputs}

    @property
    def lacking(self) -> Problem:
        """What is told of a row that has no vector."""
        return Problem("non_finite", "has no finite vector by this model.")

    def encoded(self, column: Column) -> tuple[np.ndarray, np.ndarray]:
        """Vectors float32 [n, D] of the distinct values of the first input that rows have, and which each has [B]."""
        return _encoded(self._encoder(next(iter(self.network.model.inputs))), column)

    def encode(self, columns: Columns) -> np.ndarray:
        """The vectors of the inputs of each row side by side, float32 [B, D]."""
        keys = zip(self.network.model.inputs, self.needs, strict=True)
        found = [_encoded(self._encoder(name), columns[key]) for name, key in keys]
        return np.concatenate([vectors[place] for vectors, place in found], axis=1)

    def start(self, file: str) -> Start:
        """The weights of the encoder of the first input, from a file of that name."""
        options, name = self.network.options, next(iter(self.network.model.inputs))
        weights = {key: tensor.numpy() for key, tensor in self._encoder(name).state_dict().items()}
        return Start(options.inputs[name], options.width, options.depth, weights, file)

    def state(self) -> State:
        """Everything that `encoding_from_state` needs."""
        own = self.network.state()
        return State({"network": own.config}, own.arrays)

    def _encoder(self, name: str) -> Any:
        return self.network.model.eval().encoder(name)


def encoding_from_state(config: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Encoding:
    """The encoding whose state these were taken from."""
    if "autoencoder" in config:
        from molkit.learners.autoencoder_encoding import autoencoder_encoding

        return autoencoder_encoding(config, arrays)
    return NetworkEncoding(NeuralLearner.from_state(State(config["network"], dict(arrays))))


def _encoded(encoder: Any, column: Column) -> tuple[np.ndarray, np.ndarray]:
    """What an encoder makes of the distinct values that rows have, float32 [n, width], and which each has [B]."""
    used, place = np.unique(column.index, return_inverse=True)
    vectors = np.empty((len(used), encoder.width), np.float32)
    rows = np.arange(len(used))
    for part in by_size(Column(column.values, used), rows) if len(rows) else []:
        batch = on_device(predicting_batch(encoder, take_values(column.values, used[part])), torch.device("cpu"))
        with torch.inference_mode():
            vectors[part] = encoder(batch).float().numpy()
    return vectors, place.astype(np.int64)
