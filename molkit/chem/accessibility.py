"""How hard a molecule may be to make, as one published number."""

from __future__ import annotations

import importlib.util
import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any

from rdkit import Chem, RDConfig


def synthetic_accessibility(mol: Chem.Mol) -> float:
    """1 (easy to make) to 10 (hard), Ertl and Schuffenhauer, J. Cheminform. 2009, 1, 8.

    The score of RDKit's Contrib folder, with its small departures from the paper. Raises OSError where an
    installation of RDKit comes without that folder.
    """
    return float(load_scorer().calculateScore(mol))


@lru_cache(maxsize=1)
def load_scorer() -> Any:
    """RDKit's module with its table of fragments, which takes a second to read and about 100 MB."""
    path = Path(RDConfig.RDContribDir) / "SA_Score" / "sascorer.py"
    spec = importlib.util.spec_from_file_location("molkit_sascorer", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise OSError(f"{path}: this installation of RDKit has no synthetic accessibility score")
    module = importlib.util.module_from_spec(spec)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves closing its table to chance
        spec.loader.exec_module(module)
        module.readFragmentScores()
    return module
