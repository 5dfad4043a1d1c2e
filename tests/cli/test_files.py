"""Tables in and out of the commands: formats, names, refusals, exit codes."""

from __future__ import annotations

import gzip
import json
import resource
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from rdkit import Chem
from rdkit.Chem import Descriptors
from trained import COMMAND, folder, read_csv, run, small_table, solubility, tree_model, write_csv

ROWS = [{"id": f"m{i}", "smiles": row["smiles"]} for i, row in enumerate(solubility(40))]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "in.csv", ROWS)


def values(path: Path) -> list[float]:
    return [float(row["logS_pred"]) for row in read_csv(path)]


def predict(table: Path, out: Path, *more: object) -> None:
    ran = run("predict", tree_model(), table, "-o", out, "--workers", 1, *more)
    assert (ran.code, ran.clean) == (0, True), ran.err


@pytest.fixture(scope="module")
def expected() -> list[float]:
    path = write_csv(folder() / "expected-in.csv", ROWS)
    predict(path, folder() / "expected.csv")
    return values(folder() / "expected.csv")


@pytest.mark.parametrize("suffix", ["tsv", "csv.gz", "parquet", "xlsx", "smi"])
def test_the_same_structures_in_any_format(suffix: str, tmp_path: Path, expected: list[float]) -> None:
    frame, path = pd.DataFrame(ROWS), tmp_path / f"in.{suffix}"
    if suffix == "parquet":
        frame.to_parquet(path)
    elif suffix == "xlsx":
        frame.to_excel(path, index=False)
    elif suffix == "smi":
        frame[["smiles", "id"]].to_csv(path, sep="\t", index=False, header=False)
    else:
        frame.to_csv(path, sep="\t" if suffix == "tsv" else ",", index=False)
    predict(path, tmp_path / "out.csv")
    assert values(tmp_path / "out.csv") == expected


@pytest.mark.parametrize("suffix", ["tsv", "csv.gz", "parquet", "xlsx"])
def test_predictions_in_any_format(suffix: str, table: Path, tmp_path: Path, expected: list[float]) -> None:
    out = tmp_path / f"out.{suffix}"
    predict(table, out)
    if suffix == "parquet":
        frame = pd.read_parquet(out)
    elif suffix == "xlsx":
        frame = pd.read_excel(out)
    else:
        frame = pd.read_csv(out, sep="\t" if suffix == "tsv" else ",")
    assert frame["logS_pred"].tolist() == pytest.approx(expected, abs=1e-6)
    assert frame["id"].tolist() == [row["id"] for row in ROWS]
    assert frame["status"].tolist() == ["ok"] * len(ROWS)


@pytest.mark.parametrize("name", ["out.sdf", "OUT.SDF", "out.sdf.gz"])
def test_an_sd_file_holds_structures_and_values_as_tags(
    name: str, table: Path, tmp_path: Path, expected: list[float]
) -> None:
    broken = write_csv(tmp_path / "broken.csv", [*ROWS, {"id": "bad", "smiles": "C(("}])
    out = tmp_path / name
    predict(broken, out)
    data = gzip.decompress(out.read_bytes()) if name.endswith("gz") else out.read_bytes()
    supplier = Chem.SDMolSupplier()
    supplier.SetData(data.decode())
    mols = list(supplier)
    assert [mol.GetProp("id") for mol in mols] == [*(row["id"] for row in ROWS), "bad"]
    assert [float(mol.GetProp("logS_pred")) for mol in mols[:-1]] == expected
    assert [Chem.MolToSmiles(mol) for mol in mols[:-1]] == [mol.GetProp("smiles_std") for mol in mols[:-1]]
    assert (mols[-1].GetNumAtoms(), mols[-1].GetProp("status")) == (0, "invalid_syntax")
    predict(out, tmp_path / "back.csv", "--columns", "pred,status")  # and what was written can be read
    back = read_csv(tmp_path / "back.csv")
    assert [float(row["logS_pred_molkit"]) for row in back[:-1]] == expected
    assert back[-1]["status_molkit"] == "empty"


