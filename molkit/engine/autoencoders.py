"""The autoencoder that a model file holds."""

from __future__ import annotations

from molkit.bundle import Bundle
from molkit.learners.autoencoder import Autoencoder
from molkit.learners.protocol import State

ARRAYS = "autoencoder/arrays.safetensors"


def autoencoder_from_bundle(bundle: Bundle) -> Autoencoder:
    """The trained autoencoder of a file that holds one."""
    return Autoencoder.from_state(State(bundle.model["autoencoder"], bundle.arrays(ARRAYS)))
