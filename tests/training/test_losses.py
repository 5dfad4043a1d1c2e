"""The supervised loss against a plain loop over labels."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from molkit.training.losses import supervised_loss

BINARY = torch.tensor([False, True])


def looped(raw: Tensor, labels: Tensor, relations: Tensor, weights: Tensor, power: int) -> float:
    """The error to a power, or cross entropy, label by label; above and below cost nothing on their own side."""
    total, share = 0.0, 0.0
    for i in range(len(raw)):
        for k in range(2):
            x, y, relation, weight = (float(t) for t in (raw[i, k], labels[i, k], relations[i, k], weights[i, 0]))
            if math.isnan(y):
                continue
            if k == 1:
                cost = math.log1p(math.exp(-x)) if y == 1 else math.log1p(math.exp(x))
            elif relation == 0:
                cost = abs(x - y) ** power
            else:
                wrong = x < y if relation > 0 else x > y
                cost = abs(x - y) ** power if wrong else 0.0
            total, share = total + weight * cost, share + weight
    return total / share if share else 0.0


LABEL = st.tuples(
    st.floats(-5, 5, width=32),
    st.one_of(st.just(math.nan), st.floats(-5, 5, width=32)),
    st.sampled_from([-1, 0, 1]),
    st.floats(-5, 5, width=32),
    st.sampled_from([math.nan, 0.0, 1.0]),
    st.floats(0.125, 4, width=32),
)


@given(st.lists(LABEL, min_size=1, max_size=8), st.sampled_from([("squared", 2), ("absolute", 1)]))
def test_the_loss_is_the_mean_over_measured_labels(rows: list[tuple[float, ...]], objective: tuple[str, int]) -> None:
    name, power = objective
    table = torch.tensor(rows)
    raw, labels = table[:, [0, 3]], table[:, [1, 4]]
    relations, weights = torch.stack([table[:, 2], torch.zeros(len(rows))], dim=1), table[:, 5:]
    found = float(supervised_loss(raw, labels, relations, weights, BINARY, name))
    assert found == pytest.approx(looped(raw, labels, relations, weights, power), rel=1e-4, abs=1e-6)


def test_a_missing_label_has_no_gradient_and_the_others_do() -> None:
    raw = torch.tensor([[1.0, 2.0], [3.0, -1.0]], requires_grad=True)
    labels = torch.tensor([[math.nan, 1.0], [2.0, math.nan]])
    supervised_loss(raw, labels, torch.zeros(2, 2), torch.ones(2, 1), BINARY).backward()
    assert raw.grad is not None
    torch.testing.assert_close(raw.grad, torch.tensor([[0.0, (torch.sigmoid(torch.tensor(2.0)) - 1) / 2], [1.0, 0.0]]))


@pytest.mark.parametrize(
    ("relation", "predicted", "gradient"), [(1, 3.0, 0.0), (1, 1.0, -2.0), (-1, 3.0, 2.0), (-1, 1.0, 0.0)]
)
def test_a_censored_label_pulls_to_its_side_only(relation: int, predicted: float, gradient: float) -> None:
    raw = torch.tensor([[predicted]], requires_grad=True)
    relations = torch.tensor([[float(relation)]])
    supervised_loss(raw, torch.tensor([[2.0]]), relations, torch.ones(1, 1), torch.tensor([False])).backward()
    assert raw.grad is not None
    assert float(raw.grad) == gradient


def test_the_absolute_error_of_a_sample_is_least_at_its_median() -> None:
    labels = torch.tensor([1.0, 2.0, 3.0, 50.0, 90.0])[:, None]

    def cost(value: float, objective: str) -> float:
        raw, regression = torch.full((5, 1), value), torch.tensor([False])
        return float(supervised_loss(raw, labels, torch.zeros(5, 1), torch.ones(5, 1), regression, objective))

    tried = [x / 2 for x in range(200)]
    assert min(tried, key=lambda x: cost(x, "absolute")) == 3.0
    assert min(tried, key=lambda x: cost(x, "squared")) == pytest.approx(29.2, abs=0.3)


def test_nothing_measured_costs_nothing_and_moves_nothing() -> None:
    raw = torch.tensor([[1.0, 2.0]], requires_grad=True)
    loss = supervised_loss(raw, torch.full((1, 2), math.nan), torch.zeros(1, 2), torch.ones(1, 1), BINARY)
    loss.backward()
    assert float(loss.detach()) == 0
    assert raw.grad is not None
    assert raw.grad.tolist() == [[0.0, 0.0]]


def test_a_hopeless_prediction_costs_a_finite_amount() -> None:
    raw = torch.tensor([[0.0, 500.0]])
    loss = supervised_loss(raw, torch.tensor([[math.nan, 0.0]]), torch.zeros(1, 2), torch.ones(1, 1), BINARY)
    assert float(loss) == 500.0


def test_only_the_ratio_of_weights_counts() -> None:
    torch.manual_seed(0)
    raw, labels, weights = torch.randn(6, 2), torch.randint(0, 2, (6, 2)).float(), torch.rand(6, 1)
    once, tripled = (supervised_loss(raw, labels, torch.zeros(6, 2), w, BINARY) for w in (weights, 3 * weights))
    torch.testing.assert_close(once, tripled)
