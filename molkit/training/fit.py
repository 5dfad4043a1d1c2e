"""One loop that trains any module on any batches with any loss."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

Loss = Callable[[nn.Module, Any], Tensor]
Progress = Callable[[int, int, dict[str, float]], None]


@dataclass(frozen=True)
class FitOptions:
    """Adam with a linear warm-up and an exponential decline (the schedule of chemprop)."""

    epochs: int = 50
    batch_size: int = 64
    learning_rate: float = 1e-3
    first_rate: float = 1e-4
    last_rate: float = 1e-4
    warmup_epochs: float = 2.0
    gradient_norm: float = 10.0
    patience: int = 15


@dataclass(frozen=True)
class History:
    """Training and validation loss per epoch, and the epoch whose weights were kept (0-based)."""

    train: tuple[float, ...]
    valid: tuple[float, ...]
    best: int


def fit(
    model: nn.Module,
    batches: Callable[[], Sequence[Any]],
    loss: Loss,
    options: FitOptions,
    validate: Callable[[nn.Module], float] | None = None,
    progress: Progress | None = None,
) -> History:
    """Train `model` in place; `batches()` gives one epoch, `validate(model)` a number to make small.

    The best weights are kept in memory and always restored; without `validate` the last ones stay.
    Raises FloatingPointError if the loss stops being finite.
    """
    optimizer = torch.optim.Adam(model.parameters(), lr=options.first_rate)
    train: list[float] = []
    valid: list[float] = []
    best, kept = -1, copy.deepcopy(model.state_dict())
    step = 0
    for epoch in range(options.epochs):
        model.train()
        total, count = 0.0, 0
        parts = batches()
        for batch in parts:
            _set_rate(optimizer, _rate(step / max(len(parts), 1), options))
            total += _step(model, loss, batch, optimizer, options.gradient_norm)
            count, step = count + 1, step + 1
        train.append(total / max(count, 1))
        if not math.isfinite(train[-1]):
            raise FloatingPointError(f"the training loss became {train[-1]} in epoch {epoch + 1}")
        if validate is None:
            best = epoch
        else:
            valid.append(_validate(model, validate))
            if best < 0 or valid[-1] < valid[best]:
                best, kept = epoch, copy.deepcopy(model.state_dict())
        if progress:
            progress(epoch + 1, options.epochs, {"train": train[-1], "valid": valid[-1] if valid else math.nan})
        if validate is not None and epoch - best >= options.patience:
            break
    if validate is not None:
        model.load_state_dict(kept)
    model.eval()
    return History(tuple(train), tuple(valid), best)


def _step(model: nn.Module, loss: Loss, batch: Any, optimizer: torch.optim.Optimizer, norm: float) -> float:
    value = loss(model, batch)
    optimizer.zero_grad(set_to_none=True)
    value.backward()
    nn.utils.clip_grad_norm_(model.parameters(), norm)
    optimizer.step()
    return float(value.detach())


def _validate(model: nn.Module, validate: Callable[[nn.Module], float]) -> float:
    model.eval()
    with torch.no_grad():
        value = validate(model)
    return value if math.isfinite(value) else math.inf


def _rate(epoch: float, options: FitOptions) -> float:
    warmup = min(options.warmup_epochs, options.epochs)
    if epoch < warmup:
        return options.first_rate + (options.learning_rate - options.first_rate) * epoch / warmup
    share = (epoch - warmup) / max(options.epochs - warmup, 1e-9)
    return float(options.learning_rate * (options.last_rate / options.learning_rate) ** share)


def _set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate
