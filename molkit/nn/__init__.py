"""Torch modules: encoders make [B, D] of one input, heads make [B, W] of encoded inputs.

torch_geometric, which takes seconds to import, is loaded when an encoder that needs it is built.
"""

from __future__ import annotations

from molkit.nn.attentivefp import AttentiveFingerprint
from molkit.nn.cnn import ConvolutionalNetwork
from molkit.nn.dmpnn import DirectedMessagePassing
from molkit.nn.gat import GraphAttention
from molkit.nn.gin import GraphIsomorphism
from molkit.nn.heads import MultilayerPerceptron
from molkit.nn.recurrent import RecurrentNetwork
from molkit.nn.resnet import ResidualNetwork

ENCODERS = {
    "dmpnn": DirectedMessagePassing,
    "gin": GraphIsomorphism,
    "gat": GraphAttention,
    "attentivefp": AttentiveFingerprint,
    "gru": RecurrentNetwork,
    "cnn": ConvolutionalNetwork,
    "resnet": ResidualNetwork,
}
HEADS = {"mlp": MultilayerPerceptron}

__all__ = [
    "ENCODERS",
    "HEADS",
    "AttentiveFingerprint",
    "ConvolutionalNetwork",
    "DirectedMessagePassing",
    "GraphAttention",
    "GraphIsomorphism",
    "MultilayerPerceptron",
    "RecurrentNetwork",
    "ResidualNetwork",
]
