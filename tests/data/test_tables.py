from __future__ import annotations

import csv
import gzip
import io
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from molkit.data.structures import looks_like_smiles
from molkit.data.table import frame_to_table
from molkit.data.tables import is_table_path, open_table, read_table
from molkit.errors import InputError

SHARED = Path(os.environ.get("MOLKIT_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "datasets"
SMILES = ["CC(=O)Oc1ccccc1C(=O)O", "CN1C=NC2=C1C(=O)N(C(=O)N2C)C", "C[C@H](N)C(=O)O"]


def opened(tmp_path: Path, text: str, name: str = "in.csv", **options: object):  # type: ignore[no-untyped-def]
    path = tmp_path / name
    path.write_text(text, newline="")
    return open_table(path, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name", ["SMILES", "Canonical SMILES", " smiles ", "Ligand SMILES", "Drug", "mol", "Structure", "xyz"]
)
def test_the_structure_column_is_found(tmp_path: Path, name: str) -> None:
    rows = "".join(f"2026-01-0{n},CHEMBL{n}5,{smiles},SB20358{n}\n" for n, smiles in enumerate(SMILES))
    assert opened(tmp_path, f"date,id,{name},code\n{rows}").smiles == name.strip()


@pytest.mark.parametrize(
    "cells",
    [
        ["CHEMBL25", "CHEMBL31"],
        ["CP466722", "SB203580"],
        ["C6H6", "CO2"],
        ["2026-01-02"],
        ["BCNU", "CCNU"],
        ["1", "2"],
    ],
)
def test_codes_formulas_and_dates_are_no_structures(tmp_path: Path, cells: list[str]) -> None:
    with pytest.raises(InputError, match="--smiles-column"):
        opened(tmp_path, "x\n" + "\n".join(cells) + "\n")


def test_a_column_told_is_taken_and_a_wrong_one_gets_advice(tmp_path: Path) -> None:
    text = "smiles,other\nCCO,CCN\n"
    assert opened(tmp_path, text, smiles_column="OTHER").smiles == "other"
    with pytest.raises(InputError, match="Did you mean 'smiles'"):
        opened(tmp_path, text, smiles_column="smile")


def test_a_table_without_structures_on_request(tmp_path: Path) -> None:
    source = opened(tmp_path, "a,b\n1,2\n", require_smiles=False)
    assert source.smiles is None
    assert read_table(source).columns == {"a": ["1"], "b": ["2"]}


@pytest.mark.parametrize("name", ["in.csv", "in.txt", "in.smi"])
def test_a_missing_header_is_noticed(tmp_path: Path, name: str) -> None:
    text = "".join(f"{smiles}\tname {n}\n" for n, smiles in enumerate(SMILES))
    source = opened(tmp_path, text, name)
    assert source.names == ("smiles", "name")
    assert read_table(source).columns["smiles"] == SMILES
    assert read_table(source).columns["name"] == ["name 0", "name 1", "name 2"]
    assert any("header" in note for note in source.notes)


def test_header_as_told(tmp_path: Path) -> None:
    assert len(read_table(opened(tmp_path, "smiles,y\nCCO,1\n", header=False, smiles_column="column_1"))) == 2
    assert opened(tmp_path, "CCO,1\nc1ccccc1,2\nCC(=O)C,3\n", header=True).names == ("CCO", "1")


def test_leading_blank_lines(tmp_path: Path) -> None:
    assert read_table(opened(tmp_path, "\n\nsmiles,y\nCCO,1\n")).columns == {"smiles": ["CCO"], "y": ["1"]}


@pytest.mark.parametrize(
    "options", [{"encoding": "nonsense"}, {"encoding": "base64"}, {"delimiter": "ab"}, {"delimiter": '"'}]
)
def test_impossible_options_are_refused(tmp_path: Path, options: dict[str, str]) -> None:
    with pytest.raises(InputError, match=f"--{next(iter(options))}"):
        opened(tmp_path, "smiles\nCCO\n", **options)


@pytest.mark.parametrize("word", [";", "semicolon"])
def test_delimiter_as_told(tmp_path: Path, word: str) -> None:
    assert opened(tmp_path, "smiles;a,b,c\nCCO;1,2,3\n", delimiter=word).names == ("smiles", "a,b,c")


@pytest.mark.parametrize("mark", [";", "\t", ","])
def test_the_line_that_tells_excel_the_delimiter(tmp_path: Path, mark: str) -> None:
    table = read_table(opened(tmp_path, f"sep={mark}\r\nsmiles{mark}y\r\nCCO{mark}1\r\n"))
    assert table.columns == {"smiles": ["CCO"], "y": ["1"]}
    assert len(read_table(opened(tmp_path, f"sep={mark}\nCCO{mark}1\nCCN{mark}2\n"))) == 2


def test_bytes_that_do_not_fit_the_encoding_told_are_reported(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"smiles,name\nCCO,\xe9\nCCN,b\n")
    table = read_table(open_table(path, encoding="ascii"))
    assert set(table.remarks) == {1}
    with pytest.raises(InputError, match="utf-16"):
        open_table(path, encoding="utf-16")


FRAGMENTS = [
    b"smiles", b",", b"\t", b";", b"|", b"\n", b"\r\n", b"\r", b'"', b'""', b"CCO", b"c1ccccc1", b" ", b"#",
    b"$$$$\n", b"M  END\n", b"> <y>\n", b"1.5", b">10", b"\0", b"\xe9", b"\xc3\xa9", b"\xff\xfe",
    b"\xef\xbb\xbf", b"  0  0 V2000\n", b"\x1f\x8b", b"PK\x03\x04", b"PAR1", b"sep=;",
]  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(FRAGMENTS), max_size=30).map(b"".join),
    st.sampled_from(["csv", "tsv", "smi", "txt", "sdf", "xlsx", "parquet", "csv.gz", "dat"]),
    st.sampled_from([None, None, "utf-16", "shift_jis", "ascii"]),
    st.sampled_from([None, True, False]),
)
def test_any_bytes_under_any_name(
    tmp_path: Path, content: bytes, suffix: str, encoding: str | None, header: bool | None
) -> None:
    """Rows that are all there, or a sentence; never another error."""
    path = tmp_path / f"in.{suffix}"
    path.write_bytes(content)
    try:
        source = open_table(path, encoding=encoding, header=header, require_smiles=False)
        table = read_table(source)
    except InputError:
        return
    assert all(len(column) == len(table) for column in table.columns.values())
    assert {*table.faults, *table.remarks} <= set(range(1, len(table) + 1))
    assert sum(len(piece) for piece in source.pieces(3)) == len(table)


