"""A run that was killed at any byte of its journal goes on from the last whole entry."""

from __future__ import annotations

import contextlib
import errno
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from molkit.data.journal import open_journal
from molkit.errors import InputError, OutputError

WHAT = {"models": {"a.molkit": "12ab"}, "rows": 3}
ENTRIES = [{"n": 500, "text": 'Ünïcode\n"x"'}, {"n": 500, "value": 0.1}, {"n": 7, "nothing": None}]


def interrupted(out: Path, entries: list[object], identity: dict[str, object] = WHAT) -> Path:
    with contextlib.suppress(KeyboardInterrupt), open_journal(out, identity) as journal:
        for entry in entries:
            journal.append(entry)
        raise KeyboardInterrupt
    return out.with_name(out.name + ".unfinished")


def test_a_finished_run_leaves_nothing_and_an_interrupted_one_its_entries(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    path = interrupted(out, ENTRIES[:2])
    with open_journal(out, WHAT) as journal:
        assert list(journal.entries()) == ENTRIES[:2]
        journal.append(ENTRIES[2])
        assert list(journal.entries()) == ENTRIES
        assert path.exists()
    assert list(tmp_path.iterdir()) == []


def test_without_entries_nothing_is_kept(tmp_path: Path) -> None:
    assert not interrupted(tmp_path / "out.csv", []).exists()


def test_an_input_error_ends_the_run_for_good(tmp_path: Path) -> None:
    with contextlib.suppress(InputError), open_journal(tmp_path / "o", WHAT) as journal:
        journal.append(1)
        raise InputError("row 3 is damaged")
    assert list(tmp_path.iterdir()) == []


@given(cut=st.integers(0, 500), garbage=st.binary(max_size=20))
@settings(max_examples=60, deadline=None)
def test_cut_at_any_byte(tmp_path_factory: pytest.TempPathFactory, cut: int, garbage: bytes) -> None:
    out = tmp_path_factory.mktemp("journal") / "out.csv"
    path = interrupted(out, ENTRIES)
    whole = path.read_bytes()
    ends = [place + 1 for place, byte in enumerate(whole) if byte == 10]
    cut = min(cut, len(whole))
    path.write_bytes(whole[:cut] + (garbage.replace(b"\n", b"") if cut >= ends[0] else b""))
    kept = max(sum(end <= cut for end in ends) - 2, 0)  # the first two lines say what the file and the run are
    with open_journal(out, WHAT) as journal:
        assert list(journal.entries()) == ENTRIES[:kept]
        for entry in ENTRIES[kept:]:
            journal.append(entry)
        assert path.read_bytes() == whole


def test_another_run_is_refused_with_what_differs(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    path = interrupted(out, ENTRIES)
    other = {**WHAT, "models": {"a.molkit": "ffff"}, "exact": True}
    with (
        pytest.raises(InputError, match=r"models.*12ab.*ffff.*exact: none, now true.*--overwrite"),
        open_journal(out, other),
    ):
        pass
    assert path.exists()
    with open_journal(out, other, overwrite=True) as journal:
        assert list(journal.entries()) == []


@pytest.mark.parametrize("text", ["my thesis", "molkit journal 2\n", "m y"])
def test_a_file_that_is_no_journal_is_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "out.csv.unfinished"
    path.write_text(text)
    with pytest.raises(InputError, match="no journal of molkit"), open_journal(tmp_path / "out.csv", WHAT, True):
        pass
    assert path.read_text() == text


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious.txt"
    precious.write_text("")
    (tmp_path / "out.csv.unfinished").symlink_to(precious)
    with pytest.raises(OutputError), open_journal(tmp_path / "out.csv", WHAT):
        pass
    assert precious.read_text() == ""


def test_two_processes_at_once_are_refused(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    out = tmp_path / "out.csv"
    program = (
        "from pathlib import Path; from molkit.data.journal import open_journal\n"
        f"with open_journal(Path({str(out)!r}), {WHAT!r}) as journal:\n"
        "    journal.append(1); print('open', flush=True); input()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        with pytest.raises(OutputError, match="another process"), open_journal(out, WHAT):
            pass
        process.communicate(b"\n")
    with open_journal(out, WHAT) as journal:
        assert list(journal.entries()) == []


def test_a_full_disk_is_one_sentence_and_keeps_what_is_done(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"

    class Full:
        def write(self, data: bytes) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    def fill() -> None:
        with open_journal(out, WHAT) as journal:
            journal.append(ENTRIES[0])
            journal._file = Full()  # type: ignore[assignment]
            journal.append(ENTRIES[1])

    with pytest.raises(OutputError, match="disk is full"):
        fill()
    with open_journal(out, WHAT) as journal:
        assert list(journal.entries()) == ENTRIES[:1]


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="folder does not exist"), open_journal(tmp_path / "no" / "out.csv", WHAT):
        pass
