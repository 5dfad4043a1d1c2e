"""Molecular features as a scikit-learn transformer."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags

from molkit.estimators.inputs import check_on_error, smiles_texts, takes_smiles, told, value_errors
from molkit.features import FEATURIZERS
from molkit.pipeline.features import feature_matrix

KINDS = ("fingerprint", "descriptors", "pharmacophore")


class MolFeaturizer(TransformerMixin, BaseEstimator):
    """SMILES to a matrix of numbers, for any estimator of scikit-learn.

    Structures are standardised as everywhere in molkit, in worker processes: one that hangs or crashes the
    chemistry library costs its own row. Nothing is learnt, so `transform` works without `fit`.

    Parameters
    ----------
    kind : "fingerprint" (Morgan counts), "descriptors" (physico-chemical) or "pharmacophore" (ErG).
    radius, size : of the fingerprint: bonds around an atom, and columns; other kinds pass them over.
    workers : processes that read structures; 0 for as many as there are processors.
    on_error : "warn" gives an unreadable structure a row of NaN and an UnreadableWarning; "raise" refuses.
        Single NaN occur among descriptors too, where one cannot be computed: put a SimpleImputer behind.

    The checks of scikit-learn's `check_estimator` that cannot apply to SMILES are listed in `molkit.estimators`.

    >>> MolFeaturizer("fingerprint", size=1024).transform(["CCO", "c1ccccc1"]).shape
    (2, 1024)
    """

    def __init__(
        self,
        kind: str = "fingerprint",
        *,
        radius: int = 2,
        size: int = 2048,
        workers: int = 1,
        on_error: str = "warn",
    ) -> None:
        self.kind = kind
        self.radius = radius
        self.size = size
        self.workers = workers
        self.on_error = on_error

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: N803  scikit-learn's name
        """Check the parameters and that `X` [n] holds SMILES; raises ValueError if not."""
        if not smiles_texts(X, "MolFeaturizer"):
            raise ValueError("MolFeaturizer: found array with 0 samples; give at least one SMILES")
        self._featurizer()
        self.n_features_in_ = 1
        return self

    def transform(self, X: Any) -> np.ndarray:  # noqa: N803
        """Features float64 [n, F] of SMILES [n]; NaN rows for unreadable ones, with a warning."""
        texts = smiles_texts(X, "MolFeaturizer")
        featurizer = self._featurizer()
        with value_errors("MolFeaturizer"):
            matrix, problems = feature_matrix(texts, self.kind, self._options(), len(featurizer.names), self.workers)
        sentences = {row: problem.sentence(row + 1) for row, problem in problems.items()}
        told(sentences, len(texts), "MolFeaturizer", self.on_error, "have NaN")
        return matrix

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Names of the columns, object [F]."""
        return np.array(self._featurizer().names, dtype=object)

    def _options(self) -> dict[str, int]:
        return {"radius": int(self.radius), "size": int(self.size)} if self.kind == "fingerprint" else {}

    def _featurizer(self) -> Any:
        check_on_error(self.on_error, "MolFeaturizer")
        if self.kind not in KINDS:
            raise ValueError(f"MolFeaturizer: kind should be one of {', '.join(KINDS)}, got {self.kind!r}")
        for name, least in (("radius", 0), ("size", 8), ("workers", 0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
                raise ValueError(f"MolFeaturizer: {name} should be a whole number of at least {least}, got {value!r}")
        return FEATURIZERS[self.kind](**self._options())

    def __sklearn_tags__(self) -> Tags:
        return takes_smiles(super().__sklearn_tags__(), requires_fit=False)
