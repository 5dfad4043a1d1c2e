"""How unlike the things that an autoencoder was trained on others are: where their latent vectors lie, and how well
they come back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from molkit.data.batching import take_values
from molkit.learners.autoencoder import Autoencoder
from molkit.learners.density import Density
from molkit.types import Values


@dataclass(frozen=True)
class Novelty:
    """An autoencoder, where latent vectors of its training lie, and what is usual of things it was not trained on.

    Of these `log_density` and `surprise` [Q] are quantiles at equal steps from the least to the most.
    """

    autoencoder: Autoencoder
    density: Density
    log_density: np.ndarray
    surprise: np.ndarray

    def measures(self, values: Values, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Log density of latent vectors [n, L] and the surprise of their values, float64 [n] each; NaN without one."""
        density, surprise = np.full((2, len(vectors)), np.nan)
        kept = np.flatnonzero(np.isfinite(vectors).all(axis=1))
        if len(kept):
            density[kept] = self.density.log_density(vectors[kept].astype(np.float64))
            surprise[kept] = self.autoencoder.surprise(take_values(values, kept), vectors[kept])
        return density, surprise

    def shares(self, values: Values, vectors: np.ndarray) -> np.ndarray:
        """Novelty of values with latent vectors [n, L], float64 [n]; 1 where the autoencoder has no vector (NaN)."""
        density, surprise = self.measures(values, vectors)
        return self.of_measures(density, surprise)

    def of_measures(self, density: np.ndarray, surprise: np.ndarray) -> np.ndarray:
        """max(a, b)², a the share of usual things with a higher log density, b the share with a lower surprise, [n].

        If a and b of a thing like those of training were independent, the square of the larger one would be uniform: a
        share 1 - t of such things would be above t. They are not quite, so that it is fewer as far as unusual vectors
        are also surprising. NaN gives 1. The formula is our own.
        """
        unusual = np.maximum(1 - _share_below(self.log_density, density), _share_below(self.surprise, surprise))
        return np.where(np.isnan(unusual), 1.0, unusual) ** 2


def _share_below(quantiles: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The share of what has these quantiles [Q] that is less than each value, [n], straight between quantiles."""
    return np.interp(values, quantiles, np.linspace(0, 1, len(quantiles)))