@pytest.mark.parametrize("command", ["standardize", "describe", "split"])
def test_other_commands_keep_every_row_and_column(command: str, tmp_path: Path) -> None:
    rows = [*ROWS[:8], {"id": "bad", "smiles": "xx"}, {"id": "blank", "smiles": ""}, ROWS[0], *ROWS[8:]]
    table, out = write_csv(tmp_path / "in.csv", rows), tmp_path / "out.csv"
    ran = run(command, table, "-o", out, "--workers", 1)
    assert (ran.code, ran.clean) == (0, True)
    found = read_csv(out)
    assert [{"id": row["id"], "smiles": row["smiles"]} for row in found] == rows
    if command == "split":
        assert [row["split"] for row in found[8:10]] == ["", ""]
        assert {row["split"] for row in found} == {"", "train", "valid", "test"}
        assert found[0]["split"] == found[10]["split"]
    else:
        assert [row["status"] for row in found[8:10]] == ["invalid_syntax", "empty"]
        assert found[0]["smiles_std"] == found[10]["smiles_std"] != ""
    if command == "describe":
        weights = [Descriptors.MolWt(Chem.MolFromSmiles(row["smiles"])) for row in ROWS]
        assert [float(row["molecular_weight"]) for row in [*found[:8], *found[11:]]] == pytest.approx(weights, rel=1e-5)
        assert found[8]["molecular_weight"] == ""


@pytest.mark.parametrize("command", ["standardize", "describe"])
def test_other_commands_write_sd_files(command: str, table: Path, tmp_path: Path) -> None:
    ran = run(command, table, "-o", tmp_path / "out.sdf", "--workers", 1)
    assert (ran.code, ran.clean) == (0, True)
    mols = list(Chem.SDMolSupplier(str(tmp_path / "out.sdf")))
    assert [Chem.MolToSmiles(mol) for mol in mols] == [mol.GetProp("smiles_std") for mol in mols]


