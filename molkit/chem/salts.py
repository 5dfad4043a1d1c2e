"""The counter-ions and solvents that are not part of a compound.

The list is that of the ChEMBL structure pipeline (Bento et al., J. Cheminform. 2020, 12:51), read from
the files that its package ships; only its data are used, so that isotopes survive.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from rdkit import Chem

from molkit.errors import MolkitError

# Single atoms of these are counter-ions; any other metal is part of the compound.
COUNTER_METALS = frozenset({3, 4, 11, 12, 13, 19, 20, 30, 37, 38, 47, 55, 56, 83, 87, 88})
_HYDROGEN = Chem.MolFromSmarts("[#1]")
_Patterns = dict[tuple[int, int], list[tuple[str, Chem.Mol]]]


def solvent_name(fragment: Chem.Mol) -> str:
    """The name of a sanitised fragment in the solvent list, or "".

    >>> solvent_name(Chem.MolFromSmiles("[2H]OC"))
    'methanol'
    """
    return _match(fragment, _listed("solvents.smi"))


def salt_name(fragment: Chem.Mol) -> str:
    """The name of a sanitised fragment in the salt list, whatever its charge, or "".

    >>> salt_name(Chem.MolFromSmiles("CC(=O)[O-]"))
    'acetate'
    """
    return _match(fragment, _listed("salts.smi"))


def _match(fragment: Chem.Mol, listed: _Patterns) -> str:
    bare = _without_hydrogens(fragment)
    for name, pattern in listed.get((bare.GetNumAtoms(), bare.GetNumBonds()), []):
        if bare.HasSubstructMatch(pattern):
            return name
    return ""


def _without_hydrogens(fragment: Chem.Mol) -> Chem.Mol:
    """Deuterated counter-ions are counter-ions too, so isotopic hydrogens go as well."""
    if not fragment.HasSubstructMatch(_HYDROGEN):
        return fragment
    parameters = Chem.RemoveHsParameters()
    parameters.removeIsotopes = True  # type: ignore[assignment]
    return Chem.RemoveHs(fragment, parameters, sanitize=False)


@lru_cache(maxsize=2)
def _listed(file: str) -> _Patterns:
    """Name and pattern of each entry, by number of atoms and bonds."""
    found: _Patterns = {}
    for line in (_data_folder() / file).read_text(encoding="utf-8").splitlines():
        name, separator, smarts = line.partition("\t")
        if line.startswith("#") or not separator:
            continue
        pattern = Chem.MolFromSmarts(smarts.strip())
        if pattern is not None:
            key = (pattern.GetNumAtoms(), pattern.GetNumBonds())
            found.setdefault(key, []).append((name.strip().lower(), pattern))
    return found


def _data_folder() -> Path:
    """The data of chembl_structure_pipeline, found without importing it."""
    spec = find_spec("chembl_structure_pipeline")
    if spec is None or not spec.submodule_search_locations:
        raise MolkitError(
            "The package chembl_structure_pipeline, which holds the list of salts, is not "
            "installed. Install molkit again with its dependencies."
        )
    return Path(next(iter(spec.submodule_search_locations))) / "data"
