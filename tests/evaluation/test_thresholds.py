"""Thresholds against every cut that there is, scored by scikit-learn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (
    balanced_accuracy_score,
    confusion_matrix,
    f1_score,
    matthews_corrcoef,
    precision_score,
    recall_score,
)

from molkit.errors import InputError
from molkit.evaluation.thresholds import RULES, Rule, choose_threshold, read_rule

NAN = float("nan")
Rows = list[tuple[bool, int]]
ROWS = st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=2, max_size=40)


def counts(y: np.ndarray, called: np.ndarray) -> tuple[int, int, int]:
    """Rightly called, wrongly called, missed."""
    (_, wrong), (missed, right) = confusion_matrix(y, called, labels=[0, 1])
    return right, wrong, missed


def cost(y: np.ndarray, called: np.ndarray) -> float:
    _, wrong, missed = counts(y, called)
    return -(7.0 * missed + wrong)


def precise(y: np.ndarray, called: np.ndarray) -> float:
    """Recall where the precision is at least 0.7, else how precise it is."""
    right, wrong, missed = counts(y, called)
    precision = right / (right + wrong) if right + wrong else 0.0
    return 2 + right / (right + missed) if precision >= 0.7 - 1e-12 else precision


def complete(y: np.ndarray, called: np.ndarray) -> float:
    """No false alarms where the recall is at least 0.6, else nothing."""
    right, wrong, missed = counts(y, called)
    return -wrong if right / (right + missed) >= 0.6 - 1e-12 else -np.inf


def even(y: np.ndarray, called: np.ndarray) -> float:
    """The smaller of precision and recall."""
    return float(min(precision_score(y, called, zero_division=0), recall_score(y, called, zero_division=0)))


ORACLES: dict[str, tuple[Rule, Callable[[np.ndarray, np.ndarray], float]]] = {
    "MCC": (Rule("MCC"), matthews_corrcoef),
    "F1": (Rule("F1"), f1_score),
    "balanced accuracy": (Rule("balanced accuracy"), balanced_accuracy_score),
    "break even": (Rule("break even"), even),
    "cost": (Rule("cost", 7.0), cost),
    "precision": (Rule("precision", 0.7), precise),
    "recall": (Rule("recall", 0.6), complete),
}


def test_every_rule_has_an_oracle() -> None:
    assert set(ORACLES) == set(RULES)


@pytest.mark.parametrize("name", RULES)
@given(ROWS)
def test_no_cut_serves_a_rule_better(name: str, rows: Rows) -> None:
    rule, quality = ORACLES[name]
    y, p = np.array([float(label) for label, _ in rows]), np.array([i / 20 for _, i in rows])
    cut = choose_threshold(y, p, rule)
    if len(set(y)) < 2 or len(set(p)) < 2:
        assert cut == 0.5
        return
    values = np.unique(p)
    cuts = [*((values[1:] + values[:-1]) / 2), *([values[0] / 2] if rule.value else [])]
    assert quality(y, p >= cut) == pytest.approx(max(quality(y, p >= c) for c in cuts), abs=1e-9)
    between = np.abs(values - cut).min() > 0.02
    assert between or (rule.value is not None and (p >= cut).all())  # so rounding cannot move a row over it


@pytest.mark.parametrize("name", RULES)
def test_rows_in_another_order_and_unmeasured_ones_change_nothing(name: str) -> None:
    rng = np.random.default_rng(0)
    y = (rng.random(300) < 0.1).astype(float)
    p = 1 / (1 + np.exp(-(2 * y + rng.normal(size=300) - 3)))
    rule = ORACLES[name][0]
    order = rng.permutation(300)
    assert choose_threshold(y[order], p[order], rule) == choose_threshold(y, p, rule)
    assert choose_threshold(np.r_[y, NAN], np.r_[p, 0.9], rule) == choose_threshold(y, p, rule)


def test_of_two_positives_in_ten_thousand_both_are_found() -> None:
    """Cuts at a few hundred quantiles would all lie below them."""
    p = np.linspace(0, 1, 10_000)
    y = np.zeros(10_000)
    y[-2:] = 1
    for name in ("MCC", "F1", "balanced accuracy", "precision", "recall"):
        assert p[-3] < choose_threshold(y, p, ORACLES[name][0]) < p[-2]


def test_a_missed_positive_that_costs_more_lowers_the_threshold() -> None:
    """On true probabilities it lies near 1 / (1 + cost) (Elkan, IJCAI 2001)."""
    rng = np.random.default_rng(1)
    p = rng.random(200_000)
    y = (rng.random(200_000) < p).astype(float)
    for ratio in (0.5, 1.0, 4.0, 19.0):
        assert choose_threshold(y, p, Rule("cost", ratio)) == pytest.approx(1 / (1 + ratio), abs=0.02)


@pytest.mark.parametrize("name", RULES)
def test_the_text_of_a_rule_reads_back(name: str) -> None:
    rule = ORACLES[name][0]
    assert read_rule(rule.text) == rule
    assert read_rule(rule.text.upper().replace(" ", "_")) == rule


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mc", "there is no rule 'mc'"),
        ("", "there is no rule ''"),
        ("0.5", "there is no rule '0.5'"),
        ("cost", "expected cost=NUMBER"),
        ("MCC=1", "expected MCC alone"),
        ("cost=0", "expected a number above 0"),
        ("cost=inf", "expected a number above 0"),
        ("cost=nan", "expected a number above 0"),
        ("precision=1.2", "expected a share above 0 and at most 1"),
        ("recall=high", "expected a share above 0 and at most 1"),
    ],
)
def test_what_is_no_rule_is_refused(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_rule(text)
    assert said in str(caught.value)


def test_half_is_half_whatever_the_rows_say() -> None:
    y, p = np.array([0.0, 0, 1, 1, 1]), np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    assert choose_threshold(y, p, read_rule("Half")) == 0.5 != choose_threshold(y, p)
    with pytest.raises(InputError, match="expected half alone"):
        read_rule("half=1")
