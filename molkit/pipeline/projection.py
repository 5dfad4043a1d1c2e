"""A sample of rows and their vectors as points in a plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from molkit.data.formats import Columns

MOST_POINTS = 5000  # the time of t-SNE grows with n log n, and more points cannot be told apart
_COMPONENTS = 50  # principal components that t-SNE starts from (van der Maaten and Hinton, JMLR 2008, 9, 2579)
_FEWEST_NEIGHBOURS = 50  # rows; with fewer a neighbourhood means little
_PERPLEXITY = 30.0


@dataclass
class Sample:
    """At most `most` of the rows that go by that have a vector: the same for the same rows and seed, in their order."""

    most: int = MOST_POINTS
    seed: int = 0
    seen: int = 0  # rows that have a vector
    rows: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))  # from 1
    vectors: np.ndarray = field(default_factory=lambda: np.empty((0, 0), np.float32))
    columns: dict[str, list[Any]] = field(default_factory=dict)
    structures: list[str | None] = field(default_factory=list)  # standardised; None of what is no molecule

    def __post_init__(self) -> None:
        self._rng = np.random.default_rng(self.seed)
        self._keys, self._before = np.empty(0), 0

    def add(self, columns: Columns, structures: Sequence[str | None], vectors: np.ndarray) -> None:
        """Take the next rows: columns, standardised structures and vectors [n, D], NaN where there is none."""
        good = np.flatnonzero(np.isfinite(vectors).all(axis=1))
        keys = np.concatenate([self._keys, self._rng.random(len(vectors))[good]])
        kept = np.sort(np.argsort(keys, kind="stable")[: self.most])
        rows = np.concatenate([self.rows, good + self._before + 1])
        self.vectors = np.concatenate([self.vectors.reshape(-1, vectors.shape[1]), vectors[good]])[kept]
        self.columns = {name: _kept(self.columns.get(name, []), values, good, kept) for name, values in columns.items()}
        self.structures = _kept(self.structures, structures, good, kept)
        self._keys, self.rows = keys[kept], rows[kept]
        self.seen, self._before = self.seen + len(good), self._before + len(vectors)


def _kept(before: list[Any], values: Sequence[Any], good: np.ndarray, kept: np.ndarray) -> list[Any]:
    """The cells of rows that stay in the sample, of those in it and the `good` ones of a new piece."""
    cells = [*before, *(values[row] for row in good.tolist())]
    return [cells[place] for place in kept.tolist()]


@dataclass(frozen=True)
class Plane:
    """Points float64 [n, 2], what each axis is, and how they were made, in words."""

    points: np.ndarray
    axes: tuple[str, str]
    sentence: str


def plane_of(vectors: np.ndarray, seed: int = 0) -> Plane:
    """Vectors [n, D] in a plane: by t-SNE of their first 50 principal components, fewer than 50 rows by the first two.

    t-distributed stochastic neighbour embedding keeps neighbourhoods, no distances between far points and no sizes of
    clusters (van der Maaten and Hinton, JMLR 2008, 9, 2579). Columns are centred, not scaled.
    """
    from sklearn.decomposition import PCA

    values = vectors.astype(np.float64)
    few = len(values) < _FEWEST_NEIGHBOURS
    wanted = min(2 if few else _COMPONENTS, *values.shape)
    if not values.size or (values == values[:1]).all():
        return Plane(
            np.zeros((len(values), 2)), ("axis 1", "axis 2"), "No two vectors differ, so that all lie together."
        )
    pca = PCA(wanted, svd_solver="full" if few else "auto", random_state=seed)
    main, shares = pca.fit_transform(values), pca.explained_variance_ratio_
    if few or wanted < 2:
        points = np.column_stack([main, np.zeros((len(main), 2 - wanted))]) if wanted < 2 else main
        told = [f"principal component {place + 1} ({share:.0%} of the variance)" for place, share in enumerate(shares)]
        axes = (told[0], told[1] if wanted > 1 else "nothing else varies")
        return Plane(points, axes, f"The first two principal components of {len(values):,} rows.")
    points = _neighbourhoods(main, seed)
    return Plane(points, ("t-SNE axis 1 (no unit)", "t-SNE axis 2 (no unit)"),
                 f"t-SNE (perplexity {_PERPLEXITY:g}, seed {seed}) of the first {wanted} principal components, which "
                 f"hold {shares.sum():.0%} of the variance, of {len(values):,} rows: near points are alike, far "
                 "distances and the sizes of clusters mean nothing.")  # fmt: skip


def _neighbourhoods(main: np.ndarray, seed: int) -> np.ndarray:
    """Points [n, 2] by t-SNE; it begins from the first two components, so that far points stay where these have them.

    Source of the start: Kobak and Berens, Nature Communications 2019, 10, 5416.
    """
    from sklearn.manifold import TSNE

    perplexity = min(_PERPLEXITY, (len(main) - 1) / 3)
    found: np.ndarray = TSNE(2, perplexity=perplexity, init="pca", random_state=seed, n_jobs=1).fit_transform(main)
    return found.astype(np.float64)
