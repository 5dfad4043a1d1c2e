"""Molecular property models that account for every row.

>>> import molkit
>>> model = molkit.load("solubility.molkit")  # doctest: +SKIP
>>> model.predict("CCO")  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = [
    "Embedding",
    "Model",
    "MolClassifier",
    "MolEncoder",
    "MolFeaturizer",
    "MolRegressor",
    "MolkitError",
    "Predictions",
    "admet",
    "autoencode",
    "check",
    "embed",
    "from_deepchem",
    "generate",
    "join",
    "load",
    "load_moleculenet",
    "reconstruct",
    "to_deepchem",
    "train",
    "tune",
]

if TYPE_CHECKING:
    from molkit.api import Model, admet, join, load, train, tune
    from molkit.audit.audit import check
    from molkit.data.moleculenet import from_deepchem, load_moleculenet, to_deepchem
    from molkit.errors import MolkitError
    from molkit.estimators import MolClassifier, MolEncoder, MolFeaturizer, MolRegressor
    from molkit.frames import Embedding, Predictions
    from molkit.latent import autoencode, embed, generate, reconstruct


_HOMES = {
    "MolkitError": "molkit.errors",
    **dict.fromkeys(("Embedding", "Predictions"), "molkit.frames"),
    "check": "molkit.audit.audit",
    **dict.fromkeys(("autoencode", "embed", "generate", "reconstruct"), "molkit.latent"),
    **dict.fromkeys(("from_deepchem", "load_moleculenet", "to_deepchem"), "molkit.data.moleculenet"),
    **dict.fromkeys(("MolClassifier", "MolEncoder", "MolFeaturizer", "MolRegressor"), "molkit.estimators"),
}


def __getattr__(name: str) -> Any:
    """Load a public name on first use; importing molkit itself loads nothing."""
    if name not in __all__:
        raise AttributeError(f"module 'molkit' has no attribute {name!r}")
    return getattr(import_module(_HOMES.get(name, "molkit.api")), name)
