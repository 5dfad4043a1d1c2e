"""An encoder that was trained before, for another run: its vectors as features, or its weights to begin with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from molkit.data.batching import Columns
from molkit.learners.inputs import alike_first
from molkit.learners.protocol import State
from molkit.types import Column

if TYPE_CHECKING:
    import numpy as np

    from molkit.learners.encoding import Encoding

LATENT = "latent-"  # begins the name of the feature that vectors are, before a part of the file's hash


@dataclass(frozen=True)
class Start:
    """Weights that an encoder of this name begins with, by the name of each, and the sizes that they are for."""

    encoder: str
    width: int
    depth: int
    weights: Mapping[str, np.ndarray]
    file: str


@dataclass(frozen=True)
class Pretrained:
    """The encoding of one input by a model file; `names` are the inputs of a run, all of one kind, that it reads.

    `feature` is what it reads of each, `mark` tells its vectors from those of other files.
    """

    encoding: Encoding
    names: tuple[str, ...]
    feature: str
    mark: str

    @property
    def latents(self) -> dict[str, str]:
        """The key of the vectors of each input, with that of the packed column they are made of."""
        return {f"{name}/{LATENT}{self.mark}": f"{name}/{self.feature}" for name in self.names}

    @property
    def arrays(self) -> tuple[str, ...]:
        """The vectors as trees and linear models read them; of a pair alike as one array."""
        return tuple(f"{name}/{LATENT}{self.mark}" for name in alike_first(self.names))

    def state(self) -> State:
        """Everything that `from_state` needs."""
        own = self.encoding.state()
        return State({"names": list(self.names), "feature": self.feature, "mark": self.mark, **own.config}, own.arrays)

    @classmethod
    def from_state(cls, state: State) -> Pretrained:
        """What `state` was taken from."""
        from molkit.learners.encoding import encoding_from_state

        told = state.config
        return cls(encoding_from_state(told, state.arrays), tuple(told["names"]), told["feature"], told["mark"])


def with_latents(columns: Columns, every: Sequence[Pretrained]) -> Columns:
    """The columns and the vectors that encoders make of them; each makes its own once."""
    found: dict[str, Column] = dict(columns)
    for own in every:
        for key, source in own.latents.items():
            if key not in found:
                found[key] = Column(*own.encoding.encoded(columns[source]))
    return found
