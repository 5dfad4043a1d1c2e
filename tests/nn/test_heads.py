"""Heads over several inputs."""

from __future__ import annotations

import pytest
import torch

from molkit.nn.heads import Bilinear, Symmetric


def test_a_symmetric_head_says_the_same_bits_with_its_first_two_inputs_exchanged() -> None:
    torch.manual_seed(0)
    head = Symmetric((5, 5, 3), 2, width=16)
    one, other, rest = torch.randn(40, 5), torch.randn(40, 5), torch.randn(40, 3)
    said = head(torch.cat([one, other, rest], dim=1))
    assert torch.equal(said, head(torch.cat([other, one, rest], dim=1)))
    assert not torch.allclose(said, head(torch.cat([one, other, -rest], dim=1)))
    assert not torch.allclose(said, head(torch.cat([one, -other, rest], dim=1)))


@pytest.mark.parametrize("inputs", [(4,), (4, 5)])
def test_a_symmetric_head_wants_two_inputs_of_one_width(inputs: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="two inputs of one width"):
        Symmetric(inputs, 1)


def test_a_bilinear_head_reads_the_product_of_both_projections() -> None:
    torch.manual_seed(0)
    head = Bilinear((4, 6), 1, width=8)
    one, other = torch.randn(9, 4), torch.randn(9, 6)
    taken: list[torch.Tensor] = []
    head.perceptron.register_forward_pre_hook(lambda _, given: taken.append(given[0]))
    head(torch.cat([one, other], dim=1))
    first, second = head.projections
    torch.testing.assert_close(taken[0], torch.cat([one, other, first(one) * second(other)], dim=1))
