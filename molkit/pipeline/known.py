"""Hashes of what a model was trained on: enough to tell whether a thing was among it, and no way back to it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from molkit.bundle import Bundle

KNOWN = "known.safetensors"  # the entry of an autoencoder's file


def structure_hashes(texts: Sequence[str]) -> np.ndarray:
    """8-byte hashes of standardised SMILES, uint64 [n]: enough to tell whether one was in training.

    One in 10^13 new structures is taken for one of a million.
    """
    found = [int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") for text in texts]
    return np.array(found, np.uint64)


def known_hashes(bundle: Bundle) -> np.ndarray | None:
    """Sorted hashes of what an autoencoder's file was trained on, uint64 [n]; none of private inputs."""
    return bundle.arrays(KNOWN)["hashes"] if KNOWN in bundle.entries else None
