"""Torch modules: encoders make [B, D] of one input, heads make [B, W] of encoded inputs.

torch_geometric, which takes seconds to import, is loaded when an encoder that needs it is built.
"""

from __future__ import annotations

from typing import Any

from molkit.nn.attentivefp import AttentiveFingerprint
from molkit.nn.cnn import ConvolutionalNetwork
from molkit.nn.dmpnn import DirectedMessagePassing
from molkit.nn.event_gru import EventNetwork
from molkit.nn.fingerprint_autoencoder import FingerprintAutoencoder
from molkit.nn.gat import GraphAttention
from molkit.nn.gin import GraphIsomorphism
from molkit.nn.grud import DecayNetwork
from molkit.nn.heads import Bilinear, MultilayerPerceptron, Symmetric
from molkit.nn.image_autoencoder import ImageAutoencoder
from molkit.nn.perceptron import CompositionPerceptron, FingerprintPerceptron, TablePerceptron
from molkit.nn.record_autoencoder import RecordAutoencoder
from molkit.nn.recurrent import RecurrentNetwork, SelfiesRecurrentNetwork, SignalRecurrentNetwork
from molkit.nn.residue_attention import ResidueAttention
from molkit.nn.residue_cnn import ResidueConvolution
from molkit.nn.resnet import ResidualNetwork
from molkit.nn.signal_autoencoder import SignalAutoencoder
from molkit.nn.spectrogram import SpectrogramConvolution
from molkit.nn.token_autoencoder import SelfiesAutoencoder, SmilesAutoencoder

ENCODERS = {
    "dmpnn": DirectedMessagePassing,
    "gin": GraphIsomorphism,
    "gat": GraphAttention,
    "attentivefp": AttentiveFingerprint,
    "gru": RecurrentNetwork,
    "selfies-gru": SelfiesRecurrentNetwork,
    "fingerprint": FingerprintPerceptron,
    "residue-cnn": ResidueConvolution,
    "residue-attention": ResidueAttention,
    "composition": CompositionPerceptron,
    "cnn": ConvolutionalNetwork,
    "resnet": ResidualNetwork,
    "event-gru": EventNetwork,
    "grud": DecayNetwork,
    "signal-gru": SignalRecurrentNetwork,
    "spectrogram-cnn": SpectrogramConvolution,
    "perceptron": TablePerceptron,
}
# Modules with `feature`, `latent`, `batch(values)`, `encode(batch)` -> mean, log variance [B, L], `loss(batch, z)` [B].
AUTOENCODERS: dict[str, Any] = {
    "selfies": SelfiesAutoencoder,
    "smiles": SmilesAutoencoder,
    "fingerprint": FingerprintAutoencoder,
    "record": RecordAutoencoder,
    "signal": SignalAutoencoder,
    "image": ImageAutoencoder,
}
HEADS = {"mlp": MultilayerPerceptron, "bilinear": Bilinear, "symmetric": Symmetric}

__all__ = [
    "AUTOENCODERS",
    "ENCODERS",
    "HEADS",
    "AttentiveFingerprint",
    "Bilinear",
    "CompositionPerceptron",
    "ConvolutionalNetwork",
    "DecayNetwork",
    "DirectedMessagePassing",
    "EventNetwork",
    "FingerprintAutoencoder",
    "FingerprintPerceptron",
    "GraphAttention",
    "GraphIsomorphism",
    "ImageAutoencoder",
    "MultilayerPerceptron",
    "RecordAutoencoder",
    "RecurrentNetwork",
    "ResidualNetwork",
    "ResidueAttention",
    "ResidueConvolution",
    "SelfiesAutoencoder",
    "SelfiesRecurrentNetwork",
    "SignalAutoencoder",
    "SignalRecurrentNetwork",
    "SmilesAutoencoder",
    "SpectrogramConvolution",
    "Symmetric",
    "TablePerceptron",
]
