"""Making prepared libraries: killed and continued, replaced, refused; what models ask of them."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from trained import tree_model

from molkit.chem.policy import Policy
from molkit.data import prepared
from molkit.data.prepared import open_prepared
from molkit.data.prepared_features import read_features
from molkit.engine.structures import featurize, new_featurizers, read_chunk
from molkit.errors import InputError, OutputError
from molkit.screening import prepare
from molkit.screening.prepare import prepare_library
from molkit.screening.recipe import Recipe, choose_recipe


@pytest.fixture(autouse=True)
def short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of 1,000 rows, so that a short table has two."""
    monkeypatch.setattr(prepare, "PART_ROWS", 1000)
    monkeypatch.setattr(prepared, "PART_ROWS", 1000)


def folder_bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """1,300 rows that are quickly read, beside their table `in.smi`."""
    table = tmp_path_factory.mktemp("alkanols") / "in.smi"
    table.write_text("".join(f"{'C' * (i % 40)}{'X' * (i % 100 == 99)}O m{i}\n" for i in range(1300)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prepare, "PART_ROWS", 1000)
        prepare_library(table, table.parent / "lib", workers=2)
        yield table.parent / "lib"


def interrupt(table: Path, out: Path, moment: int) -> None:
    """Prepare a library until that many rows are done."""

    def stop(stage: str, done: int, total: int, figures: dict[str, float]) -> None:
        if done >= moment:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare_library(table, out, workers=1, progress=stop)
    assert not out.exists()


@pytest.fixture
def copy(library: Path, tmp_path: Path) -> Path:
    shutil.copytree(library, tmp_path / "lib")
    return tmp_path / "lib"


@pytest.mark.parametrize("moment", [500, 1300])
def test_interrupted_and_repeated_it_ends_with_the_same_bytes(moment: int, library: Path, tmp_path: Path) -> None:
    table, out = library.parent / "in.smi", tmp_path / "lib"
    interrupt(table, out, moment)
    (tmp_path / "lib.parts" / ".molkit-0123456789ab.part").write_bytes(b"as a process leaves it that is killed")
    seen: list[int] = []
    result = prepare_library(table, out, workers=2, progress=lambda stage, done, total, figures: seen.append(done))
    if moment == 1300:
        assert min(seen) > 1000  # the first part was not made again
        assert any("Went on after the 1,000 rows" in note for note in result.notes)
    assert folder_bytes(out) == folder_bytes(library)
    assert result.rows == 1300
    assert result.statuses == {"ok": 1287, "invalid_syntax": 13}
    assert {path.name for path in tmp_path.iterdir()} == {"lib"}


def test_an_unfinished_library_of_something_else_is_not_continued(library: Path, tmp_path: Path) -> None:
    table, out = library.parent / "in.smi", tmp_path / "lib"
    interrupt(table, out, 1001)
    changed = tmp_path / "in.smi"
    changed.write_text(table.read_text() + "CCO more\n")
    with pytest.raises(InputError, match=r"unfinished.*library"):
        prepare_library(changed, out, workers=1)
    with pytest.raises(InputError, match="policy"):
        prepare_library(table, out, choose_recipe((), "largest"), workers=1)
    (tmp_path / "lib.parts" / "part-00000.parquet").write_bytes(b"damaged")
    assert prepare_library(table, out, workers=1).rows == 1300
    assert folder_bytes(out) == folder_bytes(library)


def test_a_table_that_breaks_off_leaves_nothing(library: Path, tmp_path: Path) -> None:
    packed = gzip.compress((library.parent / "in.smi").read_bytes())
    table = tmp_path / "in.smi.gz"
    table.write_bytes(packed[:-12])
    with pytest.raises(InputError, match="truncated"):
        prepare_library(table, tmp_path / "lib", workers=1)
    assert {path.name for path in tmp_path.iterdir()} == {"in.smi.gz"}


def test_folders_that_are_no_library_are_left_alone(library: Path, copy: Path, tmp_path: Path) -> None:
    table = library.parent / "in.smi"
    (copy / "notes.txt").write_text("mine")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "part-00000.parquet").write_text("mine")
    for folder in (copy, tmp_path / "mine"):
        before = folder_bytes(folder)
        with pytest.raises(InputError, match="no prepared library"):
            prepare_library(table, folder, overwrite=True, workers=1)
        assert folder_bytes(folder) == before
    (tmp_path / "new.parts").mkdir()
    (tmp_path / "new.parts" / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match=r"mine.txt, which is not molkit's"):
        prepare_library(table, tmp_path / "new", workers=1)
    assert (tmp_path / "new.parts" / "mine.txt").exists()
    with pytest.raises(InputError, match="is a file"):
        prepare_library(table, copy / "notes.txt", overwrite=True)
    with pytest.raises(InputError, match="is a prepared library already"):
        prepare_library(copy, tmp_path / "again")
    with pytest.raises(OutputError, match="folder does not exist"):
        prepare_library(table, tmp_path / "none" / "lib")


