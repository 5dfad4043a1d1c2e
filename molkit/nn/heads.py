"""Heads: encoded inputs side by side [B, D] to raw outputs [B, W]."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from molkit.nn.dropout import Dropout


class MultilayerPerceptron(nn.Module):
    """One hidden layer between the encoded inputs and the targets; `inputs` are the widths of the encoded inputs."""

    def __init__(self, inputs: Sequence[int], outputs: int, width: int = 320, dropout: float = 0.0) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            Dropout(dropout),
            nn.Linear(sum(inputs), width),
            nn.ReLU(),
            Dropout(dropout),
            nn.Linear(width, outputs),
        )

    def forward(self, encoded: Tensor) -> Tensor:
        """Raw outputs [B, W]."""
        return self.layers(encoded)


class Bilinear(nn.Module):
    """A perceptron on the inputs and on the product of their projections, which is a bilinear form of low rank.

    (U a) * (V b) with W outputs of rank `width` (Kim et al., Hadamard product for low-rank bilinear pooling, ICLR
    2017).
    """

    def __init__(self, inputs: Sequence[int], outputs: int, width: int = 320, dropout: float = 0.0) -> None:
        super().__init__()
        self.inputs = tuple(inputs)
        self.projections = nn.ModuleList(nn.Linear(own, width) for own in inputs)
        self.perceptron = MultilayerPerceptron((*inputs, width), outputs, width, dropout)

    def forward(self, encoded: Tensor) -> Tensor:
        """Raw outputs [B, W]."""
        parts = encoded.split(self.inputs, dim=1)
        mixed = self.projections[0](parts[0])
        for project, part in zip(self.projections[1:], parts[1:], strict=True):
            mixed = mixed * project(part)
        return self.perceptron(torch.cat([encoded, mixed], dim=1))


class Symmetric(nn.Module):
    """A perceptron on a + b, |a - b| and a * b of the first two inputs, which are alike, and on the others.

    None of the three changes by one bit when a and b are exchanged.
    """

    def __init__(self, inputs: Sequence[int], outputs: int, width: int = 320, dropout: float = 0.0) -> None:
        super().__init__()
        if len(inputs) < 2 or inputs[0] != inputs[1]:
            raise ValueError(f"expected two inputs of one width before all others, got widths {tuple(inputs)}")
        self.inputs = tuple(inputs)
        self.perceptron = MultilayerPerceptron((inputs[0], *inputs), outputs, width, dropout)

    def forward(self, encoded: Tensor) -> Tensor:
        """Raw outputs [B, W]."""
        one, other, *rest = encoded.split(self.inputs, dim=1)
        return self.perceptron(torch.cat([one + other, (one - other).abs(), one * other, *rest], dim=1))
