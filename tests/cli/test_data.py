"""`molkit data`: what is printed, and that the paths can be used by the next command."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from trained import run

from molkit.data.cards import cards, shipped_path
from molkit.data.examples import EXAMPLES


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MOLKIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_list_has_a_line_for_every_card() -> None:
    ran = run("data", "list")
    assert (ran.code, ran.err) == (0, "")
    known, examples = ran.out.split("\n\n")
    lines = {line.split()[0]: line for line in known.splitlines()}
    assert set(lines) == set(cards())
    assert [line.split()[0] for line in examples.splitlines()[1:]] == list(EXAMPLES)
    for words in (("1,282", "regression", "shipped", "BSD-3-Clause"),):
        assert all(word in lines["solubility"] for word in words)
    assert "to fetch" in lines["esol"]
    assert "by hand" in lines["lib_mixed_500k"]


def test_list_as_json_says_what_is_cached(cache: Path) -> None:
    card = cards()["esol"]
    (cache / "esol").mkdir(parents=True)
    (cache / "esol" / card.files[0].path).touch()
    found = {entry["name"]: entry for entry in json.loads(run("data", "list", "--json").out)}
    assert found["esol"] == {
        "name": "esol", "rows": 1128, "task": "regression", "where": "cached", "licence": card.licence,
    }  # fmt: skip


def test_an_example_is_written_once(tmp_path: Path) -> None:
    ran = run("data", "example", "breast_cancer", "-o", str(tmp_path / "made"))
    assert (ran.code, ran.err) == (0, "")
    assert "1 file" in ran.out
    assert (tmp_path / "made" / "breast_cancer.csv").is_file()
    again = run("data", "example", "breast_cancer", "-o", str(tmp_path / "made"))
    assert "expected a new or empty folder" in again.err
    assert "did you mean 'digits'" in run("data", "example", "digit", "-o", str(tmp_path / "other")).err


@pytest.mark.parametrize("name", sorted(cards()))
def test_show_tells_everything_on_the_card(name: str) -> None:
    card = cards()[name]
    ran = run("data", "show", name)
    assert (ran.code, ran.err) == (0, "")
    facts = [card.title, card.source, card.licence, *card.defects, *card.notes, card.metric, card.split]
    facts += [text for target in card.targets for text in (target.column, target.kind, target.unit)]
    facts += [text for file in card.files for text in (file.path, file.sha256, file.url, f"{file.bytes:,}")]
    assert [fact for fact in facts if fact not in ran.out] == []


def test_show_as_json(cache: Path) -> None:
    found = json.loads(run("data", "show", "tdc_admet/caco2_wang", "--json").out)
    assert (found["metric"], found["task"], found["where"]) == ("MAE", "regression", "to fetch")
    assert found["targets"] == [{"column": "Y", "kind": "regression", "unit": "log cm/s"}]
    assert found["files"][1]["place"] == str(cache / "tdc_admet" / "caco2_wang" / "test.csv")


def test_fetch_prints_nothing_but_paths(tmp_path: Path) -> None:
    ran = run("data", "fetch", "solubility")
    assert (ran.code, ran.out, ran.err) == (0, f"{shipped_path('solubility')}\n", "")


def test_fetch_copies(tmp_path: Path) -> None:
    copy = tmp_path / "mine" / "s.csv"
    ran = run("data", "fetch", "solubility", "-o", copy)
    assert (ran.code, ran.out) == (0, f"{copy}\n")
    assert hashlib.sha256(copy.read_bytes()).hexdigest() == cards()["solubility"].files[0].sha256
    again = run("data", "fetch", "solubility", "-o", copy)
    assert again.code == 2
    assert "--overwrite" in again.err
    assert run("data", "fetch", "solubility", "-o", copy, "--overwrite").code == 0


def test_what_cannot_be_had_is_one_line_and_exit_code_2(cache: Path) -> None:
    ran = run("data", "fetch", "lib_mixed_500k")
    assert (ran.code, ran.out, ran.clean) == (2, "", True)
    assert str(cache / "lib_mixed_500k" / "mixed_500k.smi.gz") in ran.err
    ran = run("data", "show", "esool")
    assert (ran.code, ran.clean) == (2, True)
    assert "did you mean 'esol'" in ran.err
