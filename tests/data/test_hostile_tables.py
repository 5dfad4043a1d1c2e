"""The hostile tables, each with what the reader must make of it (copies in tests/robustness_tables)."""

from __future__ import annotations

import gzip
import json
import os
import resource
import time
import zipfile
from pathlib import Path

import pytest

from molkit.data import sniff
from molkit.data.tables import open_table, read_table
from molkit.errors import InputError

HERE = Path(__file__).resolve()
TABLES = HERE.parents[1] / "robustness_tables"
SHARED = Path(os.environ.get("MOLKIT_SHARED", HERE.parents[3] / "shared")) / "robustness" / "tables"

THREE = ["CCO", "CCN", "CCC"]
GOOD = ["CCO", "c1ccccc1", "CC(=O)O"]
# file: (structure cells, rows with a fault, rows with a remark)
ROWS: dict[str, tuple[list[str | None], set[int], set[int]]] = {
    "00_good.csv": (GOOD, set(), set()),
    "01_bom_utf8.csv": (GOOD, set(), set()),
    "03_crlf.csv": (GOOD, set(), set()),
    "04_cr_only.csv": (GOOD, set(), set()),
    "06_mixed_eol.csv": (THREE, set(), set()),
    "07_quoted_newline.csv": (THREE[:2], set(), set()),
    "09_unclosed_quote.csv": (THREE, {1}, set()),
    "12_space_col.csv": (["CCO"], set(), set()),
    "13_dup_header.csv": (["CCO"], set(), set()),
    "16_header_only.csv": ([], set(), set()),
    "18_ragged_short.csv": (THREE, {1, 2}, set()),
    "19_ragged_long.csv": (THREE, {1, 3}, set()),
    "21_tab_named_csv.csv": (GOOD, set(), set()),
    "22_decimal_comma.csv": (THREE[:2], set(), set()),
    "24_mixed_encoding.csv": (THREE, set(), {2}),
    "25_nul_bytes.csv": (["CCO", "C\0CO", "CCC"], {2}, {1}),
    "30_html_names.csv": (["CCO", "CCN", "CCC", "CCCC", "CCCCC"], set(), set()),
    "31_dup_rows.csv": (["CCO", "CCO", "OCC", "CCO"], set(), set()),
    "33_numeric_smiles.csv": (["1", "2.5", "True", "CCO"], set(), set()),
    "34_leading_zero_ids.csv": (["CCO", "CCN", "CCC", "CCCC"], set(), set()),
    "36_extra_whitespace.csv": ([" CCO ", "\tCCN\t", "\u00a0CCC"], set(), set()),
    "37_all_invalid.csv": (["xx", "C(C", "["], set(), set()),
    "39_smi_names.smi": (["CCO", "CCN", "CCC", "", "# comment?", "c1ccccc1"], {5}, set()),
    "40_smi_header.smi": (["CCO"], set(), set()),
    "54_quote_style_single.csv": (["'CCO'", "'CCN'"], set(), set()),
    "55_backslash_smiles.csv": (["F/C=C\\F", "F/C=C/F"], set(), set()),
    "57_pipe.csv": (THREE[:2], set(), set()),
    "58_rtl_bidi.csv": (THREE, set(), set()),
    "60_output_col_clash.csv": (THREE[:2], set(), set()),
    "61_path_names.csv": (["CCO", "CCN", "CCC", "CCCC", "CCCCC"], set(), set()),
    "72_nulls.parquet": (["CCO", None, "", "CCN"], set(), set()),
    "78_dictionary.parquet": (["CCO", "CCO", "CCN"], set(), set()),
}
# file: (rows, rows with a fault)
RECORDS = {
    "63_truncated.sdf": (2, {2}),
    "64_no_terminator.sdf": (1, set()),
    "66_dollar_in_field.sdf": (2, set()),
    "67_crlf.sdf": (1, set()),
    "69_empty_mol.sdf": (1, set()),
    "70_v3000_hugecount.sdf": (1, set()),
}
# file: what the error says
ERRORS = {
    "10_missing_smiles_col.csv": r"'structure', 'name'.*--smiles-column",
    "15_empty.csv": "empty",
    "49_html_as_csv.csv": "web page.*no SMILES column",
    "51_binary.csv": "binary",
    "52_pickle.csv": "pickle",
    "73_truncated.parquet": "truncated",
    "75_footer_huge.parquet": "not a valid Parquet",
    "76_csv_named_parquet.parquet": "named .parquet but is not",
    "79_list_col.parquet": "of type list",
}


@pytest.mark.parametrize("name", ROWS)
def test_every_row_is_accounted_for(name: str) -> None:
    source = open_table(TABLES / name)
    table = read_table(source)
    structures, faults, remarks = ROWS[name]
    assert source.smiles is not None
    assert table.columns[source.smiles] == structures
    assert (set(table.faults), set(table.remarks)) == (faults, remarks)


@pytest.mark.parametrize("name", RECORDS)
def test_every_record_is_a_row(name: str) -> None:
    source = open_table(TABLES / name)
    table = read_table(source)
    assert (len(table), set(table.faults)) == RECORDS[name]
    assert source.row_count == len(table)


