"""One loop that trains any module on any batches with any loss."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
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


@dataclass(frozen=True)
class Checkpoint:
    """All that training needs to go on after an epoch: losses so far, steps, weights and the optimiser's moments."""

    train: tuple[float, ...] = ()
    steps: int = 0
    weights: dict[str, Tensor] = field(default_factory=dict)
    moments: dict[str, Tensor] = field(default_factory=dict)


def fit(
    model: nn.Module,
    batches: Callable[[], Sequence[Any]],
    loss: Loss,
    options: FitOptions,
    validate: Callable[[nn.Module], float] | None = None,
    progress: Progress | None = None,
    *,
    share: Callable[[], float] | None = None,
    threads: int = 1,
    keep: Callable[[Checkpoint], None] | None = None,
    start: Checkpoint | None = None,
) -> History:
    """Train `model` in place; `batches()` gives one epoch, `validate(model)` a number to make small.

    The best weights are kept in memory and always restored; without `validate` the last ones stay. `share()` says how
    much of the time is used, 0 to 1, where that ends the training instead of a number of epochs. With several threads
    each batch is a list of up to so many parts, whose mean gradient is taken. `keep` gets a checkpoint after every
    epoch, and `start` is one to go on from. Raises FloatingPointError if the loss stops being finite.
    """
    if start is not None:  # before the optimiser: a module that learns its size from a state has new parameters then
        model.load_state_dict(start.weights)
    optimizer = torch.optim.Adam(model.parameters(), lr=options.first_rate)
    train, step = _restored(optimizer, start)
    valid: list[float] = []
    best, kept = -1, copy.deepcopy(model.state_dict())
    with _pool(threads) as pool:
        while len(train) < options.epochs and (share is None or share() < 1):
            epoch = len(train)
            model.train()
            parts, losses = batches(), []
            for batch in parts:
                time = step / max(len(parts), 1) if share is None else share() * options.epochs
                _set_rate(optimizer, _rate(time, options))
                losses.append(_step(model, loss, batch, optimizer, options.gradient_norm, pool))
                step += 1
                if share is not None and share() >= 1:
                    break
            train.append(sum(losses) / max(len(losses), 1))
            if not math.isfinite(train[-1]):
                raise FloatingPointError(f"the training loss became {train[-1]} in epoch {epoch + 1}")
            if keep is not None:
                keep(_checkpoint(model, optimizer, train, step))
            if validate is None:
                best = epoch
            else:
                valid.append(_validate(model, validate))
                if best < 0 or valid[-1] < valid[best]:
                    best, kept = epoch, copy.deepcopy(model.state_dict())
            if progress:
                figures = {"train": train[-1], "valid": valid[-1] if valid else math.nan}
                progress(epoch + 1, options.epochs, figures)
            if validate is not None and epoch - best >= options.patience:
                break
    if validate is not None:
        model.load_state_dict(kept)
    model.eval()
    return History(tuple(train), tuple(valid), best)


@contextmanager
def _pool(threads: int) -> Iterator[ThreadPoolExecutor | None]:
    """Threads that find gradients, if there are several, and torch on one core in each and in this one."""
    if threads == 1:
        yield None
        return
    before, one_core = torch.get_num_threads(), partial(torch.set_num_threads, 1)
    one_core()
    try:
        with ThreadPoolExecutor(threads, initializer=one_core) as pool:
            yield pool
    finally:
        torch.set_num_threads(before)


def _restored(optimizer: torch.optim.Optimizer, start: Checkpoint | None) -> tuple[list[float], int]:
    """The losses and steps so far, once the optimiser is as it was."""
    if start is None:
        return [], 0
    state = optimizer.state_dict()
    for name, value in start.moments.items():
        place, _, kind = name.partition(".")
        state["state"].setdefault(int(place), {})[kind] = value
    optimizer.load_state_dict(state)
    return list(start.train), start.steps


def _checkpoint(model: nn.Module, optimizer: torch.optim.Optimizer, train: Sequence[float], step: int) -> Checkpoint:
    moments = {
        f"{place}.{kind}": value
        for place, own in optimizer.state_dict()["state"].items()
        for kind, value in own.items()
    }
    return Checkpoint(tuple(train), step, dict(model.state_dict()), moments)


def _step(
    model: nn.Module,
    loss: Loss,
    batch: Any,
    optimizer: torch.optim.Optimizer,
    norm: float,
    pool: ThreadPoolExecutor | None,
) -> float:
    if pool is None:
        value = loss(model, batch)
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        found = float(value.detach())
    else:
        found = _mean_gradient(model, loss, batch, pool)
    nn.utils.clip_grad_norm_(model.parameters(), norm)
    optimizer.step()
    return found


def _mean_gradient(model: nn.Module, loss: Loss, parts: Sequence[Any], pool: ThreadPoolExecutor) -> float:
    """Set the mean gradient of the parts, each found in a thread of its own; returns the mean loss.

    Gradients are summed in the order of the parts, so that a run repeats.
    """
    weights = list(model.parameters())
    found = list(pool.map(partial(_gradient, model, loss, weights), parts))
    for place, weight in enumerate(weights):
        own = [gradients[place] for _, gradients in found if gradients[place] is not None]
        weight.grad = sum(own[1:], own[0]) / len(parts) if own else None
    return sum(value for value, _ in found) / len(parts)


def _gradient(model: nn.Module, loss: Loss, weights: Sequence[Tensor], part: Any) -> tuple[float, tuple[Any, ...]]:
    value = loss(model, part)
    return float(value.detach()), torch.autograd.grad(value, weights, allow_unused=True)


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
