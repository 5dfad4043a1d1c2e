"""Dropout: the share, the scale, and whose random numbers it uses."""

from __future__ import annotations

import pytest
import torch

from molkit.nn.dropout import Dropout


def built(seed: int, share: float = 0.3) -> Dropout:
    torch.manual_seed(seed)
    return Dropout(share)


def test_a_share_is_dropped_and_the_mean_stays() -> None:
    values = built(0)(torch.ones(200, 200))
    assert values.unique().tolist() == pytest.approx([0, 1 / 0.7])
    assert float((values == 0).float().mean()) == pytest.approx(0.3, abs=0.01)
    assert float(values.mean()) == pytest.approx(1, abs=0.02)


def test_it_repeats_with_its_seed_whatever_others_draw() -> None:
    ones = torch.ones(50)
    one, other, third = built(1), built(1), built(2)
    found = one(ones)
    torch.rand(5)
    assert torch.equal(other(ones), found)
    assert not torch.equal(one(ones), found)
    assert not torch.equal(third(ones), found)


def test_nothing_is_dropped_when_predicting_or_at_a_share_of_nothing() -> None:
    values = torch.randn(5)
    assert torch.equal(built(0).eval()(values), values)
    assert torch.equal(built(0, 0.0)(values), values)


def test_a_gradient_flows_through_what_is_kept() -> None:
    values = torch.ones(100, requires_grad=True)
    kept = built(0)(values)
    kept.sum().backward()
    assert values.grad is not None
    torch.testing.assert_close(values.grad, kept.detach())


@pytest.mark.parametrize("share", [-0.1, 1.0, 2.0])
def test_an_impossible_share_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="below 1"):
        Dropout(share)
