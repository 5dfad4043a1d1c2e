"""The posterior means of an autoencoder as the vectors of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from molkit.data.batching import Columns, take_values
from molkit.learners.autoencoder import Autoencoder
from molkit.learners.pretrained import Start
from molkit.learners.protocol import State
from molkit.nn import ENCODERS
from molkit.types import Column, Problem


@dataclass(frozen=True)
class AutoencoderEncoding:
    """The posterior means of an autoencoder of one input."""

    autoencoder: Autoencoder
    input: str

    @property
    def name(self) -> str:
        """The kind of autoencoder."""
        return f"{self.autoencoder.kind} autoencoder"

    @property
    def needs(self) -> tuple[str, ...]:
        """Keys of the packed columns that are read."""
        return (f"{self.input}/{self.autoencoder.feature}",)

    @property
    def widths(self) -> dict[str, int]:
        """How many numbers the vector has, by the input's name."""
        return {self.input: self.autoencoder.module.latent}

    @property
    def lacking(self) -> Problem:
        """What is told of a row that has no vector."""
        return Problem("unsupported", "is longer than the autoencoder reads, or has parts that it has no token for.")

    def encoded(self, column: Column) -> tuple[np.ndarray, np.ndarray]:
        """Vectors float32 [n, D] of the distinct values that rows have, and which each has [B].

        NaN stands where the autoencoder could not write the value again: its tokens for unknown parts are all alike.
        """
        used, place = np.unique(column.index, return_inverse=True)
        vectors = self.autoencoder.encode_readable(take_values(column.values, used))
        return vectors, place.astype(np.int64)

    def encode(self, columns: Columns) -> np.ndarray:
        """The vector of each row, float32 [B, D]."""
        vectors, place = self.encoded(columns[self.needs[0]])
        return vectors[place]

    def start(self, file: str) -> Start | None:
        """The weights of its encoder, if that is one of a network's too."""
        encoder = getattr(self.autoencoder.module, "encoder", None)
        found = [name for name, own in ENCODERS.items() if type(encoder) is own]
        if encoder is None or not found or not hasattr(encoder, "layers"):
            return None
        weights = {key: tensor.numpy() for key, tensor in encoder.state_dict().items()}
        return Start(found[0], encoder.width, len(encoder.layers), weights, file)

    def state(self) -> State:
        """Everything that `encoding_from_state` needs."""
        own = self.autoencoder.state()
        return State({"autoencoder": own.config, "input": self.input}, own.arrays)


def autoencoder_encoding(config: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> AutoencoderEncoding:
    """The encoding whose state these were taken from."""
    return AutoencoderEncoding(Autoencoder.from_state(State(config["autoencoder"], dict(arrays))), config["input"])