def test_a_source_can_be_sent_to_another_process(tmp_path: Path) -> None:
    source = opened(tmp_path, "smiles\nCCO\n")
    assert read_table(pickle.loads(pickle.dumps(source))) == read_table(source)


def test_cxsmiles_stay_whole(tmp_path: Path) -> None:
    source = opened(tmp_path, "CCO |$_R1;;$,atomProp:0.a.b| ethanol\nC* |$;R$|\nCCN\tx y\n  C z\n", "in.smi")
    table = read_table(source)
    assert table.columns["smiles"] == ["CCO |$_R1;;$,atomProp:0.a.b|", "C* |$;R$|", "CCN", "  C"]
    assert table.columns["name"] == ["ethanol", "", "x y", "z"]


def test_a_table_named_smi_is_read_as_a_table(tmp_path: Path) -> None:
    assert opened(tmp_path, "smiles,id,y\nCCO,a,1\nCCN,b,2\n", "in.smi").names == ("smiles", "id", "y")
    assert opened(tmp_path, "SMILES\tid\ty\nCCO\ta\t1\nCCN\tb\t2\n", "in.smi").names == ("SMILES", "id", "y")


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        open_table(tmp_path / "none.csv")
    with pytest.raises(InputError, match="is a folder, empty"):
        open_table(tmp_path)
    with pytest.raises(InputError, match="blank lines"):
        opened(tmp_path, "\n \n")
    (tmp_path / "empty.csv.gz").write_bytes(gzip.compress(b""))
    with pytest.raises(InputError, match="empty"):
        open_table(tmp_path / "empty.csv.gz")
    (tmp_path / "nested.csv.gz").write_bytes(gzip.compress(gzip.compress(b"smiles\nCCO\n")))
    with pytest.raises(InputError, match="archive"):
        open_table(tmp_path / "nested.csv.gz")


@pytest.mark.parametrize(
    "name", ["a.csv", "a.TSV", "b.smi.gz", "x.y.sdf.gz", "a.parquet", "a.xlsx", "a.txt", "a.smiles"]
)
def test_table_names(name: str) -> None:
    assert is_table_path(name)


@pytest.mark.parametrize("text", ["CCO", "C.C", "a.parquet.gz", "m.molkit", "csv", "", "C/C=C/C", ".gz"])
def test_names_of_no_table(text: str) -> None:
    assert not is_table_path(text)


def test_frames_of_any_kind() -> None:
    import pandas

    frame = pandas.DataFrame(
        {
            "smiles": ["CCO", None, "C"],
            "n": pandas.array([1, None, 3], dtype="Int64"),
            "y": [0.5, float("nan"), 1.0],
        },
        index=[7, 7, 9],
    )
    expected = {"smiles": ["CCO", None, "C"], "n": [1, None, 3], "y": [0.5, None, 1.0]}
    assert frame_to_table(frame).columns == expected
    assert frame_to_table({name: list(values) for name, values in expected.items()}).columns == expected
    with pytest.raises(InputError, match="same name"):
        frame_to_table(pandas.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(InputError, match="equally long"):
        frame_to_table({"a": [1], "b": []})


def test_imports_stay_light() -> None:
    code = (
        "import sys, pkgutil, importlib\n"
        "for name in 'table tables lines delimited smi sdf typed write formats workbook labels'.split():\n"
        "    importlib.import_module('molkit.data.' + name)\n"
        "heavy = {'pandas', 'pyarrow', 'openpyxl', 'rdkit', 'torch', 'sklearn', 'scipy'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.strip() == "[]"


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared folder is not on this machine")
@pytest.mark.parametrize(
    "name",
    [
        "esol/delaney-processed.csv",
        "bbbp/BBBP.csv",
        "tox21/tox21.csv.gz",
        "tdc_admet/solubility_aqsoldb/train_val.csv",
    ],
)
def test_real_tables_are_read_as_the_csv_module_reads_them(name: str) -> None:
    content = (SHARED / name).read_bytes()
    text = (gzip.decompress(content) if name.endswith(".gz") else content).decode()
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    table = read_table(open_table(SHARED / name))
    assert table.names == tuple(header)
    assert [list(row) for row in zip(*table.columns.values(), strict=True)] == rows


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared folder is not on this machine")
def test_half_a_million_lines_are_read_and_look_like_smiles() -> None:
    source = open_table(SHARED / "lib_mixed_500k" / "mixed_500k.smi.gz")
    rows = sum(len(piece) for piece in source.pieces(2000))
    assert rows == 500_000
    piece = next(source.pieces(20_000))
    assert sum(map(looks_like_smiles, piece.columns["smiles"])) > 0.999 * len(piece)
