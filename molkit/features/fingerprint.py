"""Morgan count fingerprints, for trees, the domain verdict and the nearest measured compound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator


@dataclass(frozen=True)
class FingerprintFeaturizer:
    """Folded counts of circular atom environments (Rogers and Hahn, J. Chem. Inf. Model. 2010, 50, 742).

    Chirality is part of the environments, so enantiomers differ. Counts above 255 become 255.
    """

    kind: ClassVar[str] = "fingerprint"
    radius: int = 2
    size: int = 2048

    @property
    def names(self) -> tuple[str, ...]:
        """Column names, one per folded place."""
        return tuple(f"morgan_{place}" for place in range(self.size))

    def __call__(self, mols: Sequence[Chem.Mol]) -> np.ndarray:
        """Counts, uint8 [n, size]."""
        counts = np.empty((len(mols), self.size), np.uint8)
        generator = _generator(self.radius, self.size)
        for row, mol in enumerate(mols):
            counts[row] = np.minimum(generator.GetCountFingerprintAsNumPy(mol), 255)
        return counts


@lru_cache(maxsize=8)
def _generator(radius: int, size: int) -> Any:
    return rdFingerprintGenerator.GetMorganGenerator(radius=radius, fpSize=size, includeChirality=True)


def packed_bits(counts: np.ndarray) -> np.ndarray:
    """Presence bits of count fingerprints [n, size] packed eight to a byte, uint8 [n, size / 8]."""
    return np.packbits(counts > 0, axis=1)
