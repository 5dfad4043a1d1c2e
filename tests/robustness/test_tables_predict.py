"""The hostile tables through `molkit predict` and `molkit train`: every row comes back, or one line says why."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from trained import Ran, read_csv, run, tree_model

TABLES = Path(__file__).resolve().parents[1] / "robustness_tables"
OK, BAD, EMPTY = "ok", "invalid_syntax", "empty"
# file: the status of each row
STATUSES = {
    "00_good.csv": [OK] * 3,
    "01_bom_utf8.csv": [OK] * 3,
    "03_crlf.csv": [OK] * 3,
    "04_cr_only.csv": [OK] * 3,
    "06_mixed_eol.csv": [OK] * 3,
    "07_quoted_newline.csv": [OK] * 2,
    "09_unclosed_quote.csv": [BAD, OK, OK],
    "12_space_col.csv": [OK],
    "13_dup_header.csv": [OK],
    "16_header_only.csv": [],
    "18_ragged_short.csv": [BAD, BAD, OK],
    "19_ragged_long.csv": [BAD, OK, BAD],
    "21_tab_named_csv.csv": [OK] * 3,
    "22_decimal_comma.csv": [OK] * 2,
    "24_mixed_encoding.csv": [OK] * 3,
    "25_nul_bytes.csv": [OK, BAD, OK],
    "30_html_names.csv": [OK] * 5,
    "31_dup_rows.csv": [OK] * 4,
    "33_numeric_smiles.csv": [BAD, BAD, BAD, OK],
    "34_leading_zero_ids.csv": [OK] * 4,
    "36_extra_whitespace.csv": [OK] * 3,
    "37_all_invalid.csv": [BAD] * 3,
    "39_smi_names.smi": [OK, OK, OK, EMPTY, BAD, OK],
    "40_smi_header.smi": [OK],
    "45_not_gzip.csv.gz": [OK] * 120,
    "54_quote_style_single.csv": [BAD] * 2,
    "55_backslash_smiles.csv": [OK] * 2,
    "57_pipe.csv": [OK] * 2,
    "58_rtl_bidi.csv": [OK] * 3,
    "60_output_col_clash.csv": [OK] * 2,
    "61_path_names.csv": [OK] * 5,
    "63_truncated.sdf": [OK, BAD],
    "64_no_terminator.sdf": [OK],
    "66_dollar_in_field.sdf": [OK] * 2,
    "67_crlf.sdf": [OK],
    "69_empty_mol.sdf": [EMPTY],
    "70_v3000_hugecount.sdf": ["too_large"],
    "72_nulls.parquet": [OK, EMPTY, EMPTY, OK],
    "78_dictionary.parquet": [OK] * 3,
}
REFUSED = (
    "10_missing_smiles_col.csv", "15_empty.csv", "49_html_as_csv.csv", "51_binary.csv", "52_pickle.csv",
    "73_truncated.parquet", "75_footer_huge.parquet", "76_csv_named_parquet.parquet", "79_list_col.parquet",
)  # fmt: skip


def predict(name: str, out: Path) -> tuple[Ran, list[dict[str, str]]]:
    ran = run("predict", tree_model(), TABLES / name, "-o", out, "--workers", 1)
    assert ran.clean
    return ran, read_csv(out) if out.exists() else []


def test_every_file_is_judged_here() -> None:
    assert {path.name for path in TABLES.iterdir()} == {*STATUSES, *REFUSED}


@pytest.mark.parametrize("name", STATUSES)
def test_every_row_comes_back(name: str, tmp_path: Path) -> None:
    ran, rows = predict(name, tmp_path / "out.csv")
    expected = STATUSES[name]
    status = "status_molkit" if name == "60_output_col_clash.csv" else "status"
    assert [row[status] for row in rows] == expected
    assert ran.code == (3 if expected and OK not in expected else 0)
    if status == "status":
        assert all(bool(row["reason"]) == (row["status"] != OK) for row in rows)
        assert all(bool(row["logS_pred"]) == (row["status"] == OK) for row in rows)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_table_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    ran, _ = predict(name, tmp_path / "out.csv")
    assert ran.code == 2
    assert ran.err.startswith("molkit: ")
    assert ran.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_the_same_content_gives_the_same_predictions(tmp_path: Path) -> None:
    """A byte order mark, line ends and delimiters are not part of the data."""
    names = ("00_good.csv", "01_bom_utf8.csv", "03_crlf.csv", "04_cr_only.csv", "21_tab_named_csv.csv")
    found = [predict(name, tmp_path / f"{name}.out.csv")[1] for name in names]
    assert found[0]
    assert all(rows == found[0] for rows in found)


def test_duplicates_get_equal_values_and_stereo_different_text(tmp_path: Path) -> None:
    _, rows = predict("31_dup_rows.csv", tmp_path / "dup.csv")
    assert len({row["logS_pred"] for row in rows}) == 1
    _, rows = predict("55_backslash_smiles.csv", tmp_path / "stereo.csv")
    assert [row["smiles_std"] for row in rows] == ["F/C=C\\F", "F/C=C/F"]


def test_clashing_columns_are_kept_and_the_new_ones_named_apart(tmp_path: Path) -> None:
    name = "60_output_col_clash.csv"
    ran, rows = predict(name, tmp_path / "out.csv")
    before = read_csv(TABLES / name)
    assert all({key: row[key] for key in old} == old for row, old in zip(rows, before, strict=True))
    assert "status_molkit" in rows[0]
    assert "_molkit" in ran.err


@pytest.mark.parametrize(
    "name", ["30_html_names.csv", "34_leading_zero_ids.csv", "58_rtl_bidi.csv", "61_path_names.csv"]
)
def test_other_cells_come_back_as_they_were(name: str, tmp_path: Path) -> None:
    _, rows = predict(name, tmp_path / "out.csv")
    for row, old in zip(rows, read_csv(TABLES / name), strict=True):
        assert {key: row[key] for key in old} == old


def test_tables_with_targets_train_or_are_refused_in_one_line(tmp_path: Path) -> None:
    """All are too small to learn from: no traceback, no model, and the reason names what is wrong."""
    said = {"22_decimal_comma.csv": "comma", "00_good.csv": "3 of 3 rows", "30_html_names.csv": "column"}
    for path in sorted(TABLES.iterdir()):
        ran = run(
            "train",
            path,
            "-t",
            "y",
            "-o",
            tmp_path / "m.molkit",
            "--learner",
            "boosting",
            "--fold-models",
            2,
            "--workers",
            1,
        )
        assert (ran.code, ran.clean) == (2, True), path.name
        assert ran.err.count("\n") == 1, path.name
        assert said.get(path.name, "") in ran.err, path.name
    assert not list(tmp_path.iterdir())


def test_blank_rows_and_repeated_rows_stay_in_place(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("smiles,n\nCCO,1\n,2\n   ,3\nCCO,4\nNA,5\nOCC,6\n")
    run("predict", tree_model(), table, "-o", tmp_path / "out.csv", "--workers", 1)
    with (tmp_path / "out.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["n"] for row in rows] == list("123456")
    assert [row["status"] for row in rows] == [OK, EMPTY, EMPTY, OK, EMPTY, OK]
    assert len({row["logS_pred"] for row in rows if row["status"] == OK}) == 1
