"""The model card: sections and numbers against the model's, what data sets say, hostile names, what is secret."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from trained import SOLUBILITY, small_table, solubility, stacked_model, tree_model, write_csv

import molkit
from molkit.bundle import read_bundle
from molkit.config import RunConfig
from molkit.data.cards import find_card
from molkit.features.inputs import inputs_to_dict, read_inputs
from molkit.pipeline.card import CardWords, write_card
from molkit.pipeline.card_inputs import split_words
from molkit.pipeline.train import TrainResult, train_bundle

SECTIONS = [
    "What it predicts",
    "Data",
    "Split",
    "Scores on the test part",
    "What it is good for",
    "Where it fails",
    "Trust",
    "Limits",
    "Shortcuts",
    "Noted on the way",
    "Made with",
]
WORDS = CardWords(*((f"The word of {part}.",) for part in ("data", "scores", "good", "fails", "trust")))


def sections(card: str) -> dict[str, str]:
    parts = re.split(r"^## (.*)\n\n", card, flags=re.MULTILINE)
    assert parts[0] == "# Model card\n\n"
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def model(**changes: Any) -> dict[str, Any]:
    return {**read_bundle(tree_model()).model, **changes}


def test_every_section_is_there_with_its_sentences() -> None:
    found = sections(write_card(model(), WORDS))
    assert list(found) == SECTIONS
    for title, word in (("Data", "data"), ("Scores on the test part", "scores"), ("What it is good for", "good"),
                        ("Where it fails", "fails"), ("Trust", "trust")):  # fmt: skip
        assert f"- The word of {word}." in found[title]
    bare = sections(write_card(model(), CardWords()))
    assert "Unknown" in bare["What it is good for"]
    assert "Unknown" in bare["Where it fails"]


@pytest.mark.parametrize("path", [tree_model, stacked_model], ids=["one learner", "three learners"])
def test_the_tables_hold_every_score_with_the_one_that_matters_first(path: Any) -> None:
    content = read_bundle(path()).model
    told = sections(write_card(content, WORDS))["Scores on the test part"]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in told.splitlines() if line[:1] == "|"]
    head, _, *lines = rows
    assert head[:2] == ["score", "this model"]
    assert lines[0][0] == "RMSE"
    for score in (score for score in content["scores"] if score["n"]):
        column = head.index({"molkit": "this model"}.get(score["method"], score["method"]))
        cell = next(line for line in lines if re.sub(r" \(.*", "", line[0]) == score["metric"])[column]
        if score["value"] is None:
            assert cell == "undefined"
        else:
            interval = "" if score["low"] is None else f" [{score['low']:.3f}, {score['high']:.3f}]"
            assert cell == f"{score['value']:.3f}{interval}"
    asked = write_card({**content, "config": {**content["config"], "metric": "spearman"}}, WORDS)
    assert re.search(r"---:\s\|\n\| Spearman \|", asked)


def told_of_the_split(method: str, group: str | None, *inputs: str) -> str:
    content = model(inputs=inputs_to_dict(read_inputs(inputs)))
    content["config"] = {**content["config"], "group": group}
    content["split"] = {**content["split"], "method": method}
    return split_words(content)


@pytest.mark.parametrize(
    ("said", "method", "group", "inputs"),
    [
        ("At random. Rows of one `who` or image are never parted.", "random", "who", ["image=path"]),
        ("At random. Rows of one `who` are never parted.", "random", "who", ["patient=*"]),
        ("At random. Rows of one subject are never parted.", "random", None, ["record=@events.parquet"]),
        ("By the given groups. Rows of one `who` are never parted.", "group", "who", ["patient=*"]),
        ("At random.", "random", None, ["patient=*"]),
        ("As a column or file of the user says.", "column", "who", ["image=path"]),
    ],
)
def test_what_the_split_does_not_part(said: str, method: str, group: str | None, inputs: list[str]) -> None:
    assert told_of_the_split(method, group, *inputs) == said


def test_of_a_split_file_it_is_not_known() -> None:
    content = model()
    content["config"] = {**content["config"], "group": "who", "split_file": "split.json"}
    assert "never parted" not in split_words(content)


def test_the_split_of_pairs_names_their_groups() -> None:
    assert told_of_the_split("random", "lab", "drug=a", "protein=b").endswith(" Rows of one `lab` are never parted.")


def test_what_is_said_of_the_data_set() -> None:
    nothing = sections(write_card(model(origin=None), WORDS))["Data"]
    assert "- Source: not stated.\n- Licence: not stated.\n" in nothing
    origin = {
        "source": "A paper",
        "licence": "CC BY-NC 4.0; code MIT",
        "card": "esol",
        "exact": False,
        "defects": ["d1"],
    }
    card = sections(write_card(model(origin=origin), WORDS))
    for said in ("Source: A paper.", "Licence: CC BY-NC 4.0; code MIT.", "Known defects of it: d1.",
                 "but not the bytes, of the public data set esol"):  # fmt: skip
        assert said in card["Data"]
    assert "excludes commercial use" in card["Limits"]
    for free in ("CC BY 4.0", "MIT", "science only"):
        assert "commercial" not in write_card(model(origin={**origin, "licence": free}), WORDS)


def test_names_of_the_user_stay_on_their_line() -> None:
    """A name that looks like a heading or a table row is one word among others."""
    name = "x\n## Licence\n\n| a | b |\n- `c`"
    content = model(notes=[f"Column {name!r}: {name}"])
    content["targets"] = [{**content["targets"][0], "name": name}]
    content["scores"] = [{**score, "target": name} for score in content["scores"]]
    content["config"] = {**content["config"], "group": name}
    content["origin"] = {"source": name, "licence": name, "card": None, "exact": False, "defects": []}
    found = sections(write_card(content, CardWords((name,), (name,), (name,), (name,), (name,))))
    assert list(found) == SECTIONS
    shown = {score["metric"] for score in content["scores"] if score["n"]}
    assert sum(line.startswith("|") for line in found["Scores on the test part"].splitlines()) == 2 + len(shown)
    for title in ("Data", "Where it fails", "Trust", "Noted on the way"):
        assert all(line[:2] == "- " for line in found[title].splitlines() if line)


def test_a_rule_that_was_not_fitted_is_said_to_be_common() -> None:
    content = model()
    content["trust"] = {**content["trust"], "domain": {"means": [0.0], "deviations": [1.0], "edge": 0.6, "out": 0.7}}
    assert "by a common rule a similarity under 0.30 counts as `out`, one under 0.40 as `edge`" in write_card(
        content, WORDS
    )
    content["trust"] = {**content["trust"], "domain": None}
    assert "gives no domain verdict" in write_card(content, WORDS)


def test_the_card_says_whether_widths_differ() -> None:
    content, plain = model(), {"coefficients": [0.0], "means": [], "deviations": []}
    scaled = {"coefficients": [0.0, 1.0], "means": [0.5], "deviations": [0.1]}
    target = content["targets"][0]
    content["targets"] = [{**target, "name": name} for name in "abc"]
    content["weights"] = [row * 3 for row in content["weights"]]
    content["half_widths"] = [0.5, 0.5, None]
    for intervals, says in (
        ([scaled, scaled, None], "Intervals: from the errors on held-out folds, wider where"),
        ([plain, plain, None], "Intervals: from the errors on held-out folds, one width for all compounds"),
        ([scaled, plain, None], "Intervals of b: from the errors on held-out folds, one width for all compounds"),
    ):
        content["trust"] = {**content["trust"], "intervals": intervals}
        assert says in write_card(content, WORDS)


def trained(table: Path, tmp_path: Path, **options: Any) -> TrainResult:
    config = RunConfig(targets=("logS",), learners=("forest",), fold_models=2, workers=1, **options)
    return train_bundle(table, tmp_path / "m.molkit", config)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> TrainResult:
    return trained(SOLUBILITY, tmp_path_factory.mktemp("card"))


def test_a_shipped_table_brings_its_source_licence_and_defects(shipped: TrainResult) -> None:
    data = sections(shipped.card)["Data"]
    card = find_card("solubility")
    for said in (card.source, card.licence, *card.defects, "has the bytes of the public data set solubility"):
        assert said in data
    assert "1,273 compounds from 1,281 rows" in data
    assert "(unsupported 1)" in data
    assert read_bundle(shipped.path).card == shipped.card


def test_the_merits_are_the_scores(shipped: TrainResult) -> None:
    own = {score.metric: score for score in shipped.scores if score.method == "molkit"}
    good = sections(shipped.card)["What it is good for"]
    assert f"(Spearman {own['Spearman'].value:.2f} [" in good
    assert f"(R2 {own['R2'].value:.2f})" in good
    assert "Better than the value of the nearest training compound: RMSE" in good
    assert "Better than the mean of the training values: RMSE" in good
    assert "times the standard deviation of repeated measurements" in good
    y, p = (values[:, 0] for values in shipped.test)
    fifth = y <= np.quantile(y, 0.2)
    assert f"(up to {np.quantile(y, 0.2):.3g}, n {fifth.sum()})" in sections(shipped.card)["Where it fails"]
    assert f"{(p - y)[fifth].mean():.3g} on average" in sections(shipped.card)["Where it fails"]


def test_what_the_user_says_and_files_without_structures(tmp_path: Path) -> None:
    result = trained(small_table(), tmp_path, source="my notebook", licence="in house", with_structures=False)
    data = sections(result.card)["Data"]
    assert "- Source: my notebook.\n- Licence: in house.\n" in data
    assert "who has it can read them" not in result.card
    assert ("Noise floor: unknown" in data) == ("repeated measurements" not in data)
    smiles = {row["smiles"] for row in solubility(1) if len(row["smiles"]) > 7}
    assert not [text for text in smiles if text in result.card]
    assert "compounds of the scaffold" not in result.card


def test_several_targets_are_told_apart(tmp_path: Path) -> None:
    rows = [{**row, "soluble": "yes" if float(row["logS"]) > -2 else "no"} for row in solubility(4)]
    path = tmp_path / "m.molkit"
    molkit.train(write_csv(tmp_path / "t.csv", rows), ["logS", "soluble"], path, learners=["forest"], fold_models=2,
                 workers=1)  # fmt: skip
    card = sections(molkit.load(path).card)
    assert "### logS: " in card["Scores on the test part"]
    assert "### soluble: " in card["Scores on the test part"]
    for title in ("What it is good for", "Where it fails"):
        for line in card[title].strip().splitlines():
            assert re.match(r"- (logS: |soluble: |None of the groups|Too few)", line), line
    assert "- soluble: tells the classes apart" in card["What it is good for"]
    assert "Source: not stated." in card["Data"]
