"""One table of several endpoints: no row is lost without a word, and no test compound enters by another's table."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from trained import run

import molkit
from molkit.config import RunConfig
from molkit.data.table import frame_to_table, read_table
from molkit.data.tables import open_table
from molkit.errors import InputError
from molkit.features.inputs import molecules
from molkit.pipeline.dataset import exact_values
from molkit.pipeline.join import JoinOptions, endpoint_names, join_tables
from molkit.pipeline.material import prepare
from molkit.pipeline.progress import quiet

IBUPROFEN = "CC(C)Cc1ccc(cc1)[C@H](C)C(=O)O"
TWINS = {
    "salt": "CC(C)Cc1ccc(cc1)[C@H](C)C(=O)[O-].[Na+]",
    "writing": "OC(=O)[C@@H](C)c1ccc(CC(C)C)cc1",
    "enantiomer": "CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)O",
}
LACTAM, LACTIM = "O=c1[nH]cnc2[nH]ncc12", "Oc1ncnc2[nH]ncc12"
ALCOHOLS = [f"{'C' * n}O" for n in range(1, 31)]


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def test_every_row_is_there_in_order_with_its_own_column_and_source(tmp_path: Path) -> None:
    a = write(tmp_path / "a.csv", "SMILES,Y,junk\nCCO,1.5,x\nno molecule,2,x\nCCN,>3,x\nCCC,,x\n")
    b = write(tmp_path / "b.tsv", "id\tsmiles\tvalue\n1\tOCC\t7\n2\tCCBr\t8\n")
    joined = join_tables([a, b], JoinOptions(("Y", "value")), workers=1)
    assert joined.table.columns == {
        "smiles": ["CCO", "no molecule", "CCN", "CCC", "OCC", "CCBr"],
        "a": ["1.5", "2", ">3", "", None, None],
        "b": [None, None, None, None, "7", "8"],
        "source": [*(f"{a} row {row}" for row in (1, 2, 3, 4)), f"{b} row 1", f"{b} row 2"],
    }
    assert (joined.kept, joined.left_out, joined.reasons) == ({"a": 4, "b": 2}, {"a": 0, "b": 0}, ())
    assert (joined.compounds, joined.shared) == (4, 1)


def test_signs_of_a_column_of_their_own_stand_before_the_number(tmp_path: Path) -> None:
    a = write(tmp_path / "a.csv", "smiles,IC50,relation\nCCO,10,>\nCCN,<5,<\nCCC,2,=\nCCCl,3,~\n")
    b = write(tmp_path / "b.csv", "smiles,y\nCO,1\nCN,2\n")
    joined = join_tables([a, b], JoinOptions(("IC50", "y")), workers=1)
    assert joined.table.columns["a"][:4] == [">10", "<5", "2", "3"]


def test_a_damaged_row_is_left_out_with_its_reason(tmp_path: Path) -> None:
    a = write(tmp_path / "a.csv", "smiles,y\nCCO,1\nCCN,2,extra,cells\nCCC,3\n")
    b = write(tmp_path / "b.csv", "smiles,y\nCO,1\nCN,2\n")
    joined = join_tables([a, b], JoinOptions(("y",)), workers=1)
    assert joined.table.columns["smiles"] == ["CCO", "CCC", "CO", "CN"]
    assert joined.left_out == {"a": 1, "b": 0}
    assert joined.reasons[0].startswith(f"{a} row 2: ")


@pytest.mark.parametrize("suffix", ["csv", "tsv.gz", "parquet", "xlsx"])
def test_what_is_written_reads_back(tmp_path: Path, suffix: str) -> None:
    pd.DataFrame({"smiles": ["CCO", "CCN"], "y": [1.5, 2.5]}).to_parquet(tmp_path / "a.parquet")
    b = write(tmp_path / "b.csv", "smiles,y\nCO,>1\nCN,2\n")
    out = tmp_path / f"out.{suffix}"
    assert molkit.join([tmp_path / "a.parquet", b], "y", out, workers=1) == out
    back = read_table(open_table(out)).columns
    assert [float(cell) for cell in back["a"][:2]] == [1.5, 2.5]
    assert [str(cell) for cell in back["b"][2:]] == [">1", "2"]
    assert all(cell in ("", None) for cell in [*back["a"][2:], *back["b"][:2]])


def test_names_come_from_files_or_else_from_folders() -> None:
    assert endpoint_names([Path("a/herg.csv.gz"), Path("b/v1.2.csv")]) == ("herg", "v1.2")
    assert endpoint_names([Path("herg/t.csv"), Path("ames/t.csv")]) == ("herg", "ames")
    assert endpoint_names([Path("t.csv"), Path("t.csv")], ("x", "y")) == ("x", "y")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ((), "a different name for each endpoint"),
        (("x",), "expected 2 names, one for each file, got 1"),
        (("x", "X "), "a different name for each endpoint"),
        (("x", "SMILES"), "not smiles or source"),
        (("x", ""), "a different name for each endpoint"),
    ],
)
def test_names_that_tell_nothing_apart_are_refused(names: tuple[str, ...], said: str) -> None:
    with pytest.raises(InputError, match=said):
        endpoint_names([Path("f/t.csv"), Path("f/t.csv")], names)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (JoinOptions(("y", "y", "y")), "one for all 2 files, or one for each, got 3"),
        (JoinOptions(("z",)), r"a\.csv: --target 'z': the table has no such column"),
        (JoinOptions(), r"a\.csv: Say which column to model"),
        (JoinOptions(("y",), apart=(Path("b.csv"),)), r"b\.csv: none of its 2 rows may stay"),
    ],
)
def test_what_cannot_be_joined_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: JoinOptions, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "a.csv", "smiles,y\nCCO,1\nCCN,2\n")
    write(tmp_path / "b.csv", "smiles,y\nCO,1\nCN,2\n")
    with pytest.raises(InputError, match=said):
        join_tables([Path("a.csv"), Path("b.csv")], options, workers=1)


@pytest.mark.parametrize("twin", TWINS)
def test_a_test_compound_in_any_form_leaves_every_endpoint(tmp_path: Path, twin: str) -> None:
    test = write(tmp_path / "test.csv", f"smiles,y\n{IBUPROFEN},1\n{LACTAM},2\n")
    a = write(tmp_path / "a.csv", f"smiles,y\nCCO,1\n{TWINS[twin]},2\nCCN,3\n")
    b = write(tmp_path / "b.csv", f"smiles,y\n{TWINS[twin]},1\nCCO,2\n{LACTIM},3\nCCBr,4\n")
    joined = join_tables([a, b], JoinOptions(("y",), apart=(test,)), workers=1)
    assert joined.table.columns["smiles"] == ["CCO", "CCN", "CCO", "CCBr"]
    assert joined.left_out == {"a": 1, "b": 2}
    witnesses = [reason.split(": the compound of ")[1].split(",")[0] for reason in joined.reasons]
    assert witnesses == [f"{test} row 1", f"{test} row 1", f"{test} row 2"]


def test_a_mixture_is_kept_apart_although_training_reads_it_only_if_told(tmp_path: Path) -> None:
    test = write(tmp_path / "test.csv", f"smiles,y\n{IBUPROFEN},1\n")
    a = write(tmp_path / "a.csv", f"smiles,y\nCCO,1\nCCN,2\n{IBUPROFEN}.CCCCO,3\n")
    b = write(tmp_path / "b.csv", "smiles,y\nCO,1\nCN,2\n")
    assert join_tables([a, b], JoinOptions(("y",), apart=(test,)), workers=1).left_out == {"a": 1, "b": 0}


def test_what_could_not_be_compared_is_told(tmp_path: Path) -> None:
    test = write(tmp_path / "test.csv", "smiles,y\nno molecule,1\nCC,2\n")
    a = write(tmp_path / "a.csv", "smiles,y\nCCO,1\n" + "C1CC,2\n" * 12)
    b = write(tmp_path / "b.csv", "smiles,y\nCO,1\nCN,2\n")
    joined = join_tables([a, b], JoinOptions(("y",), apart=(test,)), workers=1)
    assert joined.kept == {"a": 13, "b": 2}
    told = [f"{a} row {row} has no readable structure; it was compared with nothing." for row in range(2, 12)]
    assert joined.notes[-11:] == (*told, "So it is with 3 more rows.")


def test_labels_of_one_compound_come_together(tmp_path: Path) -> None:
    a = write(tmp_path / "a.csv", "smiles,y\n" + "".join(f"{s},{n}\n" for n, s in enumerate(ALCOHOLS)))
    b = write(tmp_path / "b.csv", "smiles,y\n" + "".join(f"O{s[:-1]}.Cl,{-n}\n" for n, s in enumerate(ALCOHOLS)))
    frame = molkit.join([a, b], "y", workers=1)
    config = RunConfig(targets=("a", "b"), workers=1)
    table, inputs = frame_to_table(frame), molecules("smiles")
    cells = {inputs[0].name: table.columns["smiles"]}
    material, _, split, _ = prepare(table, inputs, cells, config, quiet, [])
    n = np.arange(len(ALCOHOLS))
    np.testing.assert_array_equal(exact_values(material.dataset.measurements), np.stack([n, -n], axis=1))
    assert material.dataset.rows == tuple((row + 1, row + 31) for row in range(30))
    assert sorted((*split.train, *split.valid, *split.test)) == n.tolist()


def test_the_command_counts_and_refuses(tmp_path: Path) -> None:
    a = write(tmp_path / "a" / "t.csv", "smiles,y\nCCO,1\nCCN,2\n")
    b = write(tmp_path / "b" / "t.csv", "smiles,y\nCO,1\nOCC.Cl,2\n")
    test = write(tmp_path / "test.csv", "smiles\nCN\nNCC\n")
    out = tmp_path / "joint.csv"
    command = ("join", a, b, "-t", "y", "--apart", test, "-o", out, "--workers", 1)
    told = run(*command)
    assert told.code == 0
    assert "a: 1 rows, 1 left out" in told.out
    assert f"{a} row 2: the compound of {test} row 2" in told.err
    before = out.read_bytes()
    assert run(*command).code == 2
    assert run("join", a, b, "-t", "y", "-o", a, "--overwrite").code == 2
    assert out.read_bytes() == before
    found = json.loads(run(*command, "--overwrite", "--json").out)
    assert (found["kept"], found["left_out"], found["compounds"], found["shared"]) == (
        {"a": 1, "b": 2},
        {"a": 1, "b": 0},
        2,
        1,
    )
