"""How latent vectors of training samples lie: a Gaussian mixture, to draw from and to tell what is unlike them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

_MOST_COMPONENTS = 5
_SAMPLES_PER_PARAMETER = 20  # vectors per component and dimension
_MOST_SAMPLES = 20_000
_RIDGE = 1e-3  # of the mean variance, added to every dimension
_LOG_TAU = float(np.log(2 * np.pi))


@dataclass(frozen=True)
class Density:
    """Weights [M], means [M, L] and lower Cholesky factors of the covariances [M, L, L] of a mixture, float64.

    A density fitted after training to where samples lie draws better than the N(0, 1) that training aims at (Ghosh et
    al., ICLR 2020).
    """

    weights: np.ndarray
    means: np.ndarray
    factors: np.ndarray

    def log_density(self, vectors: np.ndarray) -> np.ndarray:
        """Logarithm of the density at each of the vectors [n, L]: float64 [n]."""
        from scipy.linalg import solve_triangular
        from scipy.special import logsumexp

        parts = np.empty((len(vectors), len(self.weights)))
        for place, (mean, factor) in enumerate(zip(self.means, self.factors, strict=True)):
            scaled = solve_triangular(factor, (vectors - mean).T, lower=True)
            volume = np.log(np.diag(factor)).sum() + 0.5 * len(mean) * _LOG_TAU
            parts[:, place] = np.log(self.weights[place]) - volume - 0.5 * (scaled**2).sum(axis=0)
        return logsumexp(parts, axis=1)

    def draw(self, count: int, rng: np.random.Generator, spread: float = 1.0) -> np.ndarray:
        """Vectors [count, L], their distance from the component's mean times `spread`."""
        chosen = rng.choice(len(self.weights), count, p=self.weights)
        noise = rng.standard_normal((count, self.means.shape[1])) * spread
        found = np.empty_like(noise)
        for place in np.unique(chosen):
            own = chosen == place
            found[own] = self.means[place] + noise[own] @ self.factors[place].T
        return found.astype(np.float32)

    def arrays(self) -> dict[str, np.ndarray]:
        """What `Density(**arrays)` takes."""
        return {"weights": self.weights, "means": self.means, "factors": self.factors}


def fit_density(vectors: np.ndarray, seed: int) -> Density:
    """A mixture with as many components, at most 5, as up to 20,000 of the vectors [n, L] can tell apart."""
    from sklearn.mixture import GaussianMixture

    rng = np.random.default_rng(seed)
    own = vectors.astype(np.float64)
    if len(own) > _MOST_SAMPLES:
        own = own[rng.choice(len(own), _MOST_SAMPLES, replace=False)]
    count = int(np.clip(len(own) // (_SAMPLES_PER_PARAMETER * own.shape[1]), 1, _MOST_COMPONENTS))
    ridge = _RIDGE * float(own.var(axis=0).mean()) + 1e-9
    found = GaussianMixture(count, reg_covar=ridge, random_state=seed % (1 << 32), max_iter=20, tol=1e-2)
    with warnings.catch_warnings():  # whether it has come to rest does not matter to what it is for
        warnings.simplefilter("ignore")
        found.fit(own)
    return Density(found.weights_, found.means_, np.linalg.cholesky(found.covariances_))
