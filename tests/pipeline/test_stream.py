"""One stream under every command: several models, shortcuts, where the numbers are computed, where it goes on."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from trained import read_csv, run, solubility, stacked_model, tree_model, write_csv

import molkit
from molkit.bundle import read_bundle, write_bundle
from molkit.data.journal import journal_path
from molkit.engine.columns import DEFAULT_GROUPS
from molkit.engine.score import score_packed
from molkit.engine.scorer import load_scorer
from molkit.errors import InputError, OutputError
from molkit.pipeline.opened import open_models
from molkit.pipeline.score import score_table
from molkit.pipeline.scoring import Scoring
from molkit.pipeline.stream import open_stream
from molkit.screening.prepare import prepare_library
from molkit.screening.recipe import choose_recipe

ROWS = [{"smiles": row["smiles"]} for row in solubility(7)]
BAD = {3: "xx", 50: "", 120: "[Na+].[Cl-]"}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [{"smiles": BAD.get(place, row["smiles"])} for place, row in enumerate(ROWS)]
    return write_csv(tmp_path_factory.mktemp("library") / "lib.csv", rows)


@pytest.fixture(scope="module")
def renamed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stacked model under another target's name."""
    bundle = read_bundle(stacked_model())
    target = {**bundle.model["targets"][0], "name": "other"}
    path = tmp_path_factory.mktemp("renamed") / "renamed.molkit"
    write_bundle(path, {**bundle.model, "targets": [target]}, bundle.card, own_entries(bundle.entries))
    return path


def own_entries(entries: dict[str, bytes]) -> dict[str, bytes]:
    return {name: data for name, data in entries.items() if name not in ("model.json", "card.md")}


def columns(models: list[Path], library: Path, **options: object) -> dict[str, list[object]]:
    with open_stream(models, library, DEFAULT_GROUPS, workers=1, **options) as stream:
        found: dict[str, list[object]] = {name: [] for name in stream.names}
        for _, result in stream.pieces():
            for name in found:
                found[name] += result[name]
    return found


def test_two_models_in_one_pass_say_what_each_says_alone(library: Path, renamed: Path) -> None:
    both = columns([tree_model(), renamed], library)
    for model, target in ((tree_model(), "logS"), (renamed, "other")):
        alone = columns([model], library)
        for name, values in alone.items():
            shared = name in both and not name.startswith(("in_domain", "nearest"))
            new = name if shared else f"{model.stem}_{name}"
            if name == "note":  # of both models
                said = zip(values, both["note"], strict=True)
                assert all(part in str(joint) for alone, joint in said for part in str(alone or "").split("; "))
                continue
            assert both[new] == values, (target, name)
    assert [both["status"][row] for row in BAD] == ["invalid_syntax", "empty", "unsupported"]


