"""Predicting with `--novelty`: files, resuming, Python and the command line, and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from trained import autoencoder, read_csv, run, tree_model, write_csv

import molkit
from molkit.bundle import Bundle, read_bundle
from molkit.data.journal import journal_path
from molkit.data.prepared import MANIFEST
from molkit.errors import InputError, MolkitError
from molkit.pipeline import score
from molkit.pipeline.novelty import novelty_notes, open_novelty
from molkit.pipeline.opened import Model
from molkit.pipeline.score import score_table
from molkit.pipeline.scoring import Scoring

SMILES = ["CCCOCCC#N", "xx", "CCCCN.Cl", "C" * 150]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "t.csv", [{"smiles": text, "novelty": place} for place, text in enumerate(SMILES)])


def test_a_table_gets_both_columns_and_python_the_same(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "o.csv"
    ran = run("predict", tree_model(), table, "-o", out, "--novelty", autoencoder(), "--columns", "pred,status",
              "--workers", 1)  # fmt: skip
    assert ran.code == 0, ran.err
    assert "in_library is in up to 0.8, out above 0.95" in " ".join(ran.err.split())
    rows = read_csv(out)
    assert list(rows[0]) == [
        "smiles",
        "novelty",
        "logS_pred",
        "novelty_molkit",
        "in_library",
        "status",
        "reason",
        "note",
    ]
    assert [row["novelty"] for row in rows] == ["0", "1", "2", "3"]
    assert [row["in_library"] for row in rows][1::2] == ["", "out"]
    said = molkit.load(tree_model()).predict(SMILES, novelty=autoencoder())
    assert [None if row["novelty_molkit"] == "" else float(row["novelty_molkit"]) for row in rows] == said["novelty"]
    embedded = molkit.embed(autoencoder(), SMILES)
    assert list(embedded.novelty or ()) == said["novelty"]
    assert embedded.to_pandas()["novelty"].tolist()[3] == 1.0


def test_vectors_of_a_table_have_a_column_of_novelty(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "v.csv"
    ran = run("embed", autoencoder(), table, "-o", out, "--workers", 1)
    assert ran.code == 0, ran.err
    rows = read_csv(out)
    assert list(rows[0])[:6] == ["smiles", "novelty", "novelty_molkit", "status", "reason", "smiles_std"]
    assert [row["novelty_molkit"] for row in rows][1::2] == ["", "1.0"]
    assert rows[3]["status"] == "unsupported"


def test_one_structure_is_printed_with_both() -> None:
    ran = run("predict", tree_model(), "CCCOCCC#N", "--novelty", autoencoder())
    told = dict(line.split(maxsplit=1) for line in ran.out.splitlines())
    assert 0 <= float(told["novelty"]) <= 1
    assert told["in_library"] in ("in", "edge", "out")


def test_another_autoencoder_does_not_go_on_with_a_run(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "o.csv"

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(score, "open_writer", killed)
        with pytest.raises(KeyboardInterrupt):
            score_table(tree_model(), table, out, novelty=autoencoder(), workers=1)
    assert journal_path(out).exists()
    with pytest.raises(MolkitError, match="novelty"):
        score_table(tree_model(), table, out, workers=1)
    assert score_table(tree_model(), table, out, novelty=autoencoder(), workers=1).rows == 4


def test_the_autoencoder_is_not_written_over(table: Path, tmp_path: Path) -> None:
    own = shutil.copy(autoencoder(), tmp_path / "autoencoder.csv")
    with pytest.raises(InputError, match="is the input"):
        score_table(tree_model(), table, own, novelty=own, overwrite=True, workers=1)


def test_a_prepared_library_and_an_explanation_are_refused(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="is a prepared library, which holds no tokens"):
        open_novelty(autoencoder(), [Model(tree_model(), read_bundle(tree_model()))], tmp_path)
    ran = run("predict", tree_model(), "CCO", "--explain", 1, "--novelty", autoencoder())
    assert ran.code == 2
    assert "leave one of them out" in " ".join(ran.err.split())


def test_without_it_nothing_is_told() -> None:
    assert novelty_notes(None) == []
    plain = Scoring((Model(tree_model(), read_bundle(tree_model())),), ("pred", "status"))
    assert plain.names == ["logS_pred", "status", "reason", "note"]


@pytest.mark.parametrize(
    ("inputs", "read"),
    [
        ({"drug_a": "smiles", "drug_b": "smiles"}, r"drug_a \(smiles\) and drug_b \(smiles\)"),
        ({"image": "image"}, r"image \(image\)"),
    ],
)
def test_models_without_one_molecule_in_a_row_are_refused(inputs: dict[str, str], read: str) -> None:
    told = {name: {"kind": kind, "source": "", "options": {}} for name, kind in inputs.items()}
    model = Model(Path("m.molkit"), Bundle({"inputs": told}, "", {}, ""))
    with pytest.raises(InputError, match=f"m.molkit reads {read}; leave it out"):
        open_novelty(autoencoder(), [model])
