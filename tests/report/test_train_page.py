"""The page of a training run says what the run found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from parsed import HOSTILE, Page
from trained import folder, small_table, solubility, write_csv

from molkit.config import RunConfig
from molkit.data.quantities import quantities
from molkit.features.inputs import read_inputs
from molkit.pipeline.train import TrainResult, train_bundle
from molkit.pipeline.trial import Judged
from molkit.report.train_page import target_pictures, train_page


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> TrainResult:
    config = RunConfig(targets=("logS",), learners=("boosting",), fold_models=2, workers=1, unit="log mol/L")
    return train_bundle(small_table(), tmp_path_factory.mktemp("train") / "m.molkit", config)


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> TrainResult:
    rows = [{"smiles": r["smiles"], "soluble": "yes" if float(r["logS"]) > -2 else "no"} for r in solubility(8)]
    config = RunConfig(targets=("soluble",), learners=("boosting",), fold_models=2, workers=1)
    path = write_csv(folder() / "page-classes.csv", rows)
    return train_bundle(path, tmp_path_factory.mktemp("classes") / "m.molkit", config)


def scored(result: TrainResult) -> TrainResult:
    size, targets = result.test[0].shape
    judged = Judged(
        half=np.full((size, targets), 0.5),
        sets=np.full((size, targets, 2), np.nan),
        similarity=np.linspace(0, 1, size),
        verdicts=np.array(["in" if i % 2 else "out" for i in range(size)]),
    )
    smiles = tuple("C" * (1 + i % 7) + "O" for i in range(size))
    return replace(result, things={"drug": smiles}, names=tuple(f"compound {i}" for i in range(size)), judged=judged)


def test_scores_sentences_notes_and_card_are_there(result: TrainResult) -> None:
    found = Page(train_page("t", replace(result, rejected={7: "Row 7: it is bad."})))
    assert found.open == []
    assert found.inert
    for said in (*result.findings.sentences, *result.notes, result.sha256, "Row 7: it is bad."):
        assert said in found.text
    head = next(row for row in found.cells if "method" in row)
    shown = {tuple(row[:3]): row for row in found.cells if len(row) == len(head)}
    for score in result.scores:
        row = shown[(f"{score.target} ({score.unit})" if score.unit else score.target, score.method, score.metric)]
        assert row[head.index("n")] == str(score.n)
        if score.value is not None:
            assert float(row[head.index("value")]) == pytest.approx(score.value, rel=1e-3)
    for line in result.card.splitlines():
        if line.startswith("## "):
            assert line.removeprefix("## ") in found.text
    assert found.tags.count("img") == len(target_pictures(result, quantities(result.targets)[0])) >= 3


def test_the_main_score_stands_first_and_the_card_next(result: TrainResult) -> None:
    text = Page(train_page("t", result)).text
    score = result.scores[0]
    said = f"{score.metric} {score.value:.3g} [{score.low:.3g}, {score.high:.3g}] {score.unit}, {score.n:,} compounds"
    places = [
        text.rindex(part) for part in (said, result.sha256, "What it predicts", "Best and worst", "Scores with 95")
    ]
    assert places == sorted(places)


def test_the_worst_and_best_predictions_are_drawn(result: TrainResult) -> None:
    page = Page(train_page("t", scored(result)))
    head = next(row for row in page.cells if "measured" in row)
    start = page.cells.index(head) + 1
    found = [row for row in page.cells[start:] if len(row) == len(head)]
    error = np.abs(result.test[0] - result.test[1])[:, 0]
    order = np.argsort(-error, kind="stable")
    names = [row[head.index("name")] for row in found]
    assert names[0] == f"compound {order[0]}"
    assert names[-1] == f"compound {order[-1]}"
    assert len(names) == len(set(names)) == min(50, 2 * ((len(error) + 1) // 2), len(error))
    assert {row[head.index("in domain")].strip() for row in found} == {"● in", "○ out"}
    assert "svg" in page.tags


def test_all_of_a_pair_is_shown(result: TrainResult) -> None:
    size = len(result.test[0])
    things = {
        "drug": ("CCO",) * size,
        "protein": tuple("MKTAYIAKQR" * 4 + "A" * row for row in range(size)),
        "other": tuple("C" * (1 + row) for row in range(size)),
    }
    inputs = read_inputs(["drug=a", "protein=b", "other:smiles=c"])
    page = Page(train_page("t", replace(scored(result), inputs=inputs, things=things)))
    head = next(row for row in page.cells if "measured" in row)
    assert head[:3] == ["drug", "other", "protein (sequence)"]
    assert head[-2:] == ["drug (SMILES)", "other (SMILES)"]
    found = [row for row in page.cells[page.cells.index(head) + 1 :] if len(row) == len(head)]
    for row in found:
        length = 40 + int(row[head.index("name")].removeprefix("compound "))
        assert row[2].startswith("MKTAYIAKQRMK…")
        assert row[2].endswith(f"({length} residues)")
        assert len(row[-1]) == length - 39


def test_without_structures_none_is_drawn(result: TrainResult) -> None:
    page = Page(train_page("t", replace(scored(result), things={}, names=None)))
    assert not any("measured" in row for row in page.cells)


def test_classes_are_told_by_name(classes: TrainResult) -> None:
    page = Page(train_page("t", scored(classes)))
    head = next(row for row in page.cells if "measured" in row)
    found = {row[head.index("measured")] for row in page.cells[page.cells.index(head) + 1 :] if len(row) == len(head)}
    assert found == {"yes", "no"}


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_only_shown(text: str, result: TrainResult) -> None:
    target = replace(result.targets[0], name=text, unit=text)
    scores = tuple(replace(score, target=text, unit=text) for score in result.scores)
    made = replace(
        scored(result), targets=(target,), findings=replace(result.findings, scores=scores), notes=(text,),
        rejected={1: text}, card=f"# Model card\n\n- {text}\n", path=Path(text.replace("\0", "")),
    )  # fmt: skip
    size = len(result.test[0])
    found = Page(train_page(text, replace(made, names=(text,) * size, things={"drug": (text,) * size})))
    assert found.open == []
    assert found.inert