def test_the_input_and_existing_outputs_are_safe(table: Path, tmp_path: Path) -> None:
    before = table.read_bytes()
    for arguments in ([], ["--overwrite"]):
        for command in (["predict", tree_model()], ["standardize"], ["describe"], ["split"]):
            ran = run(*command, table, "-o", table, *arguments)
            assert (ran.code, ran.clean, ran.err.count("\n")) == (2, True, 1)
    link = tmp_path / "link.csv"
    link.symlink_to(table)
    assert run("predict", tree_model(), table, "-o", link, "--overwrite").code == 2
    assert table.read_bytes() == before
    out = tmp_path / "out.csv"
    out.write_text("precious")
    ran = run("predict", tree_model(), table, "-o", out)
    assert (ran.code, out.read_text()) == (2, "precious")
    assert "--overwrite" in ran.err
    model = tree_model().read_bytes()
    assert run("predict", tree_model(), table, "-o", tree_model(), "--overwrite").code == 2
    assert tree_model().read_bytes() == model


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["predict", "none.molkit", "CCO"], 2, "none.molkit"),
        (["predict", "MODEL", "none.csv", "-o", "x.csv"], 2, "no such table"),
        (["predict", "MODEL", "TABLE"], 2, "-o"),
        (["predict", "MODEL", "TABLE", "-o", "x.pdf"], 2, ".csv"),
        (["predict", "MODEL", "TABLE", "-o", "nowhere/x.csv"], 4, "folder"),
        (["predict", "MODEL", "TABLE", "-o", "x.csv", "--smiles-column", "SMILE"], 2, "smiles"),
        (["predict", "MODEL", "TABLE", "-o", "x.csv", "--columns", "prediction"], 2, "pred"),
        (["predict", "TABLE", "CCO"], 2, "model"),
        (["predict", "MODEL", ""], 2, "folder"),
        (["predict", "MODEL", "C(("], 3, "Row 1"),
        (["predict", "MODEL", "TABLE", "--no-such-option"], 2, "no-such-option"),
        (["predict", "MODEL", "TABLE", "--workers", "-1"], 2, "--workers"),
        (["predict"], 2, "MODEL"),
        (["nonsense"], 2, "nonsense"),
        (["card", "TABLE"], 2, "model"),
        (["split", "TABLE", "-o", "x.csv", "--fractions", "nan,0.1,0.1"], 2, "three shares"),
        (["split", "TABLE", "-o", "x.csv", "--fractions", "0.8,0.2"], 2, "three shares"),
        (["split", "TABLE", "-o", "x.csv", "--split", "banana"], 2, "scaffold"),
        (["split", "TABLE", "-o", "x.csv", "--split", "group"], 2, "--group"),
        (["split", "TABLE", "-o", "x.csv", "--seed", "-1"], 2, "seed"),
        (["standardize", "TABLE", "-o", "x.csv", "--mixtures", "maybe"], 2, "largest"),
        (["train", "TABLE", "-o", "x.molkit", "-t", "nothing"], 2, "nothing"),
        (["train", "TABLE", "-o", "x.csv", "-t", "id"], 2, "NAME.molkit"),
        (["train", "TABLE", "-o", "x.molkit", "--seed", "-3"], 2, "seed"),
        (["train", "TABLE", "-o", "x.molkit", "--learner", "magic"], 2, "boosting"),
        (["train", "TABLE", "-o", "x.molkit", "--config", "none.toml"], 2, "TOML"),
    ],
)
def test_what_a_wrong_command_is_told(
    arguments: list[str], code: int, said: str, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(table.parent)
    known = {"MODEL": str(tree_model()), "TABLE": str(table)}
    ran = run(*(known.get(word, word) for word in arguments))
    assert (ran.code, ran.clean) == (code, True), ran.err
    assert said in ran.err
    assert sorted(path.name for path in table.parent.iterdir()) == ["in.csv"]


WRONG_CONFIGURATIONS = (
    "fractions = ['a', 1, 2]",
    "fractions = [0.8, 0.2]",
    "epochs = 0",
    "seed = -1",
    "seconds_per_molecule = 0",
    "max_isomers = 0",
    "targets = [3]",
    "workers = -2",
    "fingerprint_size = 0",
    "learner = 'dmpnn'",
    "x = ",
    "mixtures = 'maybe'",
)


@pytest.mark.parametrize("text", WRONG_CONFIGURATIONS)
def test_a_wrong_configuration_is_one_line(text: str, table: Path, tmp_path: Path) -> None:
    config = tmp_path / "run.toml"
    config.write_text(text)
    ran = run("train", table, "-o", tmp_path / "x.molkit", "--config", config)
    assert (ran.code, ran.clean, ran.err.count("\n")) == (2, True, 1), ran.err
    assert not (tmp_path / "x.molkit").exists()


@contextmanager
def files_of_at_most(most: int) -> Iterator[None]:
    """No file grows beyond so many bytes, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_one_line_and_leaves_nothing(table: Path, tmp_path: Path) -> None:
    assert signal.getsignal(signal.SIGXFSZ) == signal.SIG_IGN  # else it would end this process
    model = tree_model()
    for out in ("out.csv", "out.parquet", "out.xlsx", "out.sdf", "out.csv.gz"):
        with files_of_at_most(600):
            ran = run("predict", model, table, "-o", tmp_path / out, "--quiet")
        assert ran.code == 4, ran.err
        assert ran.err.count("\n") == 1, ran.err
    command = ("train", small_table(), "-t", "logS", "--learner", "forest", "-o", tmp_path / "m.molkit", "--quiet")
    with files_of_at_most(5000):
        ran = run(*command)
    assert (ran.code, ran.err.count("\n")) == (4, 1), ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_a_full_or_closed_standard_output() -> None:
    with open("/dev/full", "w") as full:
        ran = subprocess.run([*COMMAND, "card", str(tree_model())], stdout=full, stderr=subprocess.PIPE, text=True)
    assert (ran.returncode, ran.stderr.count("\n")) == (4, 1), ran.stderr
    shell = f"{' '.join(COMMAND)} card {tree_model()} | true"
    assert subprocess.run(["bash", "-c", shell], capture_output=True, text=True).stderr == ""


def test_json_and_nothing_else_on_standard_output(table: Path, tmp_path: Path) -> None:
    quick = ("--learner", "boosting", "--fold-models", 2, "--no-plot", "--workers", 1, "--json")
    for number, command in enumerate(
        (
            ["predict", tree_model(), "CC(O)F"],
            ["predict", tree_model(), "xx"],
            ["predict", tree_model(), table, "-o", tmp_path / "1.csv"],
            ["standardize", table, "-o", tmp_path / "2.csv"],
            ["describe", table, "-o", tmp_path / "3.csv"],
            ["split", table, "-o", tmp_path / "4.csv"],
            ["card", tree_model()],
            ["train", small_table(), "-t", "logS", "-o", tmp_path / "m.molkit", *quick[:-1]],
        )
    ):
        ran = run(*command, "--json")
        assert ran.code == (3 if number == 1 else 0), ran.err
        assert json.loads(ran.out), command


def test_any_encoding_of_the_terminal(tmp_path: Path) -> None:
    environment = {"PYTHONIOENCODING": "ascii", "PATH": "/usr/bin"}
    ran = subprocess.run([*COMMAND, "predict", str(tree_model()), "Cé\udcff"], capture_output=True, env=environment)
    assert (ran.returncode, b"Traceback" in ran.stderr) == (3, False)
    assert b"U+00E9" in ran.stdout


def test_text_from_a_table_cannot_steer_the_terminal(tmp_path: Path) -> None:
    ran = run("predict", tree_model(), tmp_path / "a\x1b[2J\nb.csv", "-o", tmp_path / "x.csv")
    assert "\x1b" not in ran.out + ran.err
    assert ran.err.count("\n") == 1
