"""Torch modules: encoders make [B, D] of one input, heads make [B, W] of encoded inputs."""

from __future__ import annotations

from molkit.nn.dmpnn import DirectedMessagePassing
from molkit.nn.heads import MultilayerPerceptron

ENCODERS = {"dmpnn": DirectedMessagePassing}
HEADS = {"mlp": MultilayerPerceptron}

__all__ = ["ENCODERS", "HEADS", "DirectedMessagePassing", "MultilayerPerceptron"]
