"""Structural alerts by name, as flags for a chemist's eye and never as a filter."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rdkit import Chem

# PAINS: Baell and Holloway, J. Med. Chem. 2010, 53, 2719. Brenk: Brenk et al., ChemMedChem 2008, 3, 435.
CATALOGUES = ("PAINS", "BRENK")


def alerts(mol: Chem.Mol) -> list[str]:
    """Names of the matching PAINS and Brenk patterns, such as "BRENK: nitro_group".

    >>> alerts(Chem.MolFromSmiles("O=[N+]([O-])c1ccccc1"))
    ['BRENK: nitro_group', 'BRENK: Oxygen-nitrogen_single_bond']
    """
    return [f"{name}: {entry.GetDescription()}" for name in CATALOGUES for entry in _catalogue(name).GetMatches(mol)]


@lru_cache(maxsize=len(CATALOGUES))
def _catalogue(name: str) -> Any:
    from rdkit.Chem import FilterCatalog

    parameters = FilterCatalog.FilterCatalogParams()
    parameters.AddCatalog(getattr(FilterCatalog.FilterCatalogParams.FilterCatalogs, name))
    return FilterCatalog.FilterCatalog(parameters)
