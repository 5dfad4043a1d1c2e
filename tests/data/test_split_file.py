"""A saved split: the same parts for the same compounds in any order, and a refusal for other ones."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from molkit.data.split import Rows, split_rows
from molkit.data.split_file import read_split, write_split
from molkit.errors import InputError
from molkit.types import Split

NAMES = [f"KEY{number:03}" for number in range(100)]
FRACTIONS = (0.8, 0.1, 0.1)
SPLIT = split_rows(Rows(np.arange(100), [""] * 100, data=NAMES), "random", FRACTIONS, 5)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "split.json"
    write_split(path, SPLIT, NAMES, FRACTIONS)
    return path


def named(split: Split, names: list[str]) -> list[set[str]]:
    return [{names[row] for row in part} for part in (split.train, split.valid, split.test)]


def test_a_split_comes_back(saved: Path) -> None:
    assert read_split(saved, NAMES, SPLIT.data_hash) == SPLIT
    content = json.loads(saved.read_text())
    assert (content["format"], content["method"], content["seed"]) == (1, "random", 5)
    assert content["fractions"] == list(FRACTIONS)


def test_rows_in_another_order_and_repeated_keep_their_parts(saved: Path) -> None:
    names = [*reversed(NAMES), *NAMES[:30]]
    split = read_split(saved, names, "another hash")
    assert named(split, names) == named(SPLIT, NAMES)
    assert sorted(split.train + split.valid + split.test) == list(range(130))
    assert (split.data_hash, split.remarks) == ("another hash", ())


def test_the_file_does_not_depend_on_the_order_of_rows(saved: Path, tmp_path: Path) -> None:
    again = read_split(saved, NAMES[::-1], "")
    write_split(tmp_path / "again.json", again, NAMES[::-1], FRACTIONS)
    assert json.loads(saved.read_text())["data_hash"] == json.loads((tmp_path / "again.json").read_text())["data_hash"]


def test_other_compounds_are_named(saved: Path) -> None:
    with pytest.raises(InputError) as error:
        read_split(saved, [*NAMES[7:], "NEW1", "NEW2", "NEW1"], "")
    said = str(error.value)
    assert "2 compounds of the data are not in it (NEW1, NEW2)" in said
    missing = [name for part in (SPLIT.train, SPLIT.valid, SPLIT.test) for name in (NAMES[r] for r in part if r < 7)]
    assert f"7 of its compounds are not in the data ({', '.join(missing[:3])}, ...)" in said
    assert "make a new split" in said


def test_a_subset_is_allowed_where_asked_for_and_told(saved: Path) -> None:
    split = read_split(saved, NAMES[1:], "", subset=True)
    assert named(split, NAMES[1:]) == [part - {"KEY000"} for part in named(SPLIT, NAMES)]
    assert split.remarks == ("1 compounds of split.json are not in the data.",)  # no name: it goes into the model
    with pytest.raises(InputError, match="1 compounds of the data"):
        read_split(saved, [*NAMES[1:], "NEW"], "", subset=True)
    with pytest.raises(InputError, match="into training"):
        read_split(saved, [NAMES[row] for row in SPLIT.test], "", subset=True)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2}, {"format": "1"}, {"format": True}, {"seed": None}, {"data_hash": "0" * 64}, {"parts": []},
        {"parts": {"train": ["a"], "valid": []}}, {"parts": {"train": [1], "valid": [], "test": []}},
        {"parts": {"train": ["a", "a"], "valid": [], "test": []}}, {"parts": {"train": "a", "valid": [], "test": []}},
    ],
)  # fmt: skip
def test_a_changed_file_is_refused(saved: Path, change: dict[str, object]) -> None:
    saved.write_text(json.dumps(json.loads(saved.read_text()) | change))
    with pytest.raises(InputError, match=r"split\.json"):
        read_split(saved, NAMES, "")


def test_a_compound_moved_by_hand_to_two_parts_is_refused(saved: Path) -> None:
    content = json.loads(saved.read_text())
    content["parts"]["test"].append(content["parts"]["train"][0])
    saved.write_text(json.dumps(content))
    with pytest.raises(InputError, match="changed or damaged"):
        read_split(saved, NAMES, "")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\xff", "[" * 100_000, '{"format": NaN}'])
def test_what_is_no_split_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match="split file"):
        read_split(path, NAMES, "")
    with pytest.raises(InputError, match="split file"):
        read_split(tmp_path / "absent.json", NAMES, "")


def test_an_existing_file_is_kept(saved: Path) -> None:
    before = saved.read_bytes()
    with pytest.raises(InputError, match="exists"):
        write_split(saved, SPLIT, NAMES, FRACTIONS)
    assert saved.read_bytes() == before
    write_split(saved, SPLIT, NAMES, FRACTIONS, overwrite=True)
    assert saved.read_bytes() == before


def test_a_compound_in_two_parts_cannot_be_saved(tmp_path: Path) -> None:
    names = list(NAMES)
    names[SPLIT.test[0]] = names[SPLIT.train[0]]
    with pytest.raises(InputError, match="two parts"):
        write_split(tmp_path / "s.json", SPLIT, names, FRACTIONS)
    assert not list(tmp_path.iterdir())
