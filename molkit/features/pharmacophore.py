"""Extended reduced graphs: pairs of pharmacophore points by the number of bonds between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdReducedGraphs

_POINTS = ("donor", "acceptor", "positive", "negative", "hydrophobic", "aromatic")
_PAIRS = tuple(f"{a}_{b}" for place, a in enumerate(_POINTS) for b in _POINTS[place:])
_LONGEST = 15


@dataclass(frozen=True)
class PharmacophoreFeaturizer:
    """ErG fingerprints (Stiefel et al., J. Chem. Inf. Model. 2006, 46, 208) as RDKit computes them.

    21 kinds of pairs by 15 distances, each with a share of its neighbours.
    """

    kind: ClassVar[str] = "pharmacophore"

    @property
    def names(self) -> tuple[str, ...]:
        """Column names."""
        return tuple(f"{pair}_{distance + 1}" for pair in _PAIRS for distance in range(_LONGEST))

    def __call__(self, mols: Sequence[Chem.Mol]) -> np.ndarray:
        """Values, float32 [n, 315]."""
        values = np.empty((len(mols), len(_PAIRS) * _LONGEST), np.float32)
        for row, mol in enumerate(mols):
            own = Chem.Mol(mol)
            # RDKit adds ring centres to a copy, yet reads a distance matrix that was computed without them, if the
            # molecule has one: the result then depends on what was computed before, and on chance
            own.ClearComputedProps(includeRings=False)
            values[row] = rdReducedGraphs.GetErGFingerprint(own)
        return values
