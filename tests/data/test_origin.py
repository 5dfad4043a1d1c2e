"""Where a table comes from: what is told goes first, then the card of the same bytes, then that of name and columns."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from molkit.data import origin
from molkit.data.cards import cards, find_card, shipped_path
from molkit.data.origin import Origin, find_origin

CARD = find_card("solubility")
NAMES = list(CARD.files[0].columns)


def test_a_shipped_table_is_known_by_its_bytes(tmp_path: Path) -> None:
    path = shipped_path("solubility")
    expected = Origin(CARD.source, CARD.licence, "solubility", True, CARD.defects)
    assert find_origin(path, NAMES) == expected
    renamed = tmp_path / "mine.csv"
    renamed.write_bytes(path.read_bytes())
    assert find_origin(renamed, ["x"]) == expected
    packed = tmp_path / "mine.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert find_origin(packed, ["x"]) == expected


def test_what_the_user_says_goes_first() -> None:
    path = shipped_path("solubility")
    assert find_origin(path, NAMES, source="A book") == replace(find_origin(path, NAMES), source="A book")
    assert find_origin(path, NAMES, licence="CC0") == replace(find_origin(path, NAMES), licence="CC0")
    assert find_origin(None, NAMES, "A book", "CC0") == Origin("A book", "CC0")


def test_a_changed_file_is_known_by_name_and_columns_and_said_to_be_changed(tmp_path: Path) -> None:
    changed = tmp_path / "Solubility.csv"
    changed.write_bytes(shipped_path("solubility").read_bytes() + b"\n")
    found = find_origin(changed, [*NAMES, "more"])
    assert (found.card, found.exact, found.licence) == ("solubility", False, CARD.licence)
    assert find_origin(changed, NAMES[1:]) == Origin()
    other = changed.rename(tmp_path / "other.csv")
    assert find_origin(other, NAMES) == Origin()


def test_a_name_that_many_cards_have_is_no_sign(tmp_path: Path) -> None:
    """All TDC sets are called train_val.csv and have the same columns."""
    path = tmp_path / "train_val.csv"
    path.write_text("Drug_ID,Drug,Y\n")
    assert sum(file.path == path.name for card in cards().values() for file in card.files) > 1
    assert find_origin(path, ["Drug_ID", "Drug", "Y"]) == Origin()


def test_files_that_cannot_be_hashed_and_missing_cards_are_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = tmp_path / "a.csv.gz"
    damaged.write_bytes(gzip.compress(b"smiles\nCCO\n" * 99)[:-9])
    for path in (damaged, tmp_path / "missing.csv", tmp_path):
        assert find_origin(path, NAMES) == Origin()
    monkeypatch.setattr(origin, "cards", lambda: (_ for _ in ()).throw(origin.InputError("no cards")))
    assert find_origin(shipped_path("solubility"), NAMES, licence="CC0") == Origin(None, "CC0")
