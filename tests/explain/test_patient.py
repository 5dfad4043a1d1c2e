"""What drives the risk of one patient, against models whose answer is known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from molkit.data.records import Record
from molkit.evaluation.recalibrate import Calibration
from molkit.evaluation.share import wilson
from molkit.explain.alike import alike, groups_from, risk_groups
from molkit.explain.explanation import NOT_ADVICE, Explanation
from molkit.explain.patient import drivers, plausible_values, responses, risk_of
from molkit.explain.text import patient_text
from molkit.features.events import EventFeaturizer
from molkit.features.record import RecordReader
from molkit.features.summary import SummaryFeaturizer
from molkit.features.tabular import TableReader, ValueFeaturizer
from molkit.learners.neural import NeuralLearner, NeuralOptions
from molkit.learners.stack import Ensemble
from molkit.training.fit import FitOptions
from molkit.types import Column, Measurements

CODES = ("a", "b", "c", "d")
READER = RecordReader(codes=CODES)
TABLE = TableReader(("age", "race"), {"race": ["A", "B"]})


def sigmoid(raw: Any) -> Any:
    return 1 / (1 + np.exp(-raw))


def table_risk(items: Sequence[np.ndarray]) -> np.ndarray:
    """Logistic in age and one race; a missing age counts as 50."""
    rows = np.nan_to_num(np.array(items), nan=50.0)
    return sigmoid((rows[:, 0] - 60) / 10 + 2 * rows[:, 1])


def test_drivers_of_a_known_model_are_its_terms() -> None:
    item: Any = TABLE((70, "A"))
    found = drivers(table_risk, TABLE, item)
    assert [driver.variable for driver in found] == ["age", "race"]
    risk = sigmoid(1 + 2)
    for driver, without in zip(found, (sigmoid(-1 + 2), sigmoid(1)), strict=True):
        assert driver.without == pytest.approx(without)
        assert driver.change == pytest.approx(risk - without)
    assert [driver.variable for driver in drivers(table_risk, TABLE, item, most=1)] == ["age"]


def test_responses_follow_the_model_over_the_values_given() -> None:
    item: Any = TABLE((70, "A"))
    found = responses(table_risk, TABLE, item, {"age": [40, 60], "race": ["A", "B"], "other": [1]})
    assert [response.variable for response in found] == ["age", "race"]
    np.testing.assert_allclose(found[0].risks, sigmoid(np.array([-2, 0]) + 2.0))
    np.testing.assert_allclose(found[1].risks, sigmoid(1 + np.array([2.0, 0])))
    assert found[0].reach == pytest.approx(sigmoid(2) - sigmoid(0))
    assert responses(table_risk, TABLE, item, {}) == []


def test_plausible_values_are_quantiles_and_usual_texts_of_enough_people() -> None:
    items: list[Any] = [TABLE((age, "A" if age < 80 else "B")) for age in range(100)] + [TABLE((0, "Z"))]
    found = plausible_values(TABLE, items)
    assert found == json.loads(json.dumps(found))
    np.testing.assert_allclose(
        np.array(found["age"], float), np.quantile(np.arange(100), [0.05, 0.25, 0.5, 0.75, 0.95]), atol=1
    )
    assert found["race"] == ["A", "B"]
    assert plausible_values(TABLE, items[:19]) == {}


def test_no_plausible_value_is_that_of_one_person() -> None:
    rng = np.random.default_rng(0)
    ages = np.round(rng.uniform(20, 90, 24), 1)
    found = plausible_values(TABLE, [TABLE((age, "A")) for age in ages])["age"]
    assert not set(found) & set(ages.tolist())
    assert plausible_values(TABLE, [TABLE((age, "A")) for age in [0, 1] * 30])["age"] == [0, 1]  # no one is 0.5


class LastOfA:
    """The last value of the code `a` in the summary, logistic."""

    kind, needs = "last", ("record/summary",)

    def predict(self, columns: Any) -> np.ndarray:
        (column,) = (columns[key] for key in self.needs)
        return sigmoid(np.nan_to_num(column.values[column.index, 1:2]))


def ensemble(records: list[Record]) -> tuple[Ensemble, dict[str, Any]]:
    """That one, and a network on events that has learnt whether the last value was above 0."""
    featurizers = {"record/summary": SummaryFeaturizer(CODES), "record/events": EventFeaturizer(CODES)}
    rows = np.arange(len(records))
    columns = {"record/events": Column(featurizers["record/events"](records), rows)}
    values = np.array([[float(READER.variables(record).get("a", 0) > 0)] for record in records])
    labels = Measurements(values, np.zeros(values.shape, np.int8), np.ones(len(rows)))
    options = NeuralOptions({"record": "event-gru"}, 16, 1, fit=FitOptions(epochs=10, learning_rate=1e-2))
    network = NeuralLearner(("binary",), options)
    network.fit(columns, labels, rows, rows[:0], 0)
    members: Any = ((LastOfA(),), (network,))
    both = Ensemble(("last", "event-gru"), members, np.full((2, 1), 0.5), (Calibration(),), np.array([True]))
    return both, featurizers


def test_a_record_is_changed_before_any_feature_is_made(records: list[Record]) -> None:
    model, featurizers = ensemble(records)
    risk = risk_of(model, featurizers)
    item = next(r for r in records if READER.variables(r).get("a", 0) > 0 and len(READER.variables(r)) > 2)
    found = drivers(risk, READER, item)
    assert {driver.variable for driver in found} == set(READER.variables(item))
    for driver in found:
        assert driver.without == pytest.approx(risk([READER.without(item, driver.variable)])[0], abs=1e-6)
    own = float(risk([item])[0])
    assert found[0].change == pytest.approx(own - found[0].without, abs=1e-6)
    (response,) = responses(risk, READER, item, {"a": [-2.0, READER.variables(item)["a"]]})
    assert response.risks[0] < response.risks[1]
    assert response.risks[1] == pytest.approx(own, abs=1e-6)


def test_other_inputs_stay_as_they_are() -> None:
    class Sum:
        kind, needs = "sum", ("other/values", "row/values")

        def predict(self, columns: Any) -> np.ndarray:
            return sum(column.values[column.index] for column in columns.values())

    model: Any = Ensemble(("sum",), ((Sum(),),), np.ones((1, 1)), (Calibration(),), np.array([False]))  # type: ignore[arg-type]
    others = {"other/values": Column(np.array([[100.0]]), np.zeros(1, np.int64))}
    risk = risk_of(model, {"row/values": ValueFeaturizer(("x",))}, others=others)
    assert risk([np.array([1.0]), np.array([2.0])]).tolist() == [101, 102]


def held_out(n: int) -> tuple[np.ndarray, np.ndarray, list[dict[str, Any]]]:
    rng = np.random.default_rng(0)
    risks = rng.random(n)
    outcomes = (rng.random(n) < risks).astype(float)
    return (
        risks,
        outcomes,
        [{"age": 100 * risk, "race": "A"} | ({"rare": 1.0} if risk > 0.99 else {}) for risk in risks],
    )


def test_those_alike_are_a_group_of_about_the_same_risk() -> None:
    risks, outcomes, variables = held_out(2000)
    groups = risk_groups(risks, outcomes, variables)
    found = alike(groups, 0.75, {"age": 40.0, "race": "A", "rare": 2.0, "unknown": 1.0})
    assert found is not None
    low, high = np.quantile(risks, [0.7, 0.8])
    own = (risks > low) & (risks <= high)
    assert found.count == own.sum()
    assert found.share == pytest.approx(outcomes[own].mean())
    assert (found.low, found.high) == pytest.approx(wilson(found.share, found.count))
    np.testing.assert_allclose(np.array(found.risks, float), (low, high))
    ((name, value, quartiles),) = found.values
    assert (name, value) == ("age", 40)
    np.testing.assert_allclose(quartiles, np.quantile(100 * risks[own], [0.25, 0.5, 0.75]), rtol=0.01)


def test_groups_are_large_and_hold_no_patient() -> None:
    risks, outcomes, variables = held_out(230)
    outcomes[:10] = np.nan
    groups = risk_groups(risks, outcomes, variables)
    assert sum(groups.counts) == 220
    assert min(groups.counts) >= 50
    assert set(groups.quartiles["rare"]) == {None}
    assert groups_from(json.loads(json.dumps(asdict(groups)))) == groups
    assert risk_groups(np.full(500, 0.1), np.zeros(500), [{}] * 500).counts[0] == 500


def test_no_held_out_patients_are_no_comparison() -> None:
    assert alike(risk_groups(np.empty(0), np.empty(0), []), 0.5, {"age": 1.0}) is None


def test_no_group_is_small_where_risks_are_equal_or_few() -> None:
    risks = np.r_[np.full(460, 0.1), np.linspace(0.2, 0.9, 40)]
    groups = risk_groups(risks, np.zeros(500), [{}] * 500)
    assert (groups.limits, groups.counts) == ((), (500,))
    few = risk_groups(np.linspace(0, 1, 49), np.zeros(49), [{"age": 1.0}] * 49)
    assert (few.counts, few.quartiles) == ((0,), {})
    assert alike(few, 0.5, {"age": 1.0}) is None


def compared(patients: int, risk: float) -> str:
    """What is told of the comparison of a patient of this risk with so many."""
    risks, outcomes, variables = held_out(patients)
    found = alike(risk_groups(risks, outcomes, variables), risk, {"age": 40.0})
    return patient_text(Explanation("p", 1, "death", risk, (0.4, 0.6), "", 90, "", alike=found)).split("\n\n")[1]


def test_the_text_tells_the_range_of_risk_of_those_it_compares_with() -> None:
    low, high = (f"{100 * end:.1f} %" for end in np.quantile(held_out(2000)[0], [0.1, 0.9]))
    assert f"of 200 held-out patients at a predicted risk up to {low}," in compared(2000, 0.01)
    assert f"of 200 held-out patients at a predicted risk above {high}," in compared(2000, 0.99)
    low, high = (f"{100 * end:.1f} %" for end in np.quantile(held_out(2000)[0], [0.7, 0.8]))
    assert f"of 200 held-out patients at a predicted risk {low} to {high}," in compared(2000, 0.75)


def test_a_group_of_everybody_is_no_comparison() -> None:
    assert (
        compared(71, 0.9) == "How it compares: the 71 held-out patients are too few, or too equal in risk, to compare."
    )


def test_the_text_tells_risk_drivers_comparison_and_that_it_is_no_advice() -> None:
    item: Any = TABLE((70, "A"))
    risks, outcomes, variables = held_out(2000)
    risk = float(table_risk([item])[0])
    told = Explanation(
        "patient 7", 3, "death", risk, (0.8, 1.0), "no or yes", 90, "out",
        tuple(drivers(table_risk, TABLE, item)),
        alike(risk_groups(risks, outcomes, variables), risk, TABLE.variables(item)),
        tuple(responses(table_risk, TABLE, item, {"age": [40, 60]})),
    )  # fmt: skip
    text = patient_text(told)
    first, second, third, *_ = text.splitlines()
    assert first == "patient 7: predicted risk of death 95.3 %; fold models say 80.0 % to 100.0 %."
    assert second == "Not ruled out at 90 %: no or yes."
    assert third.startswith("Domain: out")
    assert "age       70     +22.2   73.1 %" in text
    assert "of 200 held-out patients" in text
    assert "40: 50.0 %, 60: 88.1 %" in text
    assert text.endswith(NOT_ADVICE)
    stored = json.loads(json.dumps(told.to_dict()))
    assert (stored["risk"], stored["not_advice"]) == (risk, NOT_ADVICE)
    bare = Explanation("p", 1, "death", 0.5, (0.4, 0.6), "", 90, "")
    assert patient_text(bare) == (
        f"p: predicted risk of death 50.0 %; fold models say 40.0 % to 60.0 %.\n\n{NOT_ADVICE}"
    )
