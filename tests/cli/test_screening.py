"""`molkit screen` from a library to its three files: against predictions, through interruptions, on hostile input."""

from __future__ import annotations

import errno
import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from rdkit import Chem
from trained import COMMAND, folder, read_csv, run, solubility, tree_model, write_csv

import molkit
from molkit.data.formats import _Records
from molkit.engine.child import _load
from molkit.engine.workers import Job, WorkerPool
from molkit.errors import InputError, OutputError
from molkit.pipeline.stream import Stream
from molkit.screening import screen
from molkit.screening.screen import ScreenOptions, screen_library

ROWS = [{"id": f"m{i}", "smiles": row["smiles"], "rank": i % 7} for i, row in enumerate(solubility(15))]
BAD = [{"id": "bad", "smiles": "C((", "rank": 0}, {"id": "blank", "smiles": "", "rank": 0}]


READY: dict[str, Any] = {}


def ready(job: Job) -> Any:
    if repr(job) not in READY:
        READY[repr(job)] = _load(job.setup)(*job.arguments)
    return READY[repr(job)]


def mapped(pool: WorkerPool, payloads: Iterable[Any]) -> Iterator[Any]:
    job = pool._job
    return (_load(job.function)(ready(job), payload, lambda row: None, {}) for payload in payloads)


