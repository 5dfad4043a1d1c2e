from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from molkit.data.tables import open_table, read_table
from molkit.data.write import atomic_path, atomic_paths, clash_names, open_writer
from molkit.errors import InputError, OutputError

SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
NASTY = [
    "",
    " a ",
    '"',
    'a"b',
    "a,b",
    "a\tb",
    "a\nb",
    "a\r\nb",
    "\r",
    "000123",
    "1e5",
    "=1+1",
    "\u202eb",
    "'q'",
    "\0",
    "é;|",
]


def write(path: Path, columns: dict[str, list], **options: object) -> None:
    with open_writer(path, list(columns), **options) as writer:  # type: ignore[arg-type]
        for start in range(0, len(next(iter(columns.values()))), 3):
            writer.write({name: values[start : start + 3] for name, values in columns.items()})


@pytest.mark.parametrize("suffix", ["csv", "tsv", "csv.gz", "tsv.gz", "parquet"])
def test_text_comes_back_byte_for_byte(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out.{suffix}"
    write(path, {"smiles": NASTY, "name": NASTY[::-1]})
    assert read_table(open_table(path)).columns == {"smiles": NASTY, "name": NASTY[::-1]}


@SLOW
@given(st.lists(TEXT, min_size=1, max_size=8), st.sampled_from(["csv", "tsv"]))
def test_any_text_comes_back(tmp_path: Path, cells: list[str], suffix: str) -> None:
    path = tmp_path / f"out.{suffix}"
    prose = ["enough plain text that nothing takes the file for a binary one, " * 3] * len(cells)
    columns = {"smiles": cells, "b": cells[::-1], "prose": prose}
    write(path, columns, overwrite=True)
    assert read_table(open_table(path)).columns == columns


@SLOW
@example(["><>"])
@given(st.lists(TEXT.map(lambda text: text.replace("\0", "")), min_size=1, max_size=5))
def test_sdf_tags_come_back_but_for_line_ends_and_record_ends(tmp_path: Path, cells: list[str]) -> None:
    path = tmp_path / "out.sdf"
    blocks = [f"m{n}\n\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n" for n in range(len(cells))]
    write(path, {"molblock": blocks, "note": cells}, overwrite=True, structure="molblock")
    table = read_table(open_table(path))
    assert table.columns["molblock"] == blocks

    def plain(text: str) -> list[str]:
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return [line.strip(" ") for line in lines if line.strip(" ")]

    assert [plain(note) for note in table.columns["note"]] == [plain(cell) for cell in cells]


def test_a_record_without_structure_keeps_its_row(tmp_path: Path) -> None:
    path = tmp_path / "out.sdf"
    cut = "x\n\n\n  2  1  0  0  0  0  0  0  0  0999 V2000\n    0.0"
    write(path, {"molblock": ["", None, cut, "$$$$"], "y": [1.5, None, 2, "a\n\nb"]}, structure="molblock")
    table = read_table(open_table(path))
    assert len(table) == 4
    assert table.columns["y"] == ["1.5", None, "2", "a\n \nb"]
    assert table.columns["molblock"][2] == f"{cut}\nM  END\n"


def test_numbers_are_as_short_as_their_type_allows(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    values = np.array([0.1, 1 / 3, np.nan, 1e-8, 12.0], np.float32)
    write(path, {"smiles": list("CCCCC"), "y": values, "z": [0.1, 7, None, True, float("nan")]})  # type: ignore[dict-item]
    table = read_table(open_table(path))
    back = [np.float32(cell) if cell else np.float32("nan") for cell in table.columns["y"]]
    assert np.array_equal(np.array(back), values, equal_nan=True)
    assert table.columns["y"][0] == "0.1"
    assert table.columns["z"] == ["0.1", "7", "", "true", ""]


@pytest.mark.parametrize("suffix", ["parquet", "xlsx"])
def test_typed_values_come_back(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out.{suffix}"
    columns = {
        "smiles": ["CCO", "=CC", None, "#N/A"],
        "id": ["01", "2", "x", "y"],
        "n": [1, None, 3, 4],
        "y": [0.5, 2.0, None, 1e-9],
    }
    write(path, columns)
    assert read_table(open_table(path)).columns == columns


def test_parquet_waits_for_a_value_that_shows_the_type(tmp_path: Path) -> None:
    import pyarrow.parquet

    path = tmp_path / "out.parquet"
    write(path, {"smiles": ["C"] * 9, "y": [None] * 7 + [np.float32(0.5)] * 2, "never": [None] * 9})
    schema = pyarrow.parquet.read_schema(path)
    assert [str(kind) for kind in schema.types] == ["string", "float", "string"]
    with pytest.raises(OutputError, match="Column 'y' began with int64"):
        write(tmp_path / "b.parquet", {"smiles": ["C"] * 6, "y": [1, 2, 3, "a", "b", "c"]})
    assert not (tmp_path / "b.parquet").exists()


def test_excel_takes_what_it_cannot_hold(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    write(path, {"smiles": ["C" * 40_000, "C\x01O"], "y": [float("inf"), 1.0]})
    table = read_table(open_table(path))
    assert len(table.columns["smiles"][0]) == 32_767
    assert table.columns["smiles"][0].endswith("[cut: 40,000 characters]")
    assert table.columns["smiles"][1] == "C\\x01O"
    assert table.columns["y"] == ["inf", 1]


@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "sdf.gz", "parquet", "xlsx"])
def test_equal_tables_are_equal_files(tmp_path: Path, suffix: str) -> None:
    columns = {"smiles": ["CCO", "C"], "molblock": ["", ""], "y": [1.0, None]}
    contents = set()
    for name in ("a", "b"):
        write(tmp_path / f"{name}.{suffix}", columns, structure="molblock")
        contents.add((tmp_path / f"{name}.{suffix}").read_bytes())
        time.sleep(1.1 if suffix.endswith(("gz", "xlsx")) and name == "a" else 0)
    assert len(contents) == 1


@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "parquet", "xlsx", "sdf"])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failure_leaves_nothing_and_the_old_file_alone(
    tmp_path: Path, suffix: str, error: type[BaseException]
) -> None:
    path = tmp_path / f"out.{suffix}"
    path.write_text("old")

    def fail() -> None:
        with open_writer(path, ["smiles"], overwrite=True, structure="smiles") as writer:
            writer.write({"smiles": ["C"] * 1000})
            raise error

    with pytest.raises(error):
        fail()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == [path.name]


