"""Data cards: every one is complete and true as far as files at hand can tell, and mistakes in one are refused."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import os
import re
from pathlib import Path

import pytest

from molkit.data.cards import Card, cards, find_card, find_cards, read_card, shipped_path
from molkit.data.fetch import fetch
from molkit.data.tables import open_table, read_table
from molkit.errors import InputError
from molkit.evaluation.metrics import find_metric

SHARED = Path(os.environ.get("MOLKIT_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "datasets"
CARDS = cards()
NO_COLUMNS = {"vs_chembl", "fsdd", "medical_mnist", "pneumoniamnist", "semeion"}  # labelled by file or position
PINNED = r"https://raw\.githubusercontent\.com/[\w.-]+/[\w.-]+/[0-9a-f]{40}/\S+"

MINIMAL = {
    "name": '"x"',
    "title": '"X"',
    "source": '"S"',
    "licence": '"L"',
    "rows": "1",
    "files": f'[{{ path = "x.csv", sha256 = "{"0" * 64}", bytes = 1 }}]',
}


def written(tmp_path: Path, **values: str | None) -> Path:
    path = tmp_path / "card.toml"
    lines = {**MINIMAL, **values}
    path.write_text("".join(f"{key} = {value}\n" for key, value in lines.items() if value is not None))
    return path


def test_the_sets_of_the_issue_have_cards() -> None:
    wanted = "solubility approved_drugs esol freesolv lipophilicity bace bbbp tox21 hiv muv clintox sider davis"
    assert set(f"{wanted} ddi_chchminer human_dti broad_repurposing lib_chembl vs_chembl".split()) <= set(CARDS)
    assert sum(name.startswith("tdc_admet/") for name in CARDS) == 22


@pytest.mark.parametrize("card", CARDS.values(), ids=list(CARDS))
def test_a_card_is_consistent(card: Card) -> None:
    assert CARDS[card.name] is card
    assert card.folder.parts[-len(card.name.split("/")) :] == tuple(card.name.split("/"))
    assert card.title.strip()
    assert len({file.path for file in card.files}) == len(card.files) > 0
    if not card.metric:
        assert not any(target.unit for target in card.targets)
    else:
        assert find_metric(card.metric).name == card.metric
    if card.split == "column":
        assert card.split_column
    columns = {name for file in card.files for name in file.columns}
    assert {*card.structures, *filter(None, [card.id, card.split_column])} <= columns or card.name == "lib_chembl"
    if card.name not in NO_COLUMNS:
        assert {target.column for target in card.targets} <= columns


@pytest.mark.parametrize("card", CARDS.values(), ids=list(CARDS))
def test_addresses_name_a_commit(card: Card) -> None:
    for file in card.files:
        assert re.fullmatch(PINNED, file.url) or not file.url
        assert bool(file.member) == file.url.endswith(".zip")
    if not card.shipped and not all(file.url for file in card.files):
        assert any(note.startswith("derived") or "were derived" in note for note in card.notes)


@pytest.mark.parametrize("card", CARDS.values(), ids=list(CARDS))
def test_samples_are_the_rows_of_the_tables_that_hold_them(card: Card) -> None:
    tables = [file for file in card.files if file.rows is not None]
    holding = {target.column for target in card.targets} or set(card.structures)
    if card.name not in NO_COLUMNS and card.name != "lib_chembl":
        tables = [file for file in tables if holding <= set(file.columns)]
    if tables:
        assert sum(file.rows or 0 for file in tables) == card.rows


@pytest.mark.parametrize("name", [card.name for card in CARDS.values() if card.shipped])
def test_a_shipped_file_is_the_one_of_its_card(name: str) -> None:
    card = CARDS[name]
    content = shipped_path(name).read_bytes()
    assert hashlib.sha256(content).hexdigest() == card.files[0].sha256
    assert len(content) == card.files[0].bytes
    with shipped_path(name).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == card.rows
    assert tuple(rows[0]) == card.files[0].columns


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared data sets")
@pytest.mark.parametrize("name", [card.name for card in CARDS.values() if not card.shipped])
def test_a_public_file_is_the_one_of_its_card(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOLKIT_CACHE", str(SHARED))
    for file, path in zip(CARDS[name].files, fetch(name), strict=True):
        stored = path.read_bytes()
        contents = [stored, gzip.decompress(stored)] if path.suffix == ".gz" else [stored]
        assert (file.sha256, file.bytes) in [(hashlib.sha256(c).hexdigest(), len(c)) for c in contents]
        if file.rows is None:
            continue
        source = open_table(path, require_smiles=False, header=None if file.header else False)
        assert set(file.columns) <= set(source.names)
        if len(contents[-1]) < 1_000_000:
            assert len(read_table(source)) == file.rows
        else:  # the table reader is tested elsewhere; no cell of these holds a line break
            assert len(contents[-1].splitlines()) - file.header == file.rows


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared data sets")
def test_no_public_molecular_set_lacks_a_card() -> None:
    entries = json.loads((SHARED / "MANIFEST.json").read_text())
    named = {(entry["name"], path) for entry in entries for path in entry["files"]}
    described = {
        (card.name.partition("/")[0], f"{card.name}/{file.path}")
        for card in CARDS.values() if not card.shipped for file in card.files
    }  # fmt: skip
    assert named == described


def test_the_smallest_card(tmp_path: Path) -> None:
    card = read_card(written(tmp_path))
    assert (card.name, card.task, card.shipped, card.files[0].url) == ("x", "unlabelled", False, "")


def test_addresses_continue_that_of_the_card(tmp_path: Path) -> None:
    entry = f'path = "a", sha256 = "{"0" * 64}", bytes = 1'
    files = f'[{{ {entry}, url = "b" }}, {{ {entry}, url = "https://c/d" }}]'
    card = read_card(written(tmp_path, url='"https://e/f/"', files=files))
    assert [file.url for file in card.files] == ["https://e/f/b", "https://c/d"]


def test_the_task_counts_targets_of_a_kind(tmp_path: Path) -> None:
    targets = '{ a = { kind = "binary" }, b = { kind = "regression", unit = "h" }, c = { kind = "binary" } }'
    assert read_card(written(tmp_path, targets=targets)).task == "regression + binary x 2"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"licence": None}, "licence missing"),
        ({"license": '"MIT"'}, "unknown key 'license'; did you mean 'licence'"),
        ({"rows": '"many"'}, "rows should be int"),
        ({"rows": "true"}, "rows should be int"),
        ({"defects": "[1]"}, "list of texts"),
        ({"split": '"chance"'}, "split should be one of scaffold"),
        ({"targets": '{ y = { kind = "number" } }'}, "kind should be one of regression"),
        ({"targets": '{ y = { units = "h", kind = "binary" } }'}, "unknown key 'units'; did you mean 'unit'"),
        ({"targets": "{ y = 3 }"}, "expected keys and values"),
        ({"files": '[{ path = "x", bytes = 1 }]'}, "file 1: sha256 missing"),
        ({"files": '[{ path = "x", sha256 = "abc", bytes = 1 }]'}, "64 hexadecimal digits"),
        ({"files": f'[{{ path = "../x", sha256 = "{"0" * 64}", bytes = 1 }}]'}, "inside the set's folder"),
        ({"files": "[1]"}, "expected keys and values"),
        ({"name": "oops"}, "expected a data card"),
    ],
)
def test_a_wrong_card_is_refused(values: dict[str, str | None], said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=said):
        read_card(written(tmp_path, **values))


def test_no_card(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a data card"):
        read_card(tmp_path / "card.toml")


def test_a_name_nearly_right_is_answered_with_the_right_one() -> None:
    with pytest.raises(InputError, match="did you mean 'esol'"):
        find_card("esoll")
    with pytest.raises(InputError, match="did you mean 'tdc_admet/caco2_wang'"):
        find_card("caco2_wang")


def test_a_group_is_all_of_its_sets() -> None:
    assert len(find_cards("tdc_admet")) == 22
    with pytest.raises(InputError, match="is a group of data sets: tdc_admet/ames, "):
        find_card("tdc_admet")


def test_only_shipped_sets_have_a_shipped_path() -> None:
    with pytest.raises(InputError, match=r"not shipped .* molkit data fetch esol"):
        shipped_path("esol")
