"""Fingerprint bits and descriptors side by side, for an autoencoder that is to give both back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from rdkit import Chem

from molkit.features.descriptors import NAMES, DescriptorFeaturizer
from molkit.features.fingerprint import FingerprintFeaturizer

BITS = 1024


@dataclass(frozen=True)
class BitDescriptorFeaturizer:
    """Which circular environments there are, folded to 1,024 places, then the descriptors; see those featurizers."""

    kind: ClassVar[str] = "bits-descriptors"
    names: ClassVar[tuple[str, ...]] = (*FingerprintFeaturizer(size=BITS).names, *NAMES)

    def __call__(self, mols: Sequence[Chem.Mol]) -> np.ndarray:
        """Values, float32 [n, names]: 1 or 0, then descriptors, NaN where one cannot be computed."""
        bits = FingerprintFeaturizer(size=BITS)(mols) > 0
        return np.concatenate([bits, DescriptorFeaturizer()(mols)], axis=1, dtype=np.float32)