@pytest.mark.parametrize("where", [".", "..", "../empty"])
def test_the_current_folder_is_never_written(where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t.smi").write_text("CCO\n")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(InputError, match="current"):
        prepare_library(tmp_path / "t.smi", where, overwrite=True, workers=1)
    assert {path.name for path in tmp_path.rglob("*")} == {"t.smi", "empty"}


def test_a_library_is_not_written_into_the_tables_it_is_made_of(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "t.smi").write_text("CCO\n")
    with pytest.raises(InputError, match="would stand in the library"):
        prepare_library(tmp_path / "tables", tmp_path / "tables" / "lib", workers=1)
    assert {path.name for path in tmp_path.rglob("*")} == {"tables", "t.smi"}


def test_an_older_library_is_replaced_when_told(copy: Path, tmp_path: Path) -> None:
    small = tmp_path / "small.smi"
    small.write_text("CCO\nxx\n")
    with pytest.raises(InputError, match="--overwrite"):
        prepare_library(small, copy, workers=1)
    assert open_prepared(copy).row_count == 1300
    (tmp_path / "empty").mkdir()
    for folder in (copy, tmp_path / "empty"):
        result = prepare_library(small, folder, overwrite=folder == copy, workers=1)
        assert result.statuses == {"ok": 1, "invalid_syntax": 1}
        assert open_prepared(folder).row_count == 2
    assert {path.name for path in tmp_path.iterdir()} == {"lib", "empty", "small.smi"}


def test_what_stands_where_parts_are_built_is_left_alone(library: Path, copy: Path, tmp_path: Path) -> None:
    table, parts = library.parent / "in.smi", tmp_path / "x.parts"
    parts.write_text("mine")
    with pytest.raises(InputError, match=r"x\.parts: is no folder.*move it"):
        prepare_library(table, tmp_path / "x", workers=1)
    assert parts.read_text() == "mine"
    parts.unlink()
    copy.rename(parts)
    with pytest.raises(InputError, match=r"x\.parts: is a prepared library.*rename or remove it"):
        prepare_library(table, tmp_path / "x", workers=1)
    assert folder_bytes(parts) == folder_bytes(library)
    parts.rename(copy)
    parts.symlink_to(copy)
    with pytest.raises(InputError, match="is no folder"):
        prepare_library(table, tmp_path / "x", workers=1)
    assert folder_bytes(copy) == folder_bytes(library)
    assert {path.name for path in tmp_path.iterdir()} == {"lib", "x.parts"}


@pytest.mark.parametrize("moment", ["between the renames", "while the older one goes"])
def test_a_kill_while_a_library_is_replaced_loses_neither(
    moment: str, library: Path, copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = tmp_path / "small.smi"
    small.write_text("CCO\nxx\n")
    between = moment == "between the renames"

    def killed(function: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(path: Path, *arguments: Any, **options: Any) -> Any:
            if path.name == name:
                raise KeyboardInterrupt
            return function(path, *arguments, **options)

        return call

    name = "rename" if between else "rmdir"
    with monkeypatch.context() as patch:
        patch.setattr(Path, name, killed(getattr(Path, name), "lib.parts" if between else ".molkit-lib.old"))
        with pytest.raises(KeyboardInterrupt):
            prepare_library(small, copy, overwrite=True, workers=1)
    with pytest.raises(InputError, match="--overwrite"):
        prepare_library(small, copy, workers=1)
    assert open_prepared(copy).row_count == (1300 if between else 2)
    if between:
        assert folder_bytes(copy) == folder_bytes(library)
    prepare_library(small, copy, overwrite=True, workers=1)
    assert open_prepared(copy).row_count == 2
    assert {path.name for path in tmp_path.iterdir()} == {"lib", "small.smi"}


def test_tables_of_a_folder_become_whole_parts(tmp_path: Path, library: Path) -> None:
    lines = (library.parent / "in.smi").read_text().splitlines(keepends=True)
    (tmp_path / "tables").mkdir()
    for place, start in enumerate((0, 333, 700)):
        end = (333, 700, 1300)[place]
        (tmp_path / "tables" / f"{place}.smi").write_text("".join(lines[start:end]))
    prepare_library(tmp_path / "tables", tmp_path / "lib", workers=2)
    found, expected = folder_bytes(tmp_path / "lib"), folder_bytes(library)
    assert found.pop("manifest.json") != expected.pop("manifest.json")
    assert found == expected


def test_a_model_says_what_is_kept(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    cells = ["CCO", "CC(F)Cl", "c1ccccc1"]
    table.write_text("\n".join(["smiles", *cells]) + "\n")
    recipe = choose_recipe([tree_model()], exact=True)
    assert set(recipe.features) > {"drug/graph", "drug/fingerprint"}
    assert "drug/descriptors" in recipe.features
    assert recipe.readings == ("drawn", "isomers")
    prepare_library(table, tmp_path / "lib", recipe, workers=1)
    found = read_features(open_prepared(tmp_path / "lib"), 0, recipe.features, "isomers")
    chunk = read_chunk(cells, recipe.policy, lambda row: None, {}, enumerate_stereo=True)
    values = featurize(chunk, new_featurizers(recipe.features, recipe.options), lambda row: None)
    assert found.rows.tolist() == chunk.rows == [0, 1, 1, 2]
    for key in set(recipe.features) - {"drug/graph"}:
        np.testing.assert_array_equal(found.values[key], values[key])
    with pytest.raises(InputError, match="without nonsense"):
        read_features(open_prepared(tmp_path / "lib"), 0, ["drug/nonsense"])


def test_a_recipe_without_isomers(tmp_path: Path) -> None:
    table = tmp_path / "t.smi"
    table.write_text("CC(F)Cl\n")
    prepare_library(table, tmp_path / "lib", Recipe(Policy(), {}, ("drug/graph",), ("drawn",)), workers=1)
    opened = open_prepared(tmp_path / "lib")
    assert read_features(opened, 0, ["drug/graph"]).undefined == (0,)
    with pytest.raises(InputError, match="without isomers"):
        read_features(opened, 0, ["drug/graph"], "isomers")
    assert opened.policy == asdict(Policy())


def test_a_table_without_structures(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("smiles,x\nxx,1\n,2\n")
    assert prepare_library(table, tmp_path / "lib", workers=1).failed
    found = read_features(open_prepared(tmp_path / "lib"), 0, ["drug/graph"])
    assert (len(found.rows), found.values, len(found.problems)) == (0, {}, 2)
