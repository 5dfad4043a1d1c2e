from __future__ import annotations

from pathlib import Path

import pytest
from rdkit import Chem

from molkit.data.tables import open_table, read_table
from molkit.errors import InputError

BLOCK = "title\n\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n"


def test_records_are_those_rdkit_reads(tmp_path: Path) -> None:
    path = tmp_path / "in.sdf"
    with Chem.SDWriter(str(path)) as writer:
        for number, smiles in enumerate(["CCO", "c1ccccc1", "", "[Na+].[Cl-]", "C/C=C/C"]):
            mol = Chem.MolFromSmiles(smiles)
            mol.SetProp("_Name", f"mol {number}")
            mol.SetProp("value", str(number / 2))
            if number % 2:
                mol.SetProp("remark", "two\nlines")
            writer.write(mol)
    source = open_table(path)
    table = read_table(source)
    expected = list(Chem.SDMolSupplier(str(path)))
    assert (source.smiles, source.row_count, len(table)) == ("molblock", 5, 5)
    assert table.columns["name"] == [mol.GetProp("_Name") for mol in expected]
    assert table.columns["value"] == [mol.GetProp("value") for mol in expected]
    assert table.columns["remark"] == [None, "two\nlines", None, "two\nlines", None]
    read = [Chem.MolFromMolBlock(block) for block in table.columns["molblock"]]
    assert [Chem.MolToSmiles(mol) for mol in read] == [Chem.MolToSmiles(mol) for mol in expected]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", ["$$$$\n", "$$$$", "", "\n\n"])
def test_line_ends_and_the_last_record(tmp_path: Path, end: str, last: str) -> None:
    path = tmp_path / "in.sdf"
    text = f"{BLOCK}> <y>\n1\n\n$$$$\n{BLOCK}>  <y>  (2)\n2\n\n{last}"
    path.write_text(text.replace("\n", end), newline="")
    table = read_table(open_table(path))
    assert table.columns == {"name": ["title"] * 2, "y": ["1", "2"], "molblock": [BLOCK] * 2}
    assert not table.faults


def test_a_damaged_record_is_a_row_with_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "in.sdf"
    path.write_text(f"{BLOCK}$$$$\nno mol block here\n$$$$\n$$$$\n{BLOCK}$$$$\n")
    source = open_table(path)
    table = read_table(source)
    assert len(table) == source.row_count == 4
    assert set(table.faults) == {2, 3}
    assert table.columns["molblock"][1] == "no mol block here"


def test_tags_named_like_the_fixed_columns(tmp_path: Path) -> None:
    path = tmp_path / "in.sdf"
    path.write_text(f"{BLOCK}> <name>\nbeta\n\n> <y>\n1\n\n> <y>\n2\n\n$$$$\n")
    source = open_table(path)
    table = read_table(source)
    assert table.columns["name"] == ["title"]
    assert table.columns["name_2"] == ["beta"]
    assert table.columns["y"] == ["1\n2"]
    assert any("name_2" in note for note in source.notes)


def test_an_sd_file_under_another_name_and_text_named_sdf(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text(f"{BLOCK}$$$$\n")
    assert open_table(tmp_path / "in.txt").format == "sdf"
    (tmp_path / "in.sdf").write_text("smiles\nCCO\n")
    with pytest.raises(InputError, match="mol block"):
        open_table(tmp_path / "in.sdf")


def test_mol_blocks_in_a_csv_file_are_cells(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(f'smiles,block\nCCO,"{BLOCK}"\nCCN,"{BLOCK}"\n')
    source = open_table(tmp_path / "in.csv")
    assert source.format == "csv"
    assert read_table(source).columns["block"] == [BLOCK] * 2


def test_text_after_the_mol_block_is_kept(tmp_path: Path) -> None:
    (tmp_path / "in.sdf").write_text(f"{BLOCK}stray\n> <y>\n1\n\nmore\n> <z>\n2\n\n$$$$\n")
    table = read_table(open_table(tmp_path / "in.sdf"))
    assert table.columns["molblock"] == [f"{BLOCK}stray\n"]
    assert table.columns["y"] == ["1\n\nmore"]
    assert table.columns["z"] == ["2"]


def test_a_title_in_another_encoding_leaves_the_structure_whole(tmp_path: Path) -> None:
    other = BLOCK.replace("title", "é")
    (tmp_path / "in.sdf").write_bytes(
        f"{BLOCK}$$$$\n".encode() + f"{other}$$$$\n".encode("latin-1") + f"{other}$$$$\n".encode()
    )
    table = read_table(open_table(tmp_path / "in.sdf"))
    assert table.columns["name"] == ["title", "é", "é"]
    assert not table.faults
    assert set(table.remarks) == {2}
