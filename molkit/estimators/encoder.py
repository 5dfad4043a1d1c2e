"""The vectors of a model file's encoder as a scikit-learn transformer."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags

from molkit.estimators.inputs import check_on_error, smiles_texts, takes_smiles, told, value_errors
from molkit.latent import embed
from molkit.pipeline.embed import Encoders, open_encoders


class MolEncoder(TransformerMixin, BaseEstimator):
    """SMILES to the vectors that the encoder of a model file makes of them: latent vectors of an autoencoder, or what a
    network makes before its head.

    Nothing is learnt, so `transform` works without `fit`. The encoder may have been trained on some of the structures
    that a score is then of: see its model card.

    Parameters
    ----------
    model : the path of a .molkit file with a network or an autoencoder of molecules.
    learner : the network that encodes, if the file has several; None for the first.
    fold : the fold model that encodes, from 1, or "all" for the vectors of all side by side.
    workers : processes that read structures and encode; 0 for as many as there are processors.
    on_error : "warn" gives an unreadable structure a row of NaN and an UnreadableWarning; "raise" refuses.

    >>> MolEncoder("logS.molkit").transform(["CCO", "c1ccccc1"]).shape  # doctest: +SKIP
    (2, 256)
    """

    def __init__(
        self,
        model: str | Path = "",
        *,
        learner: str | None = None,
        fold: int | str = 1,
        workers: int = 1,
        on_error: str = "warn",
    ) -> None:
        self.model = model
        self.learner = learner
        self.fold = fold
        self.workers = workers
        self.on_error = on_error

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: N803  scikit-learn's name
        """Check the parameters and that `X` [n] holds SMILES; raises ValueError if not."""
        if not smiles_texts(X, "MolEncoder"):
            raise ValueError("MolEncoder: found array with 0 samples; give at least one SMILES")
        self._encoders()
        self.n_features_in_ = 1
        return self

    def transform(self, X: Any) -> np.ndarray:  # noqa: N803
        """Vectors float64 [n, D] of SMILES [n]; NaN rows for unreadable ones, with a warning."""
        cells = {"smiles": smiles_texts(X, "MolEncoder")}
        self._encoders()
        with value_errors("MolEncoder"):
            found = embed(self.model, cells, learner=self.learner, fold=self.fold, workers=self.workers)
        problems = {row: text for row, text in enumerate(found.reasons) if text is not None}
        told(problems, len(found), "MolEncoder", self.on_error, "have NaN")
        return found.vectors.astype(np.float64)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Names of the columns, object [D]."""
        return np.array(self._encoders().names, dtype=object)

    def _encoders(self) -> Encoders:
        check_on_error(self.on_error, "MolEncoder")
        with value_errors("MolEncoder"):
            found = open_encoders(self.model, self.learner, self.fold)
        if not found.model.of_molecules:
            read = ", ".join(one.name for one in found.model.inputs)
            raise ValueError(f"MolEncoder: expected a model of one molecule, and {self.model} reads {read}")
        return found

    def __sklearn_tags__(self) -> Tags:
        return takes_smiles(super().__sklearn_tags__(), requires_fit=False)
