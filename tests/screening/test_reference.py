"""Nearest actives against RDKit's similarities, and reference tables of every kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from molkit.chem.policy import Policy
from molkit.errors import InputError
from molkit.screening.prepare import prepare_library
from molkit.screening.reference import nearest_columns, outlines, read_reference

ACTIVES = ["CC(=O)Oc1ccccc1C(=O)O", "CN1CCC[C@H]1c1cccnc1", "CC(C)Cc1ccc(cc1)C(C)C(=O)O"]
QUERIES = ["O=C(O)c1ccccc1O", "c1ccncc1", "CCO", "xx"]


def test_the_nearest_active_is_that_of_rdkit(tmp_path: Path) -> None:
    path = tmp_path / "actives.smi"
    path.write_text("\n".join([f"{smiles} act{i}" for i, smiles in enumerate(ACTIVES)] + ["not-a-structure x", ""]))
    reference = read_reference(path, Policy(), 1)
    assert (reference.names, reference.unreadable) == (["act0", "act1", "act2"], 1)
    found = nearest_columns(reference, outlines(QUERIES, Policy(), 1).bits)
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048, includeChirality=True)
    known = [generator.GetFingerprint(Chem.MolFromSmiles(smiles)) for smiles in ACTIVES]
    for row, query in enumerate(QUERIES[:3]):
        values = DataStructs.BulkTanimotoSimilarity(generator.GetFingerprint(Chem.MolFromSmiles(query)), known)
        best = int(np.argmax(values))
        assert found["nearest_active"][row] == Chem.CanonSmiles(ACTIVES[best])
        assert found["nearest_active_id"][row] == f"act{best}"
        assert found["nearest_active_similarity"][row] == pytest.approx(values[best], abs=1e-4)
    assert [values[3] for values in found.values()] == [None, None, None]


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("smiles,compound_id,value", ["a", "b"]),
        ("smiles,Molecule Name,value", ["a", "b"]),
        ("smiles,remark,value", [None, None]),
        ("smiles,remark,ID", ["1", "2"]),
    ],
)
def test_the_column_of_names(header: str, names: list[str | None], tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(f"{header}\nCCO,a,1\nCCN,b,2\n")
    assert read_reference(tmp_path / "r.csv", Policy(), 1).names == names


@pytest.mark.parametrize("prepared", [False, True])
def test_a_folder_or_a_prepared_library_as_reference(prepared: bool, tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    for place, smiles in enumerate(ACTIVES):
        (folder / f"{place}.smi").write_text(f"{smiles} act{place}\n")
    if prepared:
        prepare_library(folder, tmp_path / "lib", workers=1)
    reference = read_reference(tmp_path / "lib" if prepared else folder, Policy(), 1)
    assert reference.names == ["act0", "act1", "act2"]
    assert reference.smiles == [Chem.CanonSmiles(smiles) for smiles in ACTIVES]


def test_a_reference_without_any_structure_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("smiles\nxx\nyy\n")
    with pytest.raises(InputError, match="none of its 2 rows"):
        read_reference(tmp_path / "r.csv", Policy(), 1)


def test_no_structures_have_no_outlines() -> None:
    found = outlines([], Policy(), 1)
    assert (found.bits.shape, found.smiles) == ((0, 256), [])
