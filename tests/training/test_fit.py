"""The training loop on models small enough to see through."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor, nn

from molkit.training.fit import FitOptions, History, fit

X = torch.linspace(-1, 1, 32)[:, None]
Y = 3 * X + 1
QUICK = FitOptions(epochs=60, learning_rate=0.1, first_rate=0.01, last_rate=0.01)


def linear(seed: int = 0) -> nn.Linear:
    torch.manual_seed(seed)
    return nn.Linear(1, 1)


def batches() -> list[Tensor]:
    return list(torch.randperm(32).split(8))


def squared(model: nn.Module, rows: Tensor) -> Tensor:
    return ((model(X[rows]) - Y[rows]) ** 2).mean()


def values(numbers: Sequence[float]) -> Callable[[nn.Module], float]:
    """A validation that reads from a list, whatever the model."""
    left = iter(numbers)
    return lambda model: next(left)


class Recorded:
    """A validation that remembers the weights it was shown."""

    def __init__(self, numbers: Sequence[float]) -> None:
        self.numbers, self.weights = iter(numbers), list[Tensor]()

    def __call__(self, model: nn.Module) -> float:
        assert not model.training
        assert not torch.is_grad_enabled()
        self.weights.append(next(iter(model.parameters())).detach().clone())
        return next(self.numbers)


def test_a_line_is_learned() -> None:
    model = linear()
    history = fit(model, batches, squared, QUICK)
    assert model.weight.item() == pytest.approx(3, abs=0.05)
    assert model.bias.item() == pytest.approx(1, abs=0.05)
    assert history.train[-1] < 0.01 < history.train[0]
    assert (len(history.train), history.valid, history.best) == (60, (), 59)
    assert not model.training


@pytest.mark.parametrize(
    ("scores", "best"), [([5, 4, 3, 6, 7], 2), ([1, 2, 3, 4, 5], 0), ([5, 4, 3, 2, 1], 4), ([2, 2, 2, 2, 2], 0)]
)
def test_the_best_weights_are_restored(scores: list[float], best: int) -> None:
    model, validate = linear(), Recorded(scores)
    history = fit(model, batches, squared, FitOptions(epochs=5, patience=99), validate)
    assert history.best == best
    assert history.valid == tuple(scores)
    assert torch.equal(model.weight, validate.weights[best])
    assert not torch.equal(validate.weights[0], validate.weights[4])


def test_training_stops_when_nothing_got_better_for_as_long_as_the_patience() -> None:
    scores = [9.0, 3.0, *[4.0] * 50]
    history = fit(linear(), batches, squared, FitOptions(epochs=40, patience=6), values(scores))
    assert (len(history.valid), history.best) == (8, 1)


def test_a_validation_that_is_not_a_number_is_never_the_best() -> None:
    history = fit(linear(), batches, squared, FitOptions(epochs=4), values([math.nan, 2.0, math.inf, math.nan]))
    assert history.best == 1


def run(progress: Callable[..., None] | None) -> tuple[History, list[Tensor]]:
    model = linear(3)
    history = fit(model, batches, squared, QUICK, lambda m: float(squared(m, torch.arange(32))), progress)
    return history, [weight.detach().clone() for weight in model.parameters()]


def test_a_seed_repeats_bit_for_bit_and_progress_changes_nothing() -> None:
    def meddling(epoch: int, epochs: int, figures: dict[str, float]) -> None:
        figures.clear()
        figures["train"] = math.nan

    runs = [run(None), run(None), run(meddling)]
    for history, weights in runs[1:]:
        assert history == runs[0][0]
        assert all(torch.equal(a, b) for a, b in zip(weights, runs[0][1], strict=True))


def test_progress_is_told_every_epoch() -> None:
    told: list[tuple[int, int, dict[str, float]]] = []
    history = fit(
        linear(), batches, squared, FitOptions(epochs=3), values([3, 2, 1]), lambda *report: told.append(report)
    )
    assert [(done, of) for done, of, _ in told] == [(1, 3), (2, 3), (3, 3)]
    assert [figures["train"] for _, _, figures in told] == list(history.train)
    assert [figures["valid"] for _, _, figures in told] == [3, 2, 1]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_is_an_error(value: float) -> None:
    with pytest.raises(FloatingPointError, match="in epoch 1"):
        fit(linear(), batches, lambda model, rows: squared(model, rows) * value, QUICK)


def test_the_rate_rises_then_falls_as_documented() -> None:
    rates: list[float] = []
    options = FitOptions(epochs=10, learning_rate=1e-2, first_rate=1e-4, last_rate=1e-3, warmup_epochs=2)

    class Watched(torch.optim.Adam):
        def step(self, *args: object, **kwargs: object) -> None:
            rates.append(self.param_groups[0]["lr"])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.optim, "Adam", Watched)
        fit(linear(), batches, squared, options)
    assert len(rates) == 40
    assert rates[0] == pytest.approx(1e-4)
    assert rates[8] == pytest.approx(1e-2)
    steps = [rates[i + 1] - rates[i] for i in range(7)]
    assert steps == pytest.approx([steps[0]] * 7)
    ratios = [rates[i + 1] / rates[i] for i in range(8, 39)]
    assert ratios == pytest.approx([(1e-3 / 1e-2) ** (1 / 32)] * 31)


def test_gradients_are_clipped() -> None:
    norms: list[float] = []

    class Watched(torch.optim.SGD):
        def step(self, *args: object, **kwargs: object) -> None:
            weights = [w.grad for group in self.param_groups for w in group["params"]]
            norms.append(float(torch.cat([g.ravel() for g in weights]).norm()))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.optim, "Adam", Watched)
        fit(linear(), batches, lambda m, rows: 1e6 * squared(m, rows), FitOptions(epochs=1, gradient_norm=0.5))
    assert norms == pytest.approx([0.5] * 4, rel=1e-4)
