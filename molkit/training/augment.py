"""Changes to training batches that leave the labels true; drawn anew for every batch, never made of other rows.

An augmentation takes a batch of packed values and a generator and gives as many values, in their order. `augmented` is
the one place where they are applied, and knows nothing of what the values stand for. "mixup" works on encoded vectors
and is part of the loss.

Do not expect much of those of graphs. On FreeSolv (100 and 300 training rows, three seeds, 40 epochs) the error of a
D-MPNN was 8 % and 4 % larger with "mask", 6 % and 5 % larger with "drop", and within 3 % of the same with "mixup"; with
the shares of the papers it was 5 to 13 % larger. "smiles" made the error of the recurrent network about a tenth smaller
on 300 rows (two seeds), and no smaller on 100. `scripts/bench_augmentation.py` measures it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from molkit.features.graph import MASKED_ATOM, MASKED_BOND
from molkit.features.tokens import one_writing
from molkit.training.augment_images import flip, vary
from molkit.types import Graphs, Steps, Values

# Shares of the atoms of a batch, and of its bonds, that lose their class; Hu et al. (ICLR 2020) mask 15 % of atoms.
MASKED_SHARE = 0.05
# The largest part of a molecule that is dropped; You et al. (NeurIPS 2020) drop a fifth.
DROPPED_SHARE = 0.1
# Both parameters of the beta distribution that mixup draws from; Verma et al. (ICML 2019) use 2 for images.
MIXUP_ALPHA = 0.2
MIXUP = "mixup"


@dataclass(frozen=True)
class Augmentation:
    """What it does in words, the features whose packed values it changes (of any network if none), and how."""

    words: str
    features: tuple[str, ...] = ()
    change: Callable[[Any, np.random.Generator], Any] | None = None


def augmented(values: Values, feature: str, names: Sequence[str], rng: np.random.Generator) -> Values:
    """The values of a batch, changed by those of the augmentations `names` that concern this feature, in turn."""
    for name in names:
        augmentation = AUGMENTATIONS[name]
        if augmentation.change is not None and feature in augmentation.features:
            values = augmentation.change(values, rng)
    return values


def changes(feature: str, names: Sequence[str]) -> bool:
    """Whether one of these augmentations changes the packed values of a feature."""
    return any(feature in AUGMENTATIONS[name].features for name in names)


def mask(graphs: Graphs, rng: np.random.Generator) -> Graphs:
    """A share of atoms and of bonds, both directions of a bond together, gets a class that says nothing."""
    atoms = rng.random(len(graphs.atoms)) < MASKED_SHARE
    bonds = np.repeat(rng.random(len(graphs.bonds) // 2) < MASKED_SHARE, 2)
    return replace(
        graphs,
        atoms=np.where(atoms, len(graphs.atom_classes), graphs.atoms).astype(np.int32),
        bonds=np.where(bonds, len(graphs.bond_classes), graphs.bonds).astype(np.int32),
        atom_classes=np.vstack([graphs.atom_classes, MASKED_ATOM]).astype(np.int16),
        bond_classes=np.vstack([graphs.bond_classes, MASKED_BOND]).astype(np.int16),
    )


def drop(graphs: Graphs, rng: np.random.Generator) -> Graphs:
    """A connected part of each molecule is left out: nothing up to a tenth of it, grown from a random atom."""
    counts = np.diff(graphs.atom_offsets)
    wanted = rng.integers(0, (DROPPED_SHARE * counts).astype(np.int64) + 1)
    return _without(graphs, _grown(graphs, wanted, rng))


def _grown(graphs: Graphs, wanted: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Connected atoms, at most `wanted` [B] of each graph, as bool [N], one by one from a random one."""
    counts = np.diff(graphs.atom_offsets)
    graph = np.repeat(np.arange(len(graphs)), counts)
    source, target = graphs.edges
    taken = np.zeros(len(graphs.atoms), bool)
    starts = graphs.atom_offsets[:-1] + (rng.random(len(graphs)) * counts).astype(np.int64)
    taken[starts[wanted > 0]] = True
    for size in range(1, int(wanted.max(initial=0))):
        growing = wanted[graph[source]] > size
        edges = np.flatnonzero(taken[source] & ~taken[target] & growing)
        edges = rng.permutation(edges)
        _, first = np.unique(graph[source[edges]], return_index=True)  # one new atom of each graph
        taken[target[edges[first]]] = True
    return taken


def _without(graphs: Graphs, dropped: np.ndarray) -> Graphs:
    """The graphs without some atoms and their bonds."""
    kept = ~dropped
    place = np.concatenate([[0], np.cumsum(kept)])
    bonds = kept[graphs.edges].all(axis=0)
    ends = np.concatenate([[0], np.cumsum(bonds)])
    return replace(
        graphs,
        atoms=graphs.atoms[kept],
        bonds=graphs.bonds[bonds],
        edges=place[graphs.edges[:, bonds]].astype(np.int32),
        atom_offsets=place[graphs.atom_offsets],
        edge_offsets=ends[graphs.edge_offsets],
    )


def smiles(steps: Steps, rng: np.random.Generator) -> Steps:
    """One of the writings of each molecule, the canonical one among them (Bjerrum, arXiv 1703.07076, 2017)."""
    return one_writing(steps, rng.random(len(steps)))


def mixing(rows: int, rng: np.random.Generator) -> tuple[float, np.ndarray]:
    """For manifold mixup (Verma et al., ICML 2019): the share of a row's own vector, and the partner of each row [B].

    The loss of a mixed vector is that of the row's labels times the share, plus that of the partner's times the rest.
    """
    return float(rng.beta(MIXUP_ALPHA, MIXUP_ALPHA)), rng.permutation(rows)


AUGMENTATIONS: dict[str, Augmentation] = {
    "mask": Augmentation("some atoms and bonds lose what they are", ("graph",), mask),
    "drop": Augmentation("a connected part of a molecule is left out", ("graph",), drop),
    "smiles": Augmentation("a molecule is written in another order of atoms", ("tokens",), smiles),
    "image": Augmentation("an image is a little rotated, shifted, zoomed, noisy, of other contrast", ("pixels",), vary),
    "flip": Augmentation("left and right of an image are exchanged", ("pixels",), flip),
    MIXUP: Augmentation("mixtures of two encoded rows have mixtures of their labels"),
}
