"""A denoising variational autoencoder of rows of mixed cells: numbers, categories, yes or no, any of them missing.

It learns to say what a cell holds given others: likelihoods by kind of cell as in Nazabal et al., Pattern Recognit.
2020, 107, 107501, hiding what is to be told as in Vincent et al., ICML 2008. A missing cell costs nothing, and the
encoder is told where cells are missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from molkit.nn.gaussian import gaussian_losses, posterior
from molkit.nn.record_cells import Cells, cells_of

CLIP = 10.0  # scaled units, beyond which a number is not extrapolated
_MOST_HIDDEN = 0.6  # of the known cells of a row, in training


@dataclass(frozen=True)
class RecordBatch:
    """Rows, and which of their known cells the encoder may not see."""

    values: Tensor  # float32 [B, F], NaN = missing
    hidden: Tensor  # bool [B, P]


class RecordAutoencoder(nn.Module):
    """Encoder: perceptron of cells and of flags that say which are seen; decoder: perceptron of `latent` factors.

    `layout` says what the columns are, in turn: ("number", how many), ("binary", how many) or ("category", columns of
    one), the last being 1 for one value and 0 for the others, all 0 where it is missing; nothing means numbers
    alone. Fingerprint and descriptors of a molecule are (("binary", 2048), ("number", 200)).

    Numbers have a Gaussian around the decoded mean, on a scale that is linear near the median and logarithmic far from
    it; categories a softmax, binaries a Bernoulli. Spreads are learned per column, one for cells that the encoder sees
    and another for those that it has to guess.
    """

    feature = "values"
    reduced = False  # products in bfloat16 blur what numbers have to be given back

    def __init__(
        self,
        latent: int = 16,
        width: int = 128,
        depth: int = 2,
        layout: Sequence[tuple[str, int]] = (),
        hidden: float = _MOST_HIDDEN,
    ) -> None:
        super().__init__()
        self.latent, self.width, self.depth, self.hidden = latent, width, depth, hidden
        self.layout = tuple((str(kind), int(size)) for kind, size in layout)
        self.middle: Tensor
        self.unit: Tensor
        self.least: Tensor
        self._resize(sum(size for _, size in self.layout) or 1)
        self.register_load_state_dict_pre_hook(_resize_for)

    def _resize(self, columns: int) -> None:
        self.cells: Cells = cells_of(self.layout or (("number", columns),))
        for name, value in (("middle", 0.0), ("unit", 1.0), ("least", -torch.inf)):
            self.register_buffer(name, torch.full((columns,), value))
        seen = columns + self.cells.count
        self.encoder = _perceptron(seen, self.width, self.depth)
        self.factors = nn.Linear(self.width, 2 * self.latent)
        self.linear_factors = nn.Linear(seen, self.latent)
        self.decoder = _perceptron(self.latent, self.width, self.depth)
        self.output = nn.Linear(self.width, columns)
        self.linear_output = nn.Linear(self.latent, columns)
        self.log_spread = nn.Parameter(torch.zeros(2, self.cells.count))

    def prepare(self, values: np.ndarray) -> None:
        """Take the scales of training values float32 [n, F], NaN = missing, and draw new weights.

        Raises ValueError if the layout is of another number of columns.
        """
        told = sum(size for _, size in self.layout)
        if told not in (0, values.shape[1]):
            raise ValueError(f"expected {told} columns, as the layout says, got {values.shape[1]}")
        self._resize(values.shape[1])
        for column in self.cells.numbers.tolist():
            own = values[~np.isnan(values[:, column]), column].astype(np.float64)
            if len(own):
                self.middle[column] = float(np.median(own))
                self.unit[column] = _spread(own)
                self.least[column] = 0.0 if own.min() >= 0 else -torch.inf  # what no guess goes below

    def batch(self, values: np.ndarray) -> RecordBatch:
        """What the rest takes, from values float32 [B, F]; nothing is hidden."""
        return RecordBatch(
            torch.from_numpy(values.astype(np.float32)), torch.zeros(len(values), self.cells.count, dtype=torch.bool)
        )

    def corrupted(self, batch: RecordBatch, generator: torch.Generator | None = None) -> RecordBatch:
        """The same rows with a share of their cells hidden, another for each row: what is trained on."""
        size = batch.hidden.shape
        share = self.hidden * torch.rand(size[0], 1, generator=generator)
        return replace(batch, hidden=torch.rand(size, generator=generator) < share)

    def scaled(self, values: Tensor) -> Tensor:
        """Values [B, F] as the network has them: numbers in units of their spread, far ones by their logarithm."""
        numbers = self.cells.is_number
        return torch.where(numbers, torch.asinh((values - self.middle) / self.unit), values)

    def unscaled(self, values: Tensor) -> Tensor:
        """What `scaled` undoes, of numbers."""
        return torch.sinh(values.clamp(-CLIP, CLIP)) * self.unit + self.middle

    def expected(self, raw: Tensor, spread: Tensor) -> Tensor:
        """Means of numbers whose scaled value is Gaussian around `raw`: E sinh(m + s e) = sinh(m) exp(s^2 / 2)."""
        return torch.sinh(raw.clamp(-CLIP, CLIP)) * (0.5 * spread**2).exp() * self.unit + self.middle

    def encode(self, batch: RecordBatch) -> tuple[Tensor, Tensor]:
        """Mean and log variance of the latent factors, each [B, latent]; no hidden cell has a part in them."""
        seen = self.cells.known(batch.values) & ~batch.hidden
        columns = seen[:, self.cells.owner]
        values = torch.where(columns, self.scaled(batch.values), 0.0).clamp(-CLIP, CLIP)
        inputs = torch.cat([values, seen.to(values.dtype)], dim=1)
        mean, log_variance = posterior(self.factors(self.encoder(inputs)))
        return mean + self.linear_factors(inputs), log_variance

    def decode(self, z: Tensor) -> Tensor:
        """Raw values [B, F] of z [B, latent]: means of scaled numbers, logits of the others."""
        return self.output(self.decoder(z)) + self.linear_output(z)

    def spreads(self, seen: Tensor) -> Tensor:
        """Standard deviations of numbers and temperatures of other cells, [B, P]; `seen` [B, P] as in `encode`."""
        return torch.where(seen, self.log_spread[0], self.log_spread[1]).clamp(-5, 5).exp()

    def cell_losses(self, batch: RecordBatch, z: Tensor) -> Tensor:
        """Negative log likelihood of each cell given z, nats [B, P], of scaled numbers; 0 where it is missing."""
        known = self.cells.known(batch.values)
        losses = self.losses(batch.values, self.decode(z), self.spreads(known & ~batch.hidden))
        return torch.where(known, losses, 0.0)

    def losses(self, values: Tensor, raw: Tensor, spread: Tensor) -> Tensor:
        """Negative log likelihood [B, P] of values [B, F] given what is decoded and spreads [B, P]; any if missing."""
        values = torch.nan_to_num(self.scaled(values), nan=0.0)
        wide = spread[:, self.cells.owner]
        gaussian = gaussian_losses(values, raw, wide.log())
        binary = functional.binary_cross_entropy_with_logits(raw / wide, values.clamp(0, 1), reduction="none")
        categorical = -values * self.cells.log_softmax(raw / wide)
        losses = torch.where(self.cells.is_number, gaussian, torch.where(self.cells.is_binary, binary, categorical))
        return self.cells.summed(losses)

    def loss(self, batch: RecordBatch, z: Tensor) -> Tensor:
        """Negative log likelihood of the known cells of each row given z, nats [B]."""
        return self.cell_losses(batch, z).sum(dim=1)


def _spread(values: np.ndarray) -> float:
    """A standard deviation that a few far values do not blow up: of the inner half, else of all."""
    low, high = np.quantile(values, [0.25, 0.75])
    return float((high - low) / 1.349) or float(values.std()) or 1.0


def _resize_for(module: Any, state: dict[str, Tensor], prefix: str, *_: Any) -> None:
    """The number of columns is known from a state alone."""
    if f"{prefix}middle" in state:
        module._resize(len(state[f"{prefix}middle"]))


def _perceptron(inputs: int, width: int, depth: int) -> nn.Sequential:
    parts: list[nn.Module] = []
    for place in range(depth):
        parts += [nn.Linear(inputs if place == 0 else width, width), nn.ReLU()]
    return nn.Sequential(*parts)
