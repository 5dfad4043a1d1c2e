"""What `auto` does about unbalanced classes, and what is told of it."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import molkit
from molkit.config import RunConfig
from molkit.errors import InputError
from molkit.evaluation.compare import mean_difference
from molkit.evaluation.metrics import METRICS
from molkit.pipeline.balancing import RARE, Tried, _mean, rare_targets, with_imbalance
from molkit.pipeline.plan import Plan, choose_plan
from tests.trained import solubility, write_csv

NAN = float("nan")
SMALL = {"boosting": {"trees": 30}, "forest": {"trees": 25}}


@pytest.fixture(scope="module")
def rare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ninth of the shipped compounds is positive: the most soluble ones, and a few by mistake."""
    rows = solubility(4)
    cut = sorted(float(row["logS"]) for row in rows)[-len(rows) // 10]
    rng = np.random.default_rng(0)
    table = [
        {"smiles": row["smiles"], "active": int((float(row["logS"]) >= cut) != (rng.random() < 0.02))} for row in rows
    ]
    return write_csv(tmp_path_factory.mktemp("rare") / "rare.csv", table)  # type: ignore[arg-type]


def trained(rare: Path, **options: Any) -> molkit.Model:
    given: dict[str, Any] = {"learners": ["boosting", "forest"], "options": SMALL, "fold_models": 3, "workers": 1}
    return molkit.train(rare, "active", **{**given, **options})


def plan_of(*learners: str) -> Plan:
    return choose_plan(600, 1, learners, 5, None, None)


def test_a_class_is_rare_below_a_share_whichever_it_is() -> None:
    exact = np.full((100, 4), NAN)
    exact[:, 0] = np.arange(100) < 100 * RARE - 1
    exact[:, 1] = np.arange(100) >= 100 * RARE - 1
    exact[:50, 2] = np.arange(50) < 25
    exact[:, 3] = np.arange(100)
    found = rare_targets(exact, ("binary", "binary", "binary", "regression"))
    assert found.tolist() == [True, True, False, False]


@pytest.mark.parametrize("method", ["auto", "none", "class-weights", "focal"])
def test_numbers_are_left_alone(method: str) -> None:
    plan, said = with_imbalance(plan_of("boosting"), method, np.ones((10, 1)), ("regression",))
    assert plan == plan_of("boosting")
    assert len(said) == (method not in ("auto", "none"))


def test_balanced_classes_are_left_alone_unless_told() -> None:
    exact = np.array([[0.0], [1.0]] * 10)
    assert with_imbalance(plan_of("forest"), "auto", exact, ("binary",)) == (plan_of("forest"), [])
    plan, said = with_imbalance(plan_of("forest"), "over", exact, ("binary",))
    assert plan.options == {"forest": {"imbalance": "over"}}
    assert "over" in said[0]


def test_focal_is_for_networks_and_refused_without_one() -> None:
    exact = np.array([[0.0], [1.0]] * 10)
    with pytest.raises(InputError, match=r"only networks have it.*boosting, forest"):
        with_imbalance(plan_of("boosting", "forest"), "focal", exact, ("binary",))
    plan, said = with_imbalance(plan_of("boosting", "dmpnn"), "focal", exact, ("binary",))
    assert plan.options == {"boosting": {"imbalance": "none"}, "dmpnn": {"imbalance": "focal"}}
    assert said[0].endswith("boosting without.")


@pytest.mark.filterwarnings("error")
def test_what_was_not_measured_is_undefined() -> None:
    y, p = np.zeros((20, 1)), np.linspace(0, 1, 20)[:, None]
    metric = METRICS["binary"][0]
    score = _mean(metric, y, p)
    nothing = Tried("boosting", "balanced-batches", False, metric.name, (score, score),
                    mean_difference(metric, y, p, p, 0), (0.0, 0.0), 1)  # fmt: skip
    assert nothing.sentence("image") == (
        "Imbalance: boosting without balanced-batches; of 20 held-out images PR-AUC is undefined, as they lack a class."
    )


def test_auto_takes_what_scores_better_on_held_out_rows_and_says_so(rare: Path) -> None:
    model = trained(rare, split="none")
    told = [note for note in model.bundle.model["notes"] if note.startswith("Imbalance:")]
    plan = model.bundle.model["plan"]
    assert len(told) == 2
    for place, (name, line) in enumerate(zip(("boosting", "forest"), told, strict=True)):
        found = re.search(r"PR-AUC is ([0-9.]+) with it and ([0-9.]+) without", line)
        assert found is not None
        taken = float(found[1]) > float(found[2])
        assert f"Imbalance: {name} {'with' if taken else 'without'} " in line
        stored = model.bundle.json(f"learners/{place}/0/config.json")["options"]
        assert (stored["imbalance"] != "none") == taken
    assert plan["tried"] == {"boosting": "balanced-batches", "forest": "class-weights"}


def test_what_auto_chose_is_what_the_same_method_by_name_gives(rare: Path) -> None:
    """Trying first changes no bit of the models that are kept."""
    auto = trained(rare, split="none")
    methods = [auto.bundle.json(f"learners/{place}/0/config.json")["options"]["imbalance"] for place in (0, 1)]
    options = {name: {**own, "imbalance": method} for (name, own), method in zip(SMALL.items(), methods, strict=True)}
    named = trained(rare, split="none", options=options)
    smiles = [row["smiles"] for row in solubility(40)]
    assert auto.predict(smiles)["active_pred"] == named.predict(smiles)["active_pred"]
    assert not [note for note in named.bundle.model["notes"] if note.startswith("Imbalance:")]


def test_test_rows_have_no_part_in_the_choice(rare: Path, tmp_path: Path) -> None:
    with rare.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    for place, row in enumerate(rows):
        row["part"] = "test" if place % 5 == 0 else "train"
    one = write_csv(tmp_path / "one.csv", rows)  # type: ignore[arg-type]
    for row in rows:
        if row["part"] == "test":
            row["active"] = str(1 - int(row["active"]))
    other = write_csv(tmp_path / "other.csv", rows)  # type: ignore[arg-type]
    models = [trained(table, split_column="part") for table in (one, other)]
    notes = [[n for n in model.bundle.model["notes"] if n.startswith("Imbalance:")] for model in models]
    assert notes[0] == notes[1] != []
    thresholds = [model.bundle.model["targets"][0]["threshold"] for model in models]
    assert thresholds[0] == thresholds[1]


@pytest.mark.parametrize(
    ("rule", "score", "least"), [("recall=0.95", "recall", 0.8), ("precision=0.9", "precision", 0.6)]
)
def test_the_stored_threshold_serves_the_rule_and_is_used_to_predict(
    rare: Path, rule: str, score: str, least: float
) -> None:
    model = trained(rare, split="none", threshold=rule, imbalance="none")
    target = model.bundle.model["targets"][0]
    call = model.bundle.model["calls"][0]
    assert call["rule"] == rule
    assert dict(zip(("precision", "recall", "F1", "MCC"), call["chosen"], strict=True))[score] > least
    found = model.predict([row["smiles"] for row in solubility(20)])
    calls = ["1" if p >= target["threshold"] else "0" for p in found["active_pred"]]
    assert calls == found["active_label"]
    assert "chosen for " + rule in model.card


def test_a_costly_miss_lowers_the_threshold(rare: Path) -> None:
    cuts = [trained(rare, split="none", threshold=f"cost={cost}", imbalance="none").targets[0].threshold
            for cost in (1, 30)]  # fmt: skip
    assert cuts[1] < cuts[0]


def test_the_options_reach_the_estimator() -> None:
    found = molkit.MolClassifier(imbalance="over", threshold="F1")._config(("y",), "binary", {"smiles": "smiles"})
    assert (found.imbalance, found.threshold) == ("over", "F1")
    assert molkit.MolRegressor()._config(("y",), "regression", {"smiles": "smiles"}).imbalance == RunConfig().imbalance