@pytest.fixture(autouse=True)
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs run in this process, for speed; a test below compares with worker processes."""
    monkeypatch.setattr(WorkerPool, "map", mapped)


@cache
def class_model() -> Path:
    """Boosting that tells soluble from hardly soluble."""
    path = folder() / "classes.molkit"
    rows = [{"smiles": row["smiles"], "soluble": int(float(row["logS"]) > -2)} for row in solubility(8)]
    molkit.train(write_csv(folder() / "classes.csv", rows), "soluble", path, learners=["boosting"], fold_models=2,
                 workers=1)  # fmt: skip
    return path


@cache
def library() -> Path:
    return write_csv(folder() / "library.csv", [*ROWS[:20], *BAD, *ROWS[20:]])


@cache
def predicted() -> dict[str, dict[str, str]]:
    """What `molkit predict` says of every row, by id."""
    rows: dict[str, dict[str, str]] = {row["id"]: {} for row in read_csv(library())}
    for model in (class_model(), tree_model()):  # what both say, such as in_domain, is that of the last
        out = folder() / f"{model.stem}-all.csv"
        assert run("predict", model, library(), "-o", out, "--workers", 1).code == 0
        for row in read_csv(out):
            rows[row["id"]] |= row
    return rows


def hits(tmp_path: Path, *words: object, models: tuple[Path, ...] = (), top: int = 10) -> list[dict[str, str]]:
    out = tmp_path / "hits.csv"
    chosen = [word for model in models or (tree_model(),) for word in ("--model", model)]
    ran = run("screen", library(), *chosen, "--top", top, "-o", out, "--workers", 1, *words)
    assert (ran.code, ran.clean) == (0, True), ran.err
    return read_csv(out)


def values(name: str, keep: Callable[[dict[str, str]], bool] = lambda row: True) -> list[str]:
    """Ids of the rows with a prediction, highest first; equal ones in the order of the library."""
    rows = [(id, row) for id, row in predicted().items() if row["status"] == "ok" and keep(row)]
    return [id for id, row in sorted(rows, key=lambda pair: -float(pair[1][name]))]


def test_the_best_rows_keep_their_columns_and_their_predictions(tmp_path: Path) -> None:
    found = hits(tmp_path)
    assert [row["id"] for row in found] == values("logS_pred")[:10]
    numbers = {row["id"]: number for number, row in enumerate(read_csv(library()), 1)}
    for place, row in enumerate(found, 1):
        expected = predicted()[row["id"]]
        assert (int(row["rank_molkit"]), int(row["library_row"])) == (place, numbers[row["id"]])
        assert row["score"] == row["logS_pred"]
        for name in (
            "smiles",
            "rank",
            "logS_pred",
            "logS_lo90",
            "logS_hi90",
            "in_domain",
            "nearest_train",
            "smiles_std",
        ):
            assert row[name] == expected[name], name


def test_the_lowest_and_a_limit(tmp_path: Path) -> None:
    assert [row["id"] for row in hits(tmp_path, "--lowest")] == values("logS_pred")[::-1][:10]
    found = hits(tmp_path, "--want", "logS < -3", "--rank-by", "logS", "--overwrite", top=500)
    assert {row["id"] for row in found} == set(values("logS_pred", lambda row: float(row["logS_pred"]) < -3))
    assert [float(row["score"]) for row in found] == sorted(float(row["score"]) for row in found)


def test_by_bound_and_by_probability_a_single_target_keeps_its_order(tmp_path: Path) -> None:
    """One interval width for all rows: the order is that of the predictions, the cut another one."""
    best = values("logS_pred")
    found = hits(tmp_path, "--want", "logS > -3", "--rank", "bound", top=500)
    assert [row["id"] for row in found] == [id for id in best if float(predicted()[id]["logS_lo90"]) > -3]
    found = hits(tmp_path, "--want", "logS > -3", "--rank", "probability", "--overwrite", top=500)
    assert [row["id"] for row in found] == best
    scores = [float(row["score"]) for row in found]
    assert all((score > 0.5) == (float(row["logS_pred"]) > -3) for score, row in zip(scores, found, strict=True))


def test_several_models_in_one_pass(tmp_path: Path) -> None:
    found = hits(tmp_path, "--want", "logS > -4 to -1", "--want", "soluble = 1", models=(tree_model(), class_model()))
    assert found
    scores = [float(row["score"]) for row in found]
    assert scores == sorted(scores, reverse=True)
    for row, score in zip(found, scores, strict=True):
        expected = predicted()[row["id"]]
        assert (row["logS_pred"], row["soluble_pred"]) == (expected["logS_pred"], expected["soluble_pred"])
        assert row["soluble_label"] == "1"
        assert row["trees_in_domain"] in ("in", "edge", "out")
        solubility_degree = min(1, (float(row["logS_pred"]) + 4) / 3)
        assert 0 < score <= solubility_degree**0.5 + 1e-9


def test_the_files_agree(tmp_path: Path) -> None:
    found = hits(tmp_path)
    mols = list(Chem.SDMolSupplier(str(tmp_path / "hits.sdf")))
    assert [mol.GetProp("id") for mol in mols] == [row["id"] for row in found]
    assert [Chem.MolToSmiles(mol) for mol in mols] == [row["smiles_std"] for row in found]
    assert [mol.GetProp("logS_pred") for mol in mols] == [row["logS_pred"] for row in found]
    page = (tmp_path / "hits.html").read_text(encoding="utf-8")
    assert page.count("<tr>") == len(found) + 1
    assert page.count('<div class="drawing">') == len(found)
    assert len(re.findall(r"SHA-256 [0-9a-f]{64}", page)) == 1
    assert f"{len(ROWS) + 2:,} = {len(ROWS):,} ok + 1 empty + 1 invalid_syntax" in page
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hits.csv", "hits.html", "hits.sdf"]


def test_the_page_shows_the_columns_of_the_library_whatever_they_are_called(tmp_path: Path) -> None:
    table = write_csv(tmp_path / "k.csv", [{"smiles": "CCO", "k": "mine", "y": "too"}])
    assert run("screen", table, "-m", tree_model(), "-o", tmp_path / "hits.csv").code == 0
    page = (tmp_path / "hits.html").read_text(encoding="utf-8")
    assert ("mine" in page, "too" in page) == (True, True)
    assert Chem.MolToInchiKey(Chem.MolFromSmiles("CCO")) not in page  # in the table


def test_flags_reference_and_own_alerts_stand_beside_each_hit(tmp_path: Path) -> None:
    (tmp_path / "own.smarts").write_text("any carbon [#6]\n")
    (tmp_path / "known.smi").write_text("CCO ethanol\nno-structure x\n")
    found = hits(tmp_path, "--alerts", tmp_path / "own.smarts", "--reference", tmp_path / "known.smi", top=40)
    assert len(found) == 40  # nothing is filtered
    for row in found:
        mol = Chem.MolFromSmiles(row["smiles_std"])
        assert ("own: any carbon" in row["alerts"]) == any(atom.GetAtomicNum() == 6 for atom in mol.GetAtoms())
        assert row["inchikey"] == Chem.MolToInchiKey(mol)
        assert 0 <= float(row["qed"]) <= 1 <= float(row["sa_score"]) <= 10
        assert (row["nearest_active"], row["nearest_active_id"]) == ("CCO", "ethanol")
        assert (row["nearest_active_similarity"] == "1.0") == (row["smiles_std"] == "CCO")


@pytest.mark.parametrize("method", ["maxmin", "butina"])
def test_diverse_hits_begin_with_the_best_and_stay_in_order(method: str, tmp_path: Path) -> None:
    best = values("logS_pred")
    found = [row["id"] for row in hits(tmp_path, "--diverse", method, "--no-html")]
    assert found[0] == best[0]
    assert [best.index(id) for id in found] == sorted(best.index(id) for id in found)
    assert found != best[:10]
    assert not (tmp_path / "hits.html").exists()


def test_a_compound_that_is_there_twice_is_told(tmp_path: Path) -> None:
    table = write_csv(tmp_path / "twice.csv", [{"smiles": text} for text in ("CCO", "CCCCCCCC", "OCC")])
    ran = run("screen", table, "--model", tree_model(), "--top", 3, "-o", tmp_path / "hits.csv")
    assert [row["same_as_rank"] for row in read_csv(tmp_path / "hits.csv")] == ["", "1", ""]
    assert "same compound as an earlier one (same_as_rank): 1 of 3" in ran.err
    assert [row["library_row"] for row in read_csv(tmp_path / "hits.csv")] == ["1", "3", "2"]


def test_libraries_of_any_format_and_folders_give_the_same_hits(tmp_path: Path) -> None:
    expected = [row["smiles_std"] for row in hits(tmp_path)]
    structures = [row["smiles"] for row in read_csv(library())]
    lines = "".join(f"{text} m{place}\n" for place, text in enumerate(structures))
    (tmp_path / "lib.smi.gz").write_bytes(gzip.compress(lines.encode()))
    parts = tmp_path / "parts"
    parts.mkdir()
    for place, part in enumerate((structures[:30], structures[30:])):
        write_csv(parts / f"part{place}.csv", [{"smiles": text} for text in part])
    with Chem.SDWriter(str(tmp_path / "lib.sdf")) as writer:
        for text in structures:
            mol = Chem.MolFromSmiles(text) if text and text != "C((" else None
            if mol is not None:
                mol.SetProp("vendor", "x < y & z")
                writer.write(mol)
    for name in ("lib.smi.gz", "parts", "lib.sdf"):
        out = tmp_path / f"{name}.csv"
        ran = run("screen", tmp_path / name, "--model", tree_model(), "--top", 10, "-o", out, "--workers", 1)
        assert (ran.code, ran.clean) == (0, True), ran.err
        assert [row["smiles_std"] for row in read_csv(out)] == expected, name
    mols = list(Chem.SDMolSupplier(str(tmp_path / "lib.sdf.sdf")))
    assert [mol.GetProp("vendor") for mol in mols] == ["x < y & z"] * 10
    assert "x &lt; y &amp; z" in (tmp_path / "lib.sdf.html").read_text(encoding="utf-8")


def test_the_report_accounts_for_every_row(tmp_path: Path) -> None:
    words = ("screen", library(), "--model", tree_model(), "--want", "logS > -2", "--top", 5, "-o", tmp_path / "h.csv")
    ran = run(*words)
    met = len(values("logS_pred", lambda row: float(row["logS_pred"]) > -2))
    assert f"rows {len(ROWS) + 2:,} = {len(ROWS):,} ok + 1 empty + 1 invalid_syntax" in ran.err
    assert f"{met} of {len(ROWS)} predicted rows meet all limits" in ran.err
    assert "5 hits, the last with a score of " in ran.err
    assert ran.out == ""
    ran = run(*words, "--overwrite", "--json")
    told = json.loads(ran.out)
    assert (told["rows"], told["met"], told["hits"]) == (len(ROWS) + 2, met, 5)
    assert sum(told["statuses"].values()) == told["rows"]
    assert told["cutoff"] == float(read_csv(tmp_path / "h.csv")[-1]["score"])
    assert [Path(file).name for file in told["files"]] == ["h.csv", "h.sdf", "h.html"]
    assert run(*words, "--overwrite", "--quiet").err == ""


def test_limits_that_nothing_meets_give_empty_files_and_no_error(tmp_path: Path) -> None:
    found = hits(tmp_path, "--want", "logS > 90")
    assert found == []
    assert (tmp_path / "hits.csv").read_text().startswith("rank_molkit,score,library_row,id,smiles,rank,logS_pred")


def test_a_library_without_any_prediction_is_exit_code_3(tmp_path: Path) -> None:
    table = write_csv(tmp_path / "bad.csv", [{"smiles": "C(("}, {"smiles": "xx"}])
    ran = run("screen", table, "--model", tree_model(), "--top", 1, "-o", tmp_path / "hits.csv")
    assert (ran.code, ran.clean) == (3, True)
    assert "none of the 2 rows gave a prediction (2 invalid_syntax)" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["bad.csv"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--want", "logD > 1"], "the models predict logS"),
        (["--want", "logS > high"], "cannot be read"),
        (["--want", "logS between 2 and 1"], "no value is both"),
        (["--rank", "luck"], "known are prediction, bound, probability"),
        (["--rank", "probability"], "--rank probability"),
        (["--rank-by", "logD"], "the models predict logS"),
        (["--diverse", "sometimes"], "known are maxmin, butina"),
        (["--reference", "missing.smi"], "there is no such file"),
        (["--alerts", "missing.smarts"], "cannot be read"),
        (["-o", "hits.sdf"], "the hits are a table"),
        (["-o", "hits.txt"], "the hits are a table"),
        (["-o", "no/such/folder/hits.csv"], "the folder does not exist"),
        (["--model", "missing.molkit"], "cannot be read"),
        (["--smiles-column", "nowhere"], "no such column"),
    ],
)
def test_what_cannot_be_done_is_one_line_before_any_work(words: list[str], said: str, tmp_path: Path) -> None:
    usual = {"--top": "1", "-o": str(tmp_path / "hits.csv")} | dict([words])
    given = [word for pair in usual.items() for word in pair]
    ran = run("screen", library(), "--model", tree_model(), *given)
    assert ran.code == (4 if "folder" in said else 2)
    assert ran.clean
    assert said in ran.err
    assert ran.err.startswith("molkit: ")
    assert ran.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_no_hits_are_no_wish(tmp_path: Path) -> None:
    ran = run("screen", library(), "--model", tree_model(), "--top", 0, "-o", tmp_path / "hits.csv")
    assert (ran.code, "'--top'" in ran.err) == (2, True)
    with pytest.raises(InputError, match="--top: expected at least 1 hit, got 0"):
        screen_library(library(), tmp_path / "hits.csv", ScreenOptions((tree_model(),), 0))


def test_models_whose_columns_clash_are_refused_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / tree_model().name  # of another target, but in_domain would be that of two models
    copy.write_bytes(class_model().read_bytes())
    monkeypatch.setattr(screen, "open_stream", lambda *_, **__: pytest.fail("work was begun"))
    with pytest.raises(InputError, match="two models would both write the column 'trees_in_domain'"):
        screen_library(library(), tmp_path / "hits.csv", ScreenOptions((tree_model(), copy), 1, rank_by="logS"))


@pytest.mark.parametrize("name", ["hits.csv", "hits.sdf", "hits.html"])
def test_existing_files_are_refused_and_untouched(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("precious")
    words = ("screen", library(), "--model", tree_model(), "--top", 1, "-o", tmp_path / "hits.csv")
    ran = run(*words)
    assert (ran.code, ran.clean) == (2, True)
    assert f"{name}: exists; add --overwrite" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "precious"
    assert run(*words, "--overwrite").code == 0
    assert (tmp_path / name).read_text() != "precious"


def test_the_library_is_never_overwritten(tmp_path: Path) -> None:
    table = write_csv(tmp_path / "lib.csv", [{"smiles": "CCO"}])
    before = table.read_bytes()
    ran = run("screen", table, "--model", tree_model(), "--top", 1, "-o", table, "--overwrite")
    assert (ran.code, ran.clean, table.read_bytes()) == (2, True, before)


def large() -> Path:
    """A library of several pieces."""
    path = folder() / "large.csv"
    if not path.exists():
        write_csv(path, [{"smiles": row["smiles"], "name": row["name"]} for row in solubility(1)])
    return path


def options() -> ScreenOptions:
    return ScreenOptions((tree_model(),), 15, ("logS > -5",), workers=1)


def contents(where: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in where.iterdir()}


def test_an_interrupted_run_goes_on_and_ends_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, again = tmp_path / "whole", tmp_path / "again"
    whole.mkdir()
    again.mkdir()
    page = lambda result, hits, models: str(result)  # noqa: E731
    expected = screen_library(large(), whole / "hits.csv", options(), page=page)
    asked: list[int] = []
    pieces = Stream.pieces
    monkeypatch.setattr(Stream, "pieces", lambda self, first: asked.append(first) or pieces(self, first))

    def stop(stage: str, done: int, total: int, figures: object) -> None:
        if done >= 1000 or stage == "hits":
            raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            screen_library(large(), again / "hits.csv", options(), page=page, progress=stop)
        assert list(contents(again)) == ["hits.csv.unfinished"]
    with pytest.raises(InputError, match=r"its top: 15, now 16"):
        screen_library(large(), again / "hits.csv", ScreenOptions((tree_model(),), 16, ("logS > -5",)), page=page)
    found = screen_library(large(), again / "hits.csv", options(), page=page)
    assert asked == [1, 1001, 1283]  # all but the note of the end
    assert found.statuses == expected.statuses
    same = {name: data.replace(b"again", b"whole") for name, data in contents(again).items()}
    assert same == contents(whole)


@pytest.mark.parametrize("missing", [(), ("hits.csv",), ("hits.csv", "hits.sdf")])
def test_killed_between_its_files_a_run_ends_well(
    missing: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = screen.write_files

    def killed(*given: Any, **told: Any) -> None:
        written(*given, **told)
        for file in missing:
            (tmp_path / file).unlink()
        raise KeyboardInterrupt

    page = lambda result, hits, models: str(result)  # noqa: E731
    out = tmp_path / "hits.csv"
    with monkeypatch.context() as patched:
        patched.setattr(screen, "write_files", killed)
        with pytest.raises(KeyboardInterrupt):
            screen_library(library(), out, options(), page=page)
    before = contents(tmp_path)
    assert "hits.csv.unfinished" in before
    result = screen_library(library(), out, options(), page=page)
    assert len(list(Chem.SDMolSupplier(str(tmp_path / "hits.sdf")))) == result.hits > 0
    after = contents(tmp_path)
    assert sorted(after) == ["hits.csv", "hits.html", "hits.sdf"]
    assert {name: after.get(name) for name in before if "hits.csv." not in name} == {
        name: data for name, data in before.items() if "hits.csv." not in name
    }


@pytest.mark.parametrize("name", ["hits.csv", "hits.sdf"])
@pytest.mark.parametrize("rows", ["all", "some"])
def test_a_file_that_appears_meanwhile_is_kept_and_so_is_what_is_done(
    name: str, rows: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, foreign = tmp_path / "hits.csv", tmp_path / name

    def stop(stage: str, done: int, total: int, figures: object) -> None:
        foreign.write_text("precious")
        if rows == "some" and done < total:
            raise KeyboardInterrupt

    if rows == "some":
        with pytest.raises(KeyboardInterrupt):
            screen_library(large(), out, options(), progress=stop)
    else:
        with pytest.raises(OutputError, match=r"exists; .* What is done is kept"):
            screen_library(large(), out, options(), progress=stop)
    monkeypatch.setattr(Stream, "pieces", lambda *_: pytest.fail("work went on"))
    for _ in range(2):
        with pytest.raises(OutputError, match=r"exists; .* What is done is kept"):
            screen_library(large(), out, options())
        assert foreign.read_text() == "precious"
        assert not list(tmp_path.glob(".*"))
        assert (tmp_path / "hits.csv.unfinished").exists()
    monkeypatch.undo()
    monkeypatch.setattr(WorkerPool, "map", mapped)
    foreign.unlink()
    screen_library(large(), out, options())
    assert sorted(contents(tmp_path)) == ["hits.csv", "hits.sdf"]


def test_numbers_of_the_library_stay_numbers(tmp_path: Path) -> None:
    import pyarrow.parquet as pq
    from pyarrow import table

    cells = {"smiles": ["CCO", "CCCC", "CCN"], "mass": [1.5, None, 0.1], "n": [1, 2, 3], "new": [True, False, None]}
    pq.write_table(table(cells), tmp_path / "lib.parquet")
    screen_library(tmp_path / "lib.parquet", tmp_path / "hits.parquet", ScreenOptions((tree_model(),), 3, workers=1))
    found = pq.read_table(tmp_path / "hits.parquet")
    assert [str(found.schema.field(name).type) for name in ("mass", "n", "new")] == ["double", "int64", "bool"]
    for name in ("mass", "n", "new"):
        assert found[name].to_pylist() == [cells[name][row - 1] for row in found["library_row"].to_pylist()]


def test_clashing_names_are_the_final_ones_everywhere(tmp_path: Path) -> None:
    rows = [{"smiles": text, "same_as_rank": "x", "qed": "y"} for text in ("CCO", "OCC")]
    table = write_csv(tmp_path / "twice.csv", rows)
    ran = run("screen", table, "--model", tree_model(), "--top", 2, "-o", tmp_path / "hits.csv", "--workers", 1)
    assert "(same_as_rank_molkit): 1 of 2" in ran.err
    page = (tmp_path / "hits.html").read_text(encoding="utf-8")
    classes = dict(re.findall(r'<th scope="col"(?: class="([^"]*)")?><button type="button">qed(.*?)</button>', page))
    assert {name: kind for kind, name in classes.items()} == {"": "", "_<wbr>molkit": "number flag"}
    assert "same_<wbr>as_<wbr>rank_<wbr>molkit" in page


def test_a_page_of_an_earlier_run_is_kept_and_told(tmp_path: Path) -> None:
    (tmp_path / "hits.html").write_text("earlier")
    ran = run("screen", library(), "--model", tree_model(), "--top", 2, "-o", tmp_path / "hits.csv", "--no-html")
    assert "hits.html is of an earlier run" in ran.err
    assert (tmp_path / "hits.html").read_text() == "earlier"


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_killed_command_is_continued_by_the_same_command(tmp_path: Path) -> None:
    words = ["screen", large(), "--model", tree_model(), "--top", "15", "--workers", "1", "--quiet", "-o"]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir()
    killed.mkdir()
    assert run(*words, whole / "hits.csv").code == 0
    command = [*COMMAND, *map(str, [*words, killed / "hits.csv"])]
    unfinished, size = killed / "hits.csv.unfinished", 1000  # more than the first line: a piece is done
    child = subprocess.Popen(command)
    while child.poll() is None and not (unfinished.exists() and unfinished.stat().st_size > size):
        time.sleep(0.002)
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    assert list(contents(killed)) == [unfinished.name]
    assert subprocess.run(command, check=False).returncode == 0
    assert contents(killed) == contents(whole)  # the former by worker processes, the latter within this one


def test_a_full_disk_is_exit_code_4_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    write = _Records.write
    monkeypatch.setattr("molkit.data.formats._Records.write", full)
    (tmp_path / "hits.csv").write_text("precious")
    words = ("screen", library(), "--model", tree_model(), "--top", 1, "-o", tmp_path / "hits.csv", "--overwrite")
    ran = run(*words)
    assert (ran.code, ran.clean) == (4, True)
    assert "the disk is full" in ran.err
    assert sorted(contents(tmp_path)) == ["hits.csv", "hits.csv.unfinished"]
    assert (tmp_path / "hits.csv").read_text() == "precious"
    monkeypatch.setattr("molkit.data.formats._Records.write", write)
    assert run(*words).code == 0
