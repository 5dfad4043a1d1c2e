from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molkit.data.cells import read_number, read_sign
from molkit.data.classes import PAIRS
from molkit.data.exports import numeric_columns
from molkit.data.labels import Labels, read_labels
from molkit.data.table import Table, frame_to_table
from molkit.data.tables import open_table, read_table
from molkit.data.units import header_unit
from molkit.errors import InputError

HERE = Path(__file__).resolve()
SHARED = Path(os.environ.get("MOLKIT_SHARED", HERE.parents[3] / "shared")) / "datasets"


def labels(columns: dict[str, list], targets: list[str] | None = None, **options: str) -> Labels:  # type: ignore[type-arg]
    table = frame_to_table({"smiles": ["C"] * len(next(iter(columns.values()))), **columns})
    return read_labels(table, [next(iter(columns))] if targets is None else targets, **options)  # type: ignore[arg-type]


def export(text: str, tmp_path: Path) -> Table:
    path = tmp_path / "export.csv"
    path.write_text(text)
    return read_table(open_table(path))


# --- cells -----------------------------------------------------------------------------------------


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["{}", " {} ", "'{}'", "={}"]))
def test_a_number_is_read_as_written(value: float, form: str) -> None:
    reading = read_number(form.format(repr(value)))
    assert (reading.kind, reading.value, reading.relation) == ("number", value, 0)


@given(
    st.floats(0, 1e9),
    st.sampled_from([(">", 1), (">=", 1), ("> ", 1), ("<", -1), ("<= ", -1), ("≤", -1), ("~", 0)]),
)
def test_a_sign_before_a_number_is_never_lost(value: float, sign: tuple[str, int]) -> None:
    reading = read_number(f"{sign[0]}{value!r}")
    assert (reading.kind, reading.value, reading.relation) == ("number", value, sign[1])


@given(st.text(max_size=10))
def test_what_python_reads_as_no_number_is_no_number(text: str) -> None:
    reading = read_number(text)
    if reading.kind == "number":
        bare = text.strip().strip("'\"").strip().replace("\u2212", "-").lstrip("<>=~≈≥≤ca. ")
        assert math.isclose(abs(float(bare)), abs(reading.value), rel_tol=1e-12) or text.strip("'\" ").startswith(".")


@pytest.mark.parametrize("text", ["1_000", "0x10", "1e", "e5", "5 nM", "1.2.3", "50%", "1±2", "><5", "=<>1", "١٢"])
def test_text_that_is_no_number(text: str) -> None:
    assert read_number(text).kind == "text"


@pytest.mark.parametrize("text", ["1,5", "-0,25", ">1,5", "1.234,5", "1,234,567"])
def test_a_comma_is_never_guessed(text: str) -> None:
    assert read_number(text).kind == "comma"
    with pytest.raises(InputError, match=r"row 2: '.*decimal"):
        labels({"y": ["1", text, "3"]})


def test_the_decimal_comma_table() -> None:
    table = read_table(open_table(HERE.parents[1] / "robustness_tables" / "22_decimal_comma.csv"))
    with pytest.raises(InputError, match=r"'y' has 2 cells with a comma .*row 1: '1,5', row 2: '2,25'"):
        read_labels(table, ["y"])


# --- targets ---------------------------------------------------------------------------------------


def test_blanks_are_not_measured_and_zeros_are() -> None:
    found = labels({"y": ["1.5", "", "NA", " 2 ", "not measured", "1e-3", None, "0", float("nan"), 3]})
    expected = [1.5, np.nan, np.nan, 2, np.nan, 1e-3, np.nan, 0, np.nan, 3]
    assert np.array_equal(found.values[:, 0], expected, equal_nan=True)
    assert found.values.dtype == np.float64
    assert found.relations.dtype == np.int8
    assert found.kinds == ("regression",)


