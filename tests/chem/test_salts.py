"""molkit.chem.salts knows every entry of the list it reads, written in any way."""

from __future__ import annotations

from pathlib import Path

import chembl_structure_pipeline
import pytest
from rdkit import Chem, rdBase

from molkit.chem.salts import salt_name, solvent_name

DATA = Path(chembl_structure_pipeline.__file__).parent / "data"


def entries(file: str) -> list[tuple[str, str]]:
    rows = [line.split("\t") for line in (DATA / file).read_text().splitlines() if line and line[0] != "#"]
    return [(row[0].lower(), row[1].strip()) for row in rows if len(row) == 2]


@pytest.mark.parametrize(("file", "name_of"), [("salts.smi", salt_name), ("solvents.smi", solvent_name)])
def test_every_entry_is_recognised(file: str, name_of) -> None:
    listed = entries(file)
    names = {name for name, _ in listed}
    tested = 0
    for _, smarts in listed:
        with rdBase.BlockLogs():
            mol = Chem.MolFromSmiles(smarts)
        if mol is None or any(atom.GetFormalCharge() for atom in mol.GetAtoms()):
            continue  # patterns that are no SMILES, or that RDKit rewrites, such as nitrate
        tested += 1
        for text in (smarts, *Chem.MolToRandomSmilesVect(mol, 3, 1)):
            assert name_of(Chem.MolFromSmiles(text)) in names
    assert tested > 0.9 * len(listed)


@pytest.mark.parametrize("smiles", ["CC(=O)Oc1ccccc1C(=O)O", "CCCCCCO", "c1ccccc1", "CC(=O)N"])
def test_drugs_are_not_listed(smiles: str) -> None:
    assert salt_name(Chem.MolFromSmiles(smiles)) == solvent_name(Chem.MolFromSmiles(smiles)) == ""
