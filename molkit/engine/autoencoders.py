"""The autoencoder that a model file holds, and how latent vectors of its training lie."""

from __future__ import annotations

from molkit.bundle import Bundle
from molkit.learners.autoencoder import Autoencoder
from molkit.learners.density import Density
from molkit.learners.protocol import State

ARRAYS, DENSITY = "autoencoder/arrays.safetensors", "density.safetensors"


def autoencoder_from_bundle(bundle: Bundle) -> Autoencoder:
    """The trained autoencoder of a file that holds one."""
    return Autoencoder.from_state(State(bundle.model["autoencoder"], bundle.arrays(ARRAYS)))


def density_from_bundle(bundle: Bundle) -> Density:
    """The latent density of a file that holds an autoencoder."""
    return Density(**bundle.arrays(DENSITY))