def test_bounds_in_the_cells() -> None:
    found = labels({"y": [">10", "<0.1", ">= 5", "> 10", "~3", "4", ""]})
    assert np.array_equal(found.values[:, 0], [10, 0.1, 5, 10, 3, 4, np.nan], equal_nan=True)
    assert found.relations[:, 0].tolist() == [1, -1, 1, 1, 0, 0, 0]
    assert any("3 values are lower bounds" in note for note in found.notes)
    assert any("1 values marked '~'" in note for note in found.notes)


def test_text_is_refused_with_its_rows() -> None:
    with pytest.raises(InputError, match=r"'y' has 2 cells .*row 2: 'high', row 4: 'x'"):
        labels({"y": ["1", "high", "2", "x"]})


def test_rows_are_counted_from_the_first_of_the_file() -> None:
    table = Table(("smiles", "y"), {"smiles": ["C"] * 3, "y": ["1", "bad", "2"]}, first_row=11)
    with pytest.raises(InputError, match="row 12: 'bad'"):
        read_labels(table, ["y"])


def test_infinite_values_are_not_measured_and_told() -> None:
    found = labels({"y": ["1", "inf", "2", "-Infinity"]})
    assert np.isnan(found.values[:, 0]).tolist() == [False, True, False, True]
    assert any("2 infinite" in note and "2, 4" in note for note in found.notes)


def test_faulty_rows_are_not_read() -> None:
    table = Table(("smiles", "y"), {"smiles": ["C"] * 4, "y": ["1", "1,EXTRA", "2", ">9"]}, 1, {2: "ragged", 4: "cut"})
    found = read_labels(table, ["y"])
    assert np.array_equal(found.values[:, 0], [1, np.nan, 2, np.nan], equal_nan=True)
    assert not found.relations.any()
    assert found.faults == {2: "ragged", 4: "cut"}


def test_several_targets_keep_their_order() -> None:
    found = labels({"a": [1, 0, ""], "b": ["0.5", "", "2"]}, ["b", "a"])
    assert found.targets == ("b", "a")
    assert found.kinds == ("regression", "binary")
    assert np.array_equal(found.values, [[0.5, 1], [np.nan, 0], [2, np.nan]], equal_nan=True)
    assert found.classes == (None, ("0", "1"))


@pytest.mark.parametrize("pair", PAIRS)
def test_pairs_of_classes(pair: tuple[str, str]) -> None:
    negative, positive = pair
    found = labels({"y": [positive.capitalize(), f" {negative}", "", negative.upper()]})
    assert found.kinds == ("binary",)
    assert np.array_equal(found.values[:, 0], [1, 0, np.nan, 0], equal_nan=True)
    assert found.classes == ((negative, positive.capitalize()),)


