"""Activity cliffs: similar compounds with very different values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from molkit.audit.compounds import Compounds
from molkit.audit.finding import Finding, counted, verb
from molkit.audit.measured import Values
from molkit.audit.neighbours import Neighbours
from molkit.audit.targets import compound_values, shown_values

VERY_SIMILAR = 0.9
SAME_SCAFFOLD = 0.75  # similarity from which compounds of one scaffold count as similar
_TENFOLD = 1.0
_ATOMS = re.compile(r"\[[^\]]*\]|Cl|Br|[BCNOPSFIbcnops]").findall
_MOST_LISTED = 500


@dataclass(frozen=True)
class Cliffs:
    """Pairs [P, 2] of compounds, their similarity and difference [P] (1 for classes), steepest first.

    `similar` is the number of similar pairs with two values, of which these are the cliffs.
    """

    pairs: np.ndarray
    similarity: np.ndarray
    difference: np.ndarray
    similar: int


def find_cliffs(
    own: np.ndarray, scaffolds: tuple[str, ...], atoms: np.ndarray, near: Neighbours, least: float
) -> Cliffs:
    """Similar pairs of compounds whose values [m] differ by `least` or more.

    Similar is a Tanimoto coefficient of Morgan fingerprints (radius 2) of 0.9 or more, the limit of MoleculeACE (van
    Tilborg et al., J. Chem. Inf. Model. 2022, 62, 5938, where the difference is tenfold), or the same Murcko scaffold
    and 0.75 or more, in place of its scaffold and SMILES similarities. Steepness is SALI = |difference| / (1 -
    similarity) (Guha & Van Drie, J. Chem. Inf. Model. 2008, 48, 646); fingerprints that are equal come first.
    The smaller of a pair has at least 0.75 of the other's `atoms` [m]: chains of any length have equal fingerprints.
    """
    first, second = near.pairs[:, 0], near.pairs[:, 1]
    same = np.array([scaffolds[a] == scaffolds[b] != "" for a, b in near.pairs.tolist()], bool)
    alike = (near.similarity >= VERY_SIMILAR) | (same & (near.similarity >= SAME_SCAFFOLD))
    alike &= np.minimum(atoms[first], atoms[second]) >= SAME_SCAFFOLD * np.maximum(atoms[first], atoms[second])
    difference = np.abs(own[first] - own[second])
    known = alike & ~np.isnan(difference)
    steep = known & (difference >= least)
    with np.errstate(divide="ignore"):
        sali = difference[steep] / (1 - near.similarity[steep])
    order = np.lexsort((-difference[steep], -sali))
    return Cliffs(near.pairs[steep][order], near.similarity[steep][order], difference[steep][order], int(known.sum()))


def heavy_atoms(smiles: Sequence[str]) -> np.ndarray:
    """Number of atoms written in each of m SMILES, int64 [m].

    >>> heavy_atoms(["CCO", "C[C@H](N)c1ccc(Cl)cc1", "[Na+]"]).tolist()
    [3, 10, 1]
    """
    return np.array([len(_ATOMS(text)) for text in smiles], np.int64)


def cliff_findings(compounds: Compounds, values: Values, near: Neighbours) -> list[Finding]:
    """The activity cliffs of a target: pairs a factor of ten (or two standard deviations, or a class) apart."""
    own = compound_values(compounds, values)
    if np.sum(~np.isnan(own)) < 2:
        return []
    least = 1.0 if values.classes else _TENFOLD if values.log_units else 2 * float(np.nanstd(own))
    if least == 0:  # all values are equal
        return []
    cliffs = find_cliffs(own, compounds.scaffolds, heavy_atoms(compounds.smiles), near, least)
    if not len(cliffs.pairs):
        return []
    inside = len(np.unique(cliffs.pairs))
    share = inside / int(np.sum(~np.isnan(own)))
    what = "in class" if values.classes else f"by {least:.1f}{values.step} or more"
    sampled = f" (among {near.compared:,} compounds)" if near.compared < len(compounds) else ""
    listed = cliffs.pairs[:_MOST_LISTED]
    members = compounds.members()
    rows = np.unique(np.concatenate([members[i] for i in np.unique(cliffs.pairs)])) + 1
    return [
        Finding(
            "cliff",
            "caution" if share > 0.1 else "note",
            "Activity cliffs",
            f"{len(cliffs.pairs):,} of {counted(cliffs.similar, 'pair')} of similar compounds{sampled} "
            f"{verb(len(cliffs.pairs), 'differs', 'differ')} {what}; {counted(inside, 'compound')} ({share:.0%}) "
            f"{verb(inside, 'is', 'are')} in such pairs. Models are worst there; look at the steepest for "
            "errors first.",
            tuple(rows.tolist()),
            {
                "rows": [f"{members[a][0] + 1}, {members[b][0] + 1}" for a, b in listed],
                "structure": [compounds.smiles[a] for a in listed[:, 0]],
                "similar structure": [compounds.smiles[b] for b in listed[:, 1]],
                "value": shown_values(values, own[listed[:, 0]]),
                "similar value": shown_values(values, own[listed[:, 1]]),
                "similarity": cliffs.similarity[: len(listed)].round(3).tolist(),
                "difference": cliffs.difference[: len(listed)].tolist(),
            },
            values.name,
        )
    ]
