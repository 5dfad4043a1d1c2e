"""Heads: encoded inputs [B, D] to raw outputs [B, W]."""

from __future__ import annotations

from torch import Tensor, nn

from molkit.nn.dropout import Dropout


class MultilayerPerceptron(nn.Module):
    """One hidden layer between the encoded inputs and the targets."""

    def __init__(self, inputs: int, outputs: int, width: int = 320, dropout: float = 0.0) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            Dropout(dropout),
            nn.Linear(inputs, width),
            nn.ReLU(),
            Dropout(dropout),
            nn.Linear(width, outputs),
        )

    def forward(self, encoded: Tensor) -> Tensor:
        """Raw outputs [B, W]."""
        return self.layers(encoded)
