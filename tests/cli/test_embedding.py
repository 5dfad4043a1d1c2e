"""`molkit embed` as a command: files, maps, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from trained import check_overwriting, folder, run, solubility, stacked_model, tree_model, write_csv

LIBRARY = [{"smiles": row["smiles"], "kind": "ab"[place % 2]} for place, row in enumerate(solubility(11))]


@pytest.fixture(scope="module")
def library() -> Path:
    return write_csv(folder() / "embedded.csv", [*LIBRARY, {"smiles": "xx", "kind": ""}])


@pytest.mark.parametrize(("suffix", "colour"), [("png", "kind"), ("html", "logS"), ("svg", None)])
def test_vectors_and_a_map(library: Path, tmp_path: Path, suffix: str, colour: str | None) -> None:
    out, drawn = tmp_path / "v.parquet", tmp_path / f"map.{suffix}"
    asked = ["--color", colour] if colour else []
    found = run("embed", stacked_model(), library, "-o", out, "--map", drawn, *asked, "--workers", 1)
    assert found.code == 0, found.err
    assert f"{len(LIBRARY) + 1} rows (1 invalid_syntax, {len(LIBRARY)} ok)" in found.out
    assert "t-SNE" in found.err
    assert "fold model 1 of 2 of dmpnn" in found.err
    content = drawn.read_bytes()
    assert len(content) > 5000
    if suffix == "html":  # the model's own prediction, as the table has no such column
        assert b"logS_pred" in content
        assert content.count(b"<circle cx") == len(LIBRARY)


def test_json_and_overwriting(library: Path, tmp_path: Path) -> None:
    command = ("embed", stacked_model(), library, "-o", tmp_path / "v.npy", "--workers", 1, "--json")
    assert json.loads(run(*command).out)["statuses"] == {"ok": len(LIBRARY), "invalid_syntax": 1}
    check_overwriting(*command)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-o", "v.txt"), "tables are written as"),
        (("-o", "v.npy", "--color", "kind"), "--map"),
        (("-o", "v.npy", "--map", "m.txt"), "a map is a .png"),
        (("-o", "v.npy", "--map", "m.png", "--color", "knd"), "kind"),
        (("-o", "v.npy", "--fold", "9"), "from 1 to 2"),
        (("-o", "v.npy", "--learner", "gin"), "no network 'gin'"),
    ],
)
def test_what_is_refused(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    found = run("embed", stacked_model(), library, *arguments)
    assert found.code == 2
    assert said in found.err
    assert found.clean
    assert not list(tmp_path.iterdir())


def test_trees_and_a_smiles_are_refused_in_a_sentence(library: Path, tmp_path: Path) -> None:
    trees = run("embed", tree_model(), library, "-o", tmp_path / "v.npy")
    assert (trees.code, trees.clean) == (2, True)
    assert "make no vectors" in trees.err
    one = run("embed", stacked_model(), "CCO", "-o", tmp_path / "v.npy")
    assert (one.code, one.clean) == (2, True)
    assert "rows of a table" in one.err