def test_the_task_as_told() -> None:
    assert labels({"y": ["0", "1", "1.0"]}).kinds == ("binary",)
    assert labels({"y": ["0", "1", "1.0"]}, task="regression").kinds == ("regression",)
    assert labels({"y": ["A", "B", "A"]}, task="binary").classes == (("A", "B"),)
    assert labels({"y": ["10", "2", "2"]}, task="binary").values[:, 0].tolist() == [1, 0, 0]
    assert labels({"y": [True, False, None]}).classes == (("False", "True"),)
    with pytest.raises(InputError, match="3 different values"):
        labels({"y": ["0", "1", "2"]}, task="binary")
    with pytest.raises(InputError, match="regression, binary or multiclass"):
        labels({"y": ["0", "1"]}, task="several")


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["1", "1"], "only one class"),
        (["active", ""], "only one class"),
        (["normal", "normal"], "only one class.*'normal'"),
        (["severe", *["none"] * 9], "only one class.*9 cells 'none'.*--task multiclass"),
        (["2.5", "2.5"], "one value only"),
        (["", "NA"], "no measured"),
    ],
)
def test_nothing_to_learn(cells: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        labels({"y": cells})


def test_unknown_columns_get_close_matches() -> None:
    with pytest.raises(InputError, match=r"--target 'solubilty'.*Did you mean 'Solubility'"):
        labels({"Solubility": ["1", "2"]}, ["solubilty"])
    with pytest.raises(InputError, match="--weight"):
        labels({"y": ["1", "2"]}, weight="w")
    assert labels({" Solubility ": ["1", "2"]}, ["solubility"]).targets == (" Solubility ",)


# --- relations and units ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["relation", "y_relation", "Qualifier", "y modifier", "operator"])
def test_a_relation_column_is_found_by_its_name(name: str) -> None:
    found = labels({"y": ["1", "2", "3", "4", ""], name: ["=", ">", "'<='", "", ">"]})
    assert found.relations[:, 0].tolist() == [0, 1, -1, 0, 0]
    assert labels({"y": ["1", "2"], name: [">", "="]}, relation="none").relations[:, 0].tolist() == [0, 0]


def test_a_relation_column_as_told() -> None:
    found = labels({"y": ["1", "2"], "how": [">", "="]}, relation="how")
    assert found.relations[:, 0].tolist() == [1, 0]
    with pytest.raises(InputError, match="Row 2, column 'how': 'up'"):
        labels({"y": ["1", "2"], "how": [">", "up"]}, relation="how")


def test_each_target_has_its_own_relation() -> None:
    columns = {"a": ["1", "2"], "a_relation": [">", "="], "b": ["1", "2"], "b_relation": ["=", "<"]}
    assert labels(columns, ["a", "b"]).relations.tolist() == [[1, 0], [0, -1]]


def test_cell_and_column_may_not_contradict() -> None:
    found = labels({"y": [">1", "2", ">3"], "relation": ["<", "=", "="]})
    assert set(found.faults) == {1}
    assert np.array_equal(found.values[:, 0], [np.nan, 2, 3], equal_nan=True)
    assert found.relations[:, 0].tolist() == [0, 0, 1]


def test_a_column_of_words_is_no_relation() -> None:
    assert not labels({"y": ["1", "2"], "relation": ["parent", "child"]}).relations.any()


def test_units_from_header_column_or_told() -> None:
    assert labels({"IC50 (uM)": ["1", "2"]}).units == ("uM",)
    assert labels({"y [log mol/L]": ["1", "2"]}).units == ("log mol/L",)
    assert labels({"y": ["1", "2"]}, unit="nM").units == ("nM",)
    assert labels({"y": ["1", "2"], "units": ["nM", "nM"]}).units == ("nM",)
    assert labels({"y": ["1", "2"]}).units == ("",)
    assert labels({"y": ["1", "", "2"], "units": ["nM", "uM", "nM"]}).units == ("nM",)


def test_mixed_units_are_counted_and_refused() -> None:
    columns = {"y": ["1", "2", "3"], "Units": ["nM", "uM", "nM"]}
    with pytest.raises(InputError, match=r"2 in nM, 1 in uM.*Nothing is converted"):
        labels(columns)
    with pytest.raises(InputError, match="says that 'y' is in nM"):
        labels({"y": ["1", "2"], "Units": ["nM", "nM"]}, unit="uM")


@pytest.mark.parametrize(
    "unit", ["nM", "µM", "mg/L", "log mol/L", "cm/s", "10^-6 cm/s", "%", "mL/min/kg", "kcal/mol", "hr"]
)
def test_units_in_headers(unit: str) -> None:
    assert header_unit(f"assay ({unit})") == unit


@pytest.mark.parametrize("name", ["y", "y (test)", "y (2019)", "(uM) y", "y ()", "solubility (see note)"])
def test_brackets_that_hold_no_unit(name: str) -> None:
    assert header_unit(name) == ""


# --- exports ---------------------------------------------------------------------------------------

CHEMBL = (
    '"Molecule ChEMBL ID";"Smiles";"Standard Type";"Standard Relation";"Standard Value";"Standard Units";'
    '"pChEMBL Value"\n'
    '"CHEMBL1";"CCO";"IC50";"\'=\'";"120.5";"nM";"6.92"\n'
    '"CHEMBL2";"CCN";"IC50";"\'>\'";"10000.0";"nM";""\n'
    '"CHEMBL3";"CCC";"IC50";"";"";"";""\n'
)


def test_a_chembl_export(tmp_path: Path) -> None:
    table = export(CHEMBL, tmp_path)
    found = read_labels(table, None)
    assert found.targets == ("Standard Value",)
    assert found.relations[:, 0].tolist() == [0, 1, 0]
    assert found.units == ("nM",)
    assert found.ids == ["CHEMBL1", "CHEMBL2", "CHEMBL3"]
    assert np.isnan(found.values[2, 0])


def test_a_chembl_export_of_several_kinds(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"1 IC50, 1 Ki|1 Ki, 1 IC50"):
        read_labels(export(CHEMBL.replace('"CCN";"IC50"', '"CCN";"Ki"'), tmp_path), None)
    with pytest.raises(InputError, match=r"in nM, .* in ug.mL-1"):
        read_labels(export(CHEMBL.replace('"10000.0";"nM"', '"10000.0";"ug.mL-1"'), tmp_path), None)


def test_the_sign_of_another_quantity_is_not_taken_over(tmp_path: Path) -> None:
    text = CHEMBL.replace('"10000.0";"nM";""', '"10000.0";"nM";"5.0"').replace('"";"";""\n', '"";"";"7.5"\n')
    with pytest.raises(InputError, match="marks 1 rows as bounds"):
        read_labels(export(text, tmp_path), ["pChEMBL Value"])
    found = read_labels(export(CHEMBL.replace('"";"";""\n', '"";"";"7.5"\n'), tmp_path), ["pChEMBL Value"])
    assert found.values[0, 0] == 6.92
    assert found.units == ("",)


def test_a_cdd_vault_export(tmp_path: Path) -> None:
    text = (
        "Molecule Name,CDD Number,SMILES,hERG: IC50 (uM),hERG: IC50 Modifier (uM),CYP: Ki (nM)\n"
        "A-1,1,CCO,10,>,>500\nA-2,2,CCN,0.3,=,20\nA-3,3,CCC,,,3\n"
    )
    found = read_labels(export(text, tmp_path), None)
    assert found.targets == ("hERG: IC50 (uM)", "CYP: Ki (nM)")
    assert found.units == ("uM", "nM")
    assert found.relations.tolist() == [[1, 1], [0, 0], [0, 0]]
    assert found.ids == ["A-1", "A-2", "A-3"]


def test_without_a_target_the_candidates_are_listed(tmp_path: Path) -> None:
    table = export("smiles,y,name,z\nCCO,1.5,a,2\nCCN,2,b,>3\n", tmp_path)
    with pytest.raises(InputError, match=r"--target.*'y', 'z'"):
        read_labels(table, None)
    assert tuple(numeric_columns(table)) == ("y", "z")


def test_sdf_tags_are_targets(tmp_path: Path) -> None:
    block = "m\n\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n"
    path = tmp_path / "in.sdf"
    path.write_text(f"{block}> <IC50 (nM)>\n>50\n\n$$$$\n{block}> <IC50 (nM)>\n3\n\n$$$$\n{block}$$$$\n")
    found = read_labels(read_table(open_table(path)), ["ic50 (nm)"])
    assert np.array_equal(found.values[:, 0], [50, 3, np.nan], equal_nan=True)
    assert found.relations[:, 0].tolist() == [1, 0, 0]
    assert found.units == ("nM",)


# --- beside the targets ----------------------------------------------------------------------------


def test_weights_groups_ids_and_split() -> None:
    found = labels(
        {"y": ["1", "2", "3"], "w": ["1", "0.5", ""], "g": ["a", None, "b"], "i": ["001", "2", "3"],
         "s": ["Train", "val", "TEST"]},
        weight="w", group="g", id="i", split_column="s",
    )  # fmt: skip
    assert found.weights is not None
    assert found.weights[:2].tolist() == [1, 0.5]
    assert set(found.faults) == {3}
    assert found.groups == ["a", "", "b"]
    assert found.ids == ["001", "2", "3"]
    assert found.split == ["train", "valid", "test"]


@pytest.mark.parametrize("weight", ["-1", "inf", "heavy"])
def test_impossible_weights(weight: str) -> None:
    with pytest.raises(InputError, match="row 2, column 'w'"):
        labels({"y": ["1", "2"], "w": ["1", weight]}, weight="w")


def test_unknown_split_words_are_listed() -> None:
    with pytest.raises(InputError, match=r"'fold1' \(2\)"):
        labels({"y": ["1", "2", "3"], "s": ["train", "fold1", "fold1"]}, split_column="s")


@pytest.mark.parametrize(("text", "sign"), [("'='", 0), ('">"', 1), (" <= ", -1), ("≥", 1), ("", 0), ("nan", 0)])
def test_signs(text: str, sign: int) -> None:
    found = read_sign(text)
    assert found is not None
    assert found[0] == sign


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared folder is not on this machine")
def test_real_tables_give_the_numbers_pandas_gives() -> None:
    import pandas

    for name, targets, kind in (
        ("esol/delaney-processed.csv", ["measured log solubility in mols per litre"], "regression"),
        ("tox21/tox21.csv.gz", ["NR-AR", "SR-p53", "SR-ARE"], "binary"),
        ("bbbp/BBBP.csv", ["p_np"], "binary"),
    ):
        found = read_labels(read_table(open_table(SHARED / name)), targets)
        assert np.array_equal(found.values, pandas.read_csv(SHARED / name)[targets].to_numpy(float), equal_nan=True)
        assert set(found.kinds) == {kind}


def words(counts: dict[str, int]) -> list[str]:
    return [name for name, count in counts.items() for _ in range(count)]


def test_more_than_two_classes_are_a_column_each() -> None:
    found = labels({"y": ["b", "", "c", "a", " A", "-"]}, task="multiclass")
    assert (found.targets, found.multiclass) == (("y=a", "y=b", "y=c"), ("y", "y", "y"))
    assert (found.kinds, found.exclusive) == (("binary",) * 3, ((0, 1, 2),))
    np.testing.assert_array_equal(
        found.values, [[0, 1, 0], [np.nan] * 3, [0, 0, 1], [1, 0, 0], [1, 0, 0], [np.nan] * 3]
    )
    assert any("fewer than 5 rows" in note for note in found.notes)
    numbers = labels({"y": ["10", "9", "2.0", "2"]}, task="multiclass")
    assert numbers.targets == ("y=2.0", "y=9", "y=10")


def test_classes_in_words_are_recognised_where_none_is_rare() -> None:
    assert labels({"y": words({"a": 5, "b": 6, "c": 7})}).multiclass == ("y",) * 3
    assert labels({"y": ["1", "2", "3"] * 9}).multiclass == ("",)
    for cells in (words({"a": 5, "b": 6, "c": 4}), [*words({"a": 5, "b": 6, "c": 5}), "7"]):
        with pytest.raises(InputError, match="--task binary or multiclass"):
            labels({"y": cells})


def test_of_two_words_the_rarer_is_positive_unless_they_are_a_pair_in_use() -> None:
    for cells, expected in (
        (words({"benign": 9, "malignant": 5}), ("benign", "malignant")),
        (words({"benign": 5, "malignant": 9}), ("malignant", "benign")),
        (words({"cat": 6, "dog": 6}), ("cat", "dog")),
        (words({"active": 9, "inactive": 5}), ("inactive", "active")),
    ):
        for task in (None, "binary", "multiclass"):
            found = labels({"y": cells}, task=task)
            assert (found.kinds, found.classes) == (("binary",), (expected,))
            assert found.values[:, 0].sum() == cells.count(expected[1])
    assert (
        "'malignant' (positive, the rarer) in 5 of 14 rows"
        in labels({"y": words({"benign": 9, "malignant": 5})}).notes[0]
    )
    for rare in (words({"a": 5, "b": 4}), [*words({"a": 5, "b": 5}), "7"]):
        with pytest.raises(InputError, match="--task binary or multiclass"):
            labels({"y": rare})


def test_two_classes_stay_binary_and_too_many_are_refused() -> None:
    two = labels({"y": ["a", "b", "a"]}, task="multiclass")
    assert (two.targets, two.kinds, two.multiclass, two.exclusive) == (("y",), ("binary",), ("",), ())
    with pytest.raises(InputError, match="only one class"):
        labels({"y": ["a", "a"]}, task="multiclass")
    with pytest.raises(InputError, match=r"101 different values.*at most 100"):
        labels({"y": [f"c{number}" for number in range(101)]}, task="multiclass")
    with pytest.raises(InputError, match="both a class and a target"):
        labels({"y": ["1", "2", "3"], "y=1": ["1", "1", "2"]}, ["y", "y=1"], task="multiclass")


def test_sides_of_a_number_are_classes() -> None:
    three = words({">30": 5, "NO": 7, "<30": 6})
    for task in (None, "multiclass"):
        assert labels({"y": three}, task=task).targets == ("y=NO", "y=<30", "y=>30")
    for task in (None, "binary", "multiclass"):
        found = labels({"y": words({">30": 5, "<30": 6})}, task=task)
        assert (found.kinds, found.classes) == (("binary",), (("<30", ">30"),))
    assert labels({"y": words({"<18": 5, "18-65": 5, ">65": 5})}).multiclass == ("y",) * 3
    assert labels({"y": words({"NO": 5, "<30": 5})}, task="binary").classes == (("NO", "<30"),)


def test_bounds_of_measured_values_are_no_classes() -> None:
    assert labels({"y": words({"<10": 9, ">100": 9})}).kinds == ("regression",)
    with pytest.raises(InputError, match="--task binary or multiclass"):
        labels({"y": words({"inactive": 9, ">10": 9})})
    with pytest.raises(InputError, match=r"say 30, written '<30', '>30'.*--task binary"):
        labels({"y": words({"<30": 9, ">30": 2})})


def test_words_for_a_blank_beside_classes_are_told_and_none_may_be_a_class() -> None:
    cells = [*words({"mild": 6, "none": 7, "severe": 5, "-": 9}), None, "n/a", ""]
    found = labels({"y": cells})
    assert (found.kinds, int(np.sum(~np.isnan(found.values)))) == (("binary",), 11)
    assert "7 cells 'none' count as not measured" in found.notes[1]
    assert "--task multiclass" in found.notes[1]
    three = labels({"y": cells}, task="multiclass")
    assert three.targets == ("y=mild", "y=none", "y=severe")
    assert np.nansum(three.values, axis=0).tolist() == [6, 7, 5]
    assert not any("not measured" in note for note in three.notes)
    assert labels({"y": words({"none": 6, "tumour": 5})}, task="binary").classes == (("none", "tumour"),)
    two = labels({"y": [*words({"a": 6, "b": 5, "N/A": 5}), "none"]})
    assert "5 cells 'N/A' count as not measured. If that is a class, write another word" in two.notes[1]


def test_none_beside_numbers_is_a_blank() -> None:
    assert labels({"y": words({"1": 5, "2": 5, "3": 5, "none": 9})}, task="multiclass").targets == ("y=1", "y=2", "y=3")
    assert len(labels({"y": words({"0": 5, "1": 5, "none": 9})}).notes) == 1
    assert labels({"y": ["1", "2.5", *["none"] * 9]}).notes == ()
