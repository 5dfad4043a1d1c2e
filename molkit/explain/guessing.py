"""What an autoencoder of records says of cells that it does not see: expected values, intervals, probabilities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from molkit.nn.record_autoencoder import RecordAutoencoder, RecordBatch

DRAWS = 16  # of the latent factors, the same for all rows, so that no row depends on its neighbours
_PARTS = 16  # of the Gaussian around each
_LOW, _HIGH = 0.05, 0.95
_AT_ONCE = 4096  # rows that are encoded together
_NUMBERS_AT_ONCE = 1 << 24


@dataclass(frozen=True)
class Guesses:
    """What rows of values [n, F] of P cells would hold by what was seen.

    Quantiles are those of numbers, NaN for other columns; of what was never negative in training no guess is. Losses
    are negative log likelihoods of what the cells do hold, in nats, of numbers on the scale of the network; NaN where a
    cell is missing.
    """

    expected: np.ndarray  # float32 [n, F], means of numbers, probabilities of the others
    middle: np.ndarray  # float32 [n, F], where the two halves of the intervals meet
    low: np.ndarray  # float32 [n, F], 5 % quantiles
    high: np.ndarray  # float32 [n, F], 95 % quantiles
    losses: np.ndarray  # float64 [n, P]


@torch.inference_mode()
def guess_missing(
    module: RecordAutoencoder, values: np.ndarray, widening: np.ndarray | None = None, hidden: np.ndarray | None = None
) -> Guesses:
    """What the cells of each row would hold by those that are known, and not `hidden` [n, P], of that row.

    `widening` [F] multiplies the intervals, which then are never negative where no training value was.
    """
    none = np.zeros((len(values), module.cells.count), bool)
    mask = none if hidden is None else hidden

    def raw(part: slice) -> Tensor:
        batch = RecordBatch(torch.from_numpy(values[part]), torch.from_numpy(mask[part]))
        return torch.stack([module.decode(z) for z in _draws(module, batch)])

    return _joined([_guessed(module, values[part], raw(part), widening) for part in _parts(module, values, 1)])


@torch.inference_mode()
def guess_each(module: RecordAutoencoder, values: np.ndarray, widening: np.ndarray | None = None) -> Guesses:
    """What each cell of each row would hold by all others that are known of that row: it is hidden, one after another.

    That is a pass for every cell, in batches.
    """
    count, owner = module.cells.count, module.cells.owner
    columns = torch.arange(len(owner))

    def raw(part: slice) -> Tensor:
        rows = torch.from_numpy(values[part])
        hidden = torch.eye(count, dtype=torch.bool).repeat(len(rows), 1)
        batch = RecordBatch(rows.repeat_interleave(count, dim=0), hidden)
        decoded = (module.decode(z).view(len(rows), count, len(owner)) for z in _draws(module, batch))
        return torch.stack([own[:, owner, columns] for own in decoded])  # each column of the pass that hid its cell

    return _joined([_guessed(module, values[part], raw(part), widening) for part in _parts(module, values, count)])


def _parts(module: RecordAutoencoder, values: np.ndarray, passes: int) -> Iterator[slice]:
    """Rows that are worked on together; one part even if there are none."""
    numbers = _NUMBERS_AT_ONCE // (DRAWS * max(_PARTS * len(module.cells.numbers), len(module.cells.owner)))
    size = max(1, min(_AT_ONCE // passes, numbers))
    for start in range(0, max(len(values), 1), size):
        yield slice(start, start + size)


def _draws(module: RecordAutoencoder, batch: RecordBatch) -> Iterator[Tensor]:
    mean, log_variance = module.encode(batch)
    noise = np.random.default_rng(0).normal(size=(DRAWS, module.latent)).astype(np.float32)
    for own in torch.from_numpy(noise):
        yield mean + own * (log_variance / 2).exp()


def _guessed(module: RecordAutoencoder, values: np.ndarray, raw: Tensor, widening: np.ndarray | None) -> Guesses:
    """Guesses from what was decoded of cells that were not seen, raw [draws, n, F]."""
    rows, cells = torch.from_numpy(values), module.cells
    spread = module.spreads(torch.zeros(len(rows), cells.count, dtype=torch.bool))
    losses = torch.stack([-module.losses(rows, own, spread) for own in raw]).double()
    found = torch.where(cells.known(rows), np.log(len(raw)) - torch.logsumexp(losses, dim=0), torch.nan)
    wide = spread[:, cells.owner]
    middle, low, high = _interval(module, raw, wide, widening)
    numbers = torch.maximum(module.expected(raw, wide).mean(dim=0), module.least)
    chances = torch.sigmoid(raw / wide).mean(dim=0)
    shares = torch.stack([cells.log_softmax(own / wide).exp() for own in raw]).mean(dim=0)
    expected = torch.where(cells.is_number, numbers, torch.where(cells.is_binary, chances, shares))
    return Guesses(expected.numpy(), middle, low, high, found.numpy())


def _interval(
    module: RecordAutoencoder, raw: Tensor, wide: Tensor, widening: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Middle and quantiles [n, F] of the mixture of the Gaussians around each draw, NaN but for numbers."""
    found = [np.full(wide.shape, np.nan, np.float32) for _ in range(3)]
    columns = module.cells.numbers
    if len(columns):
        own, spread = raw[:, :, columns], wide[:, columns]
        centre = own.mean(dim=0)
        places = torch.special.ndtri((torch.arange(_PARTS) + 0.5) / _PARTS)
        points = (own - centre)[:, None] + spread * places[:, None, None]
        ends = np.quantile(points.flatten(0, 1).numpy(), [_LOW, _HIGH], axis=0).astype(np.float32)
        factor = np.float32(1) if widening is None else widening[columns].astype(np.float32)
        for array, off in zip(found, (np.float32(0), factor * ends[0], factor * ends[1]), strict=True):
            full = torch.zeros(wide.shape)
            full[:, columns] = centre + torch.from_numpy(np.broadcast_to(off, centre.shape).copy())
            ends_here = module.unscaled(full)
            if widening is not None:
                ends_here = torch.maximum(ends_here, module.least)
            array[:, columns] = ends_here[:, columns].numpy()
    return found[0], found[1], found[2]


def _joined(parts: list[Guesses]) -> Guesses:
    names = Guesses.__dataclass_fields__
    return Guesses(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