def test_an_existing_file_is_refused_before_any_work(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")
    with pytest.raises(InputError, match="--overwrite"), atomic_path(path):
        pytest.fail("the body must not run")
    with (
        pytest.raises(InputError, match="input"),
        atomic_path(path, overwrite=True, inputs=[tmp_path / "." / "out.csv"]),
    ):
        pytest.fail("the body must not run")
    with pytest.raises(InputError, match="folder"), atomic_path(tmp_path, overwrite=True):
        pytest.fail("the body must not run")
    with atomic_path(path, overwrite=True) as unfinished:
        unfinished.write_text("new")
    assert path.read_text() == "new"


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"

    def write_late() -> None:
        with atomic_path(path) as unfinished:
            unfinished.write_text("mine")
            path.write_text("theirs")

    with pytest.raises(InputError, match="exists"):
        write_late()
    assert path.read_text() == "theirs"


def test_what_a_killed_run_left_must_be_the_same_bytes(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"

    def again(text: str) -> None:
        with atomic_path(path, locked=True, resumed=True) as unfinished:
            unfinished.write_text(text)

    again("mine")  # nothing was left
    before = path.stat()
    again("mine")
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    with pytest.raises(InputError, match="exists"):
        again("other")
    assert path.read_text() == "mine"
    with pytest.raises(InputError, match="input"), atomic_path(path, resumed=True, inputs=[path]):
        pytest.fail("the body must not run")
    with atomic_path(path, overwrite=True, resumed=True) as unfinished:
        unfinished.write_text("other")
    assert path.read_text() == "other"
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("there", range(4))
def test_several_files_are_all_checked_before_any_is_renamed(tmp_path: Path, there: int) -> None:
    """Bit i of `there` says that a killed run has left file i; then one of them is somebody else's."""
    files = [tmp_path / "out.csv", tmp_path / "out.sdf"]
    for place, path in enumerate(files):
        if there >> place & 1:
            path.write_text(path.name)

    def write_both() -> None:
        with atomic_paths(files, locked=True, resumed=True) as unfinished:
            for path, temporary in zip(files, unfinished, strict=True):
                temporary.write_text(path.name)

    for foreign in (path for path in files if path.exists()):
        foreign.write_text("theirs")
        before = {path: path.read_text() for path in files if path.exists()}
        with pytest.raises(InputError, match=f"{foreign.name}: exists"):
            write_both()
        assert {path: path.read_text() for path in files if path.exists()} == before
        foreign.write_text(foreign.name)
    write_both()
    assert sorted(os.listdir(tmp_path)) == [path.name for path in files]
    assert [path.read_text() for path in files] == [path.name for path in files]


def test_of_several_files_the_first_is_renamed_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    renamed: list[str] = []
    replace = os.replace
    monkeypatch.setattr(os, "replace", lambda old, new: (renamed.append(Path(new).name), replace(old, new)))
    with atomic_paths([tmp_path / name for name in "abc"]) as unfinished:
        assert all(path.parent == tmp_path for path in unfinished)
    assert renamed == ["c", "b", "a"]


def test_output_failures_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="folder does not exist"), atomic_path(tmp_path / "no" / "out.csv"):
        pytest.fail("the body must not run")
    with pytest.raises(OutputError, match="disk is full"), atomic_path(tmp_path / "out.csv"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert os.listdir(tmp_path) == []
    with pytest.raises(FileNotFoundError), atomic_path(tmp_path / "out.csv"):
        (tmp_path / "another").read_text()  # an error that is not about the output stays what it is


def test_unknown_suffix_and_missing_structures(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.csv"), open_writer(tmp_path / "out.docx", ["a"]):
        pytest.fail("the body must not run")
    with pytest.raises(InputError, match="structures"), open_writer(tmp_path / "out.sdf", ["a"]):
        pytest.fail("the body must not run")


def test_killed_while_writing_leaves_no_file_under_the_final_name(tmp_path: Path) -> None:
    code = """
import sys
from molkit.data.write import open_writer
with open_writer(sys.argv[1], ["smiles"]) as writer:
    print("begun", flush=True)
    while True:
        writer.write({"smiles": ["C" * 50] * 1000})
"""
    path = tmp_path / "out.csv.gz"
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.2)
        process.send_signal(signal.SIGKILL)
    assert not path.exists()


@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "sdf", "parquet", "xlsx"])
def test_a_disk_that_takes_no_more_is_one_sentence(tmp_path: Path, suffix: str) -> None:
    """The kernel refuses to let any file grow over 20 kB, as a full disk would."""
    code = """
import random, resource, sys
from molkit.data.write import open_writer
from molkit.errors import OutputError
chance = random.Random(0)
cells = ["".join(chance.choices("CNO()=c1", k=60)) for _ in range(1000)]
if sys.argv[1].endswith(("parquet", "xlsx")):
    import openpyxl, pyarrow.parquet
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    with open_writer(sys.argv[1], ["smiles"], structure="smiles") as writer:
        for _ in range(5):
            writer.write({"smiles": cells})
except OutputError as error:
    print(error)
"""
    path = tmp_path / f"out.{suffix}"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
    assert "cannot be written: the file is too large" in done.stdout, done.stderr
    assert done.stderr == ""
    assert os.listdir(tmp_path) == []


@given(
    st.sets(st.sampled_from(["a", "b", "a_molkit", "a_molkit_2"])),
    st.lists(st.sampled_from("ab"), unique=True),
)
def test_clashing_names_stay_apart(existing: set[str], new: list[str]) -> None:
    final = clash_names(existing, new)
    assert list(final) == new
    assert len({*existing, *final.values()}) == len(existing) + len(new)
    assert all(final[name] == name for name in new if name not in existing)
