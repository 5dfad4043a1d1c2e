"""Few among many good ones: as unlike each other as can be, or the best of each cluster."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from molkit.chem.cluster import butina_clusters

METHODS = ("maxmin", "butina")
_FEWEST, _MOST = 2_000, 20_000
CLUSTER_DISTANCE = 0.6


def pool_size(picks: int) -> int:
    """How many of the best rows diverse ones are picked from: 20 for each pick, but 2,000 to 20,000.

    >>> [pool_size(picks) for picks in (10, 500, 5_000, 50_000)]
    [2000, 10000, 20000, 50000]
    """
    return max(picks, min(max(20 * picks, _FEWEST), _MOST))


def good_enough(picks: int, kept: int, qualified: int) -> int:
    """How many of the `kept` best rows diverse ones are picked from, of so many rows that qualify.

    No more than a tenth of these, so that picks of a small library are good ones too, but 3 for each pick.

    >>> [good_enough(100, 2_000, qualified) for qualified in (150, 1_000, 8_000, 1_000_000)]
    [150, 300, 800, 2000]
    """
    return min(kept, qualified, max(3 * picks, qualified // 10))


def pick(method: str, bits: np.ndarray, picks: int, seed: int = 0) -> np.ndarray:
    """Places of at most `picks` rows, int64, ascending; `bits` are packed, uint8 [n, size / 8], best row first.

    Rows without any bit come last in any order of picking.
    """
    usable = np.flatnonzero(bits.any(axis=1))
    empty = np.flatnonzero(~bits.any(axis=1))
    chosen = usable[_PICKERS[method](bits[usable], min(picks, len(usable)), seed)]
    return np.sort(np.concatenate([chosen, empty[: picks - len(chosen)]]).astype(np.int64))


def _maxmin(bits: np.ndarray, picks: int, seed: int) -> np.ndarray:
    """From the best row on, each time the row that is least like its nearest picked one.

    MaxMin (Ashton et al., Quant. Struct.-Act. Relat. 2002, 21, 598) as RDKit has it, Tanimoto distance.
    """
    if picks < 2:
        return np.arange(picks)
    from rdkit.SimDivFilters.rdSimDivPickers import MaxMinPicker

    fingerprints = [_bit_vector(row) for row in np.unpackbits(bits, axis=1)]
    found = MaxMinPicker().LazyBitVectorPick(fingerprints, len(fingerprints), picks, [0], seed)
    return np.array(list(found), np.int64)


def _bit_vector(row: np.ndarray) -> object:
    from rdkit.DataStructs import ExplicitBitVect

    vector = ExplicitBitVect(len(row))
    vector.SetBitsFromList(np.flatnonzero(row).tolist())
    return vector


def _butina(bits: np.ndarray, picks: int, seed: int) -> np.ndarray:
    """The best row of each cluster in order of rank; if there are too few clusters, the second best, and so on."""
    clusters = butina_clusters(bits, CLUSTER_DISTANCE)
    order = np.argsort(clusters, kind="stable")
    starts = np.searchsorted(clusters[order], clusters[order])
    turn = np.empty(len(bits), np.int64)
    turn[order] = np.arange(len(bits)) - starts
    return np.lexsort((np.arange(len(bits)), turn))[:picks]


_PICKERS: dict[str, Callable[[np.ndarray, int, int], np.ndarray]] = {"maxmin": _maxmin, "butina": _butina}
