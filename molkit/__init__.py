"""Molecular property models that account for every row.

>>> import molkit
>>> model = molkit.load("solubility.molkit")  # doctest: +SKIP
>>> model.predict("CCO")  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Model", "MolkitError", "Predictions", "load", "train"]

if TYPE_CHECKING:
    from molkit.api import Model, Predictions, load, train
    from molkit.errors import MolkitError


def __getattr__(name: str) -> Any:
    """Load a public name on first use; importing molkit itself loads nothing."""
    if name not in __all__:
        raise AttributeError(f"module 'molkit' has no attribute {name!r}")
    if name == "MolkitError":
        from molkit import errors

        return errors.MolkitError
    from molkit import api

    return getattr(api, name)