def test_models_of_one_target_are_told_apart_by_their_files(library: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.molkit"
    copy.write_bytes(tree_model().read_bytes())
    found = columns([tree_model(), copy], library)
    assert found["trees_logS_pred"] == found["copy_logS_pred"] == columns([tree_model()], library)["logS_pred"]
    with pytest.raises(InputError, match="rename one of the model files"):
        columns([tree_model(), tree_model()], library)


def test_models_that_read_structures_differently(tmp_path: Path, library: Path) -> None:
    """A row has the status of the model that fails on it; the other model's number stays."""
    bundle = read_bundle(tree_model())
    lenient = tmp_path / "lenient.molkit"
    target = {**bundle.model["targets"][0], "name": "other"}
    policy = {**bundle.model["policy"], "mixtures": "largest"}
    content = {**bundle.model, "targets": [target], "policy": policy}
    write_bundle(lenient, content, bundle.card, own_entries(bundle.entries))
    mixture = write_csv(tmp_path / "m.csv", [{"smiles": "CCCCCC.c1ccccc1CC"}, {"smiles": "CCO"}])
    found = columns([tree_model(), lenient], mixture)
    assert found["status"] == ["unsupported", "ok"]
    assert (found["logS_pred"][0], found["smiles_std"][0]) == (None, None)
    assert found["other_pred"][0] == columns([lenient], mixture)["other_pred"][0] is not None


def test_exact_takes_no_shortcut(tmp_path: Path) -> None:
    """What the stored check says decides, and --exact overrules it."""
    bundle = read_bundle(stacked_model())
    paths = []
    for name, change in (("allowed", 0.0), ("refused", 1.0)):
        paths.append(tmp_path / f"{name}.molkit")
        found = {kind: {"change": change, "largest": change, "compounds": 300} for kind in ("bfloat16", "as_drawn")}
        write_bundle(paths[-1], {**bundle.model, "shortcuts": found}, bundle.card, own_entries(bundle.entries))
    table = write_csv(tmp_path / "t.csv", [{"smiles": text} for text in ("CC(F)C(Cl)Br", "CCO", "c1ccccc1C(C)O")])
    allowed, refused = (columns([path], table) for path in paths)
    assert refused == columns([paths[0]], table, exact=True) == columns([stacked_model()], table, exact=True)
    assert allowed["note"] == ["stereo_undefined: read as drawn", None, "stereo_undefined: read as drawn"]
    assert "mean over stereoisomers" in str(refused["note"][0])
    spread = np.std([float(row["logS"]) for row in solubility()])
    assert np.allclose(allowed["logS_pred"], refused["logS_pred"], atol=0.3 * spread)
    scorer = load_scorer([str(paths[0])])
    assert scorer.readings[0].policy.max_isomers == 1


def test_a_new_model_has_checked_its_shortcuts() -> None:
    found = read_bundle(stacked_model()).model["shortcuts"]
    assert set(found) >= {"bfloat16"}
    assert all(0 <= check["change"] <= check["largest"] and check["compounds"] >= 20 for check in found.values())
    assert "bfloat16" not in read_bundle(tree_model()).model["shortcuts"]
    assert "move predictions" in molkit.load(stacked_model()).card


def test_predicting_in_the_parent_gives_the_same(library: Path) -> None:
    """What is done with a GPU, with the processor in its place."""
    scoring = Scoring(open_models([stacked_model()]), DEFAULT_GROUPS)
    with open_stream([stacked_model()], library, DEFAULT_GROUPS, workers=1) as stream:
        expected = [result for _, result in stream.pieces()]
    finish = partial(score_packed, load_scorer(*scoring.arguments))
    with replace(stream, pool=scoring.pool(1, None, "molkit.engine.score:read_cells"), finish=finish) as other:
        assert [result for _, result in other.pieces()] == expected


def test_an_interrupted_run_goes_on(tmp_path: Path) -> None:
    """The rows that stand in the journal are not predicted again; the bytes are those of an uninterrupted run."""
    rows = [{"smiles": row["smiles"], "id": str(place)} for place, row in enumerate(solubility(1))]
    library, whole, out = write_csv(tmp_path / "l.csv", rows), tmp_path / "whole.csv", tmp_path / "out.csv"
    score_table(tree_model(), library, whole, workers=2)

    def stop(stage: str, done: int, total: int, figures: dict[str, float]) -> None:
        if done >= 1000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_table(tree_model(), library, out, workers=2, progress=stop)
    assert not out.exists()
    seen: list[int] = []
    result = score_table(tree_model(), library, out, workers=1, progress=lambda s, done, t, f: seen.append(done))
    assert seen[0] == 1000
    assert any("Went on after the 1,000 rows" in note for note in result.notes)
    assert out.read_bytes() == whole.read_bytes()
    assert result.rows == len(rows)
    assert not out.with_name("out.csv.unfinished").exists()


def test_a_prepared_library_says_of_stereo_what_the_table_does(tmp_path: Path) -> None:
    """Two models, the first reading structures as drawn, the second averaging over isomers."""
    bundle = read_bundle(tree_model())
    paths = []
    for name, change in (("drawn", 0.0), ("averaged", 1.0)):
        paths.append(tmp_path / f"{name}.molkit")
        target = {**bundle.model["targets"][0], "name": name}
        checked = {"as_drawn": {"change": change, "largest": change, "compounds": 99}}
        content = {**bundle.model, "targets": [target], "shortcuts": checked}
        write_bundle(paths[-1], content, bundle.card, own_entries(bundle.entries))
    table = write_csv(tmp_path / "t.csv", [{"smiles": text} for text in ("CC(F)Cl", "CCO", "CC(=O)[O-].[Na+]")])
    prepare_library(table, tmp_path / "lib", choose_recipe(paths), workers=1)
    for order in (paths, paths[::-1]):
        from_table, from_parts = columns(order, table), columns(order, tmp_path / "lib")
        assert from_parts == from_table
        assert "read as drawn" in str(from_table["note"][0])
        assert "mean over stereoisomers" in str(from_table["note"][0])


def test_a_folder_gives_the_bytes_of_one_table(tmp_path: Path) -> None:
    rows = solubility(3)
    whole = write_csv(tmp_path / "whole.csv", rows)
    parts = tmp_path / "parts"
    parts.mkdir()
    write_csv(parts / "1.csv", rows[:150])
    write_csv(parts / "2.csv", rows[150:])
    for source, out in ((whole, tmp_path / "a.csv"), (parts, tmp_path / "b.csv")):
        assert run("predict", tree_model(), source, "-o", out, "--columns", "pred,status").code == 0
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_several_models_from_the_command_line(tmp_path: Path, renamed: Path, library: Path) -> None:
    out = tmp_path / "out.csv"
    assert run("predict", tree_model(), renamed, library, "-o", out, "--quiet").code == 0
    assert {"logS_pred", "other_pred", "trees_in_domain", "renamed_in_domain"} <= set(read_csv(out)[0])
    one = run("predict", tree_model(), renamed, "CCO")
    assert (one.code, "trees.molkit:" in one.out, "renamed.molkit:" in one.out) == (0, True, True)
    assert run("predict", tree_model()).code == 2


def test_the_library_is_never_written_into(tmp_path: Path) -> None:
    folder = tmp_path / "lib"
    folder.mkdir()
    before = write_csv(folder / "a.csv", solubility(100)).read_bytes()
    for out in (folder / "a.csv", folder / "b.csv"):
        ran = run("predict", tree_model(), folder, "-o", out, "--overwrite")
        assert (ran.code, "in the library" in ran.err) == (2, True)
    assert [path.name for path in folder.iterdir()] == ["a.csv"]
    assert (folder / "a.csv").read_bytes() == before


def interrupt_after(rows: int) -> object:
    def stop(stage: str, done: int, total: int, figures: dict[str, float]) -> None:
        if done >= rows:
            raise KeyboardInterrupt

    return stop


@pytest.fixture
def long(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "long.csv", [{"smiles": row["smiles"]} for row in solubility(1)])


def test_another_model_of_the_same_name_is_another_run(tmp_path: Path, long: Path, renamed: Path) -> None:
    models = [tmp_path / "a" / "m.molkit", tmp_path / "b" / "m.molkit"]
    for path, model in zip(models, (tree_model(), renamed), strict=True):
        path.parent.mkdir()
        path.write_bytes(model.read_bytes())
    out = tmp_path / "out.csv"
    with pytest.raises(KeyboardInterrupt):
        score_table(models, long, out, groups=("pred",), workers=1, progress=interrupt_after(500))
    models[0].write_bytes(stacked_model().read_bytes())
    with pytest.raises(InputError, match="its models"):
        score_table(models, long, out, groups=("pred",), workers=1)


def test_a_library_that_changes_while_it_is_read(tmp_path: Path, long: Path) -> None:
    def change(stage: str, done: int, total: int, figures: dict[str, float]) -> None:
        if done >= 1000:
            long.write_text(long.read_text() + "CCO\n")

    with pytest.raises(InputError, match="changed while it was read"):
        score_table(tree_model(), long, tmp_path / "out.csv", groups=("pred",), workers=1, progress=change)
    assert [path.name for path in tmp_path.iterdir()] == ["long.csv"]


def test_an_output_that_appears_meanwhile_costs_no_work(tmp_path: Path, long: Path) -> None:
    out = tmp_path / "out.csv"
    theirs = lambda stage, done, total, figures: out.write_text("theirs")  # noqa: E731
    with pytest.raises(OutputError, match="What is done is kept"):
        score_table(tree_model(), long, out, groups=("pred",), workers=1, progress=theirs)
    with pytest.raises(OutputError, match="What is done is kept"):  # nor when the command is repeated
        score_table(tree_model(), long, out, groups=("pred",), workers=1)
    assert out.read_text() == "theirs"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["long.csv", "out.csv", journal_path(out).name]
    out.unlink()
    result = score_table(tree_model(), long, out, groups=("pred",), workers=1)
    assert any("Went on after the 1,282" in note for note in result.notes)


def test_killed_between_the_last_two_steps(tmp_path: Path, long: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The output stands and so does the journal: the same command finds that all is done."""
    out = tmp_path / "out.csv"
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", lambda path, missing_ok=False: None)  # the journal stays
        score_table(tree_model(), long, out, groups=("pred",), workers=1)
    written = out.read_bytes()
    assert journal_path(out).exists()
    result = score_table(tree_model(), long, out, groups=("pred",), workers=1)
    assert (result.rows, out.read_bytes()) == (1282, written)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["long.csv", "out.csv"]
    with pytest.raises(InputError, match="exists"):
        score_table(tree_model(), long, out, groups=("pred",), workers=1)


def test_a_column_of_numbers_then_texts_in_parquet(tmp_path: Path) -> None:
    import openpyxl
    import pyarrow.parquet as parquet

    book = openpyxl.Workbook()
    rows = [("smiles", "batch"), *[("CCO", 7.5)] * 600, *[("CCO", "seven")] * 5]
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "in.xlsx")
    out = tmp_path / "out.parquet"
    score_table(tree_model(), tmp_path / "in.xlsx", out, groups=("pred",), workers=1)
    assert parquet.read_table(out).column("batch").to_pylist() == ["7.5"] * 600 + ["seven"] * 5


def test_a_missing_folder_is_no_structure(tmp_path: Path) -> None:
    ran = run("predict", tree_model(), tmp_path / "nolib", "-o", tmp_path / "o.csv")
    assert (ran.code, "no such table or folder" in ran.err) == (2, True)