@pytest.mark.parametrize("name", ERRORS)
def test_a_file_that_is_no_table_is_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(InputError, match=ERRORS[name]):
        read_table(open_table(TABLES / name))


def test_the_cells_beside_the_structures() -> None:
    def column(file: str, name: str) -> list[str]:
        return read_table(open_table(TABLES / file)).columns[name]

    assert column("07_quoted_newline.csv", "name") == ["line one\nline two", "b"]
    assert column("19_ragged_long.csv", "y") == ["1,EXTRA", "2", "3,4,5,6"]
    assert column("24_mixed_encoding.csv", "name") == ["éthanol", "éthyl", "ok"]
    assert column("34_leading_zero_ids.csv", "id") == ["000123", "1e5", "12345678901234567890", "2026-01-02"]
    assert column("39_smi_names.smi", "name")[:2] == ["ethanol", "ethyl amine with spaces"]
    assert column("66_dollar_in_field.sdf", "note") == ["$$$$ is money", None]
    assert column("63_truncated.sdf", "molblock")[1].endswith("1.5000    0.0000")
    assert column("22_decimal_comma.csv", "y") == ["1,5", "2,25"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("13_dup_header.csv", "smiles_2"),
        ("21_tab_named_csv.csv", "tab"),
        ("40_smi_header.smi", "'SMILES Name'"),
        ("45_not_gzip.csv.gz", "plain text"),
        ("54_quote_style_single.csv", "single quotes"),
        ("57_pipe.csv", "pipe"),
    ],
)
def test_what_was_chosen_is_said(name: str, said: str) -> None:
    assert any(said in note for note in open_table(TABLES / name).notes)


def test_the_line_of_an_unclosed_quote_is_named() -> None:
    assert "Line 2" in read_table(open_table(TABLES / "09_unclosed_quote.csv")).faults[1]


def alkanols(count: int) -> bytes:
    return ("smiles,name\n" + "".join(f"{'C' * (1 + n % 30)}O,m{n}\n" for n in range(count))).encode()


def test_gzip_under_either_name(tmp_path: Path) -> None:
    for name in ("good.csv.gz", "gzip_named.csv"):
        (tmp_path / name).write_bytes(gzip.compress(alkanols(20_000)))
        assert len(read_table(open_table(tmp_path / name))) == 20_000


def test_truncated_gzip_says_so_even_when_reached_late(tmp_path: Path) -> None:
    whole = gzip.compress(b"smiles\n" + b"".join(b"%s\n" % os.urandom(40).hex().encode() for _ in range(20_000)))
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(whole[: len(whole) * 3 // 4])
    source = open_table(path)
    with pytest.raises(InputError, match="truncated"):
        read_table(source)


def test_damaged_gzip_is_a_sentence(tmp_path: Path) -> None:
    whole = bytearray(gzip.compress(alkanols(2000)))
    whole[-6] ^= 255  # the checksum
    path = tmp_path / "damaged.csv.gz"
    path.write_bytes(whole)
    with pytest.raises(InputError, match="damaged"):
        read_table(open_table(path))


def test_a_gzip_bomb_costs_one_row_and_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as stream:
        stream.write(b"smiles\nCCO\n")
        for _ in range(200):
            stream.write(b"C" * 1_000_000)
        stream.write(b"\nCCN\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    table = read_table(open_table(path))
    assert time.process_time() - start < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB
    assert table.columns["smiles"][::2] == ["CCO", "CCN"]
    assert set(table.faults) == {2}
    assert table.columns["smiles"][1] == "C" * 200


def test_zip_files_and_zip_bombs_are_refused(tmp_path: Path) -> None:
    for name, inside in (("bomb.zip", "a.csv"), ("bomb.csv", "a.csv"), ("bomb.xlsx", "xl/workbook.xml")):
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(inside, b"C" * 30_000_000)
        with pytest.raises(InputError, match="zip archive" if inside == "a.csv" else "limit"):
            open_table(tmp_path / name)


def test_a_workbook_over_the_stated_size_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "large.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", os.urandom(2000))
    monkeypatch.setattr(sniff, "ZIP_LIMIT", 1000)
    with pytest.raises(InputError, match="limit is 1,000 bytes"):
        open_table(tmp_path / "large.xlsx")


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared folder is not on this machine")
def test_the_whole_manifest_as_delivered() -> None:
    """Each file of the manifest gives the stated number of rows or an InputError, and nothing else."""
    documented = {"40_smi_header.smi": 1, "45_not_gzip.csv.gz": 120}
    for entry in json.loads((SHARED / "MANIFEST.json").read_text()):
        name = entry["file"]
        try:
            rows = len(read_table(open_table(SHARED / name)))
        except InputError:
            rows = None
        refused = name in ERRORS or name in ("43_truncated.csv.gz", "81_zip_bomb_100MB.zip")
        assert rows == (None if refused else documented.get(name, entry["rows_in"])), name
