"""Limits as they are written, and Derringer and Suich's functions at their corners."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molkit.errors import InputError
from molkit.screening.limits import Want, desirability, find_target, meets, read_wants
from molkit.types import Target

LOGS = Target("logS", "regression", "log mol/L")
IC50 = Target("IC50", "regression", "nM", log=True)
ACTIVE = Target("active", "binary", classes=("no", "yes"), threshold=0.3)
ODD = Target("P < 0.05 > x", "regression")
TARGETS = (LOGS, IC50, ACTIVE, ODD, Target("logS 7", "regression"))
HALF_WIDTHS = {"logS": 1.0, "IC50": 0.5, "active": None}


def one(*texts: str) -> Want:
    (want,) = read_wants(texts, TARGETS, HALF_WIDTHS)
    return want


@pytest.mark.parametrize(
    ("text", "low", "high", "low_open", "high_open"),
    [
        ("logS > -4", -4, None, True, False),
        ("logS>=-4", -4, None, False, False),
        ("  logs < 1e-1 ", None, 0.1, False, True),
        ("logS ≤ −2", None, -2, False, False),
        ("logS between -4 and -2", -4, -2, False, False),
        ("P < 0.05 > x > 3", 3, None, True, False),
        ("logS 7 < 3", None, 3, False, True),
        ("logS > -4 log mol/L", -4, None, True, False),
        ("IC50 < 100nM", None, 100, False, True),
        ("IC50 BETWEEN 1 nM And 100 nM", 1, 100, False, False),
    ],
)
def test_limits_are_read_as_written(
    text: str, low: float | None, high: float | None, low_open: bool, high_open: bool
) -> None:
    want = one(text)
    assert (want.low, want.high, want.low_open, want.high_open) == (low, high, low_open, high_open)


def test_two_texts_make_two_limits_of_one_target() -> None:
    assert one("logS < -2", "logS >= -4") == one("logS >= -4", "logS < -2")
    assert one("logS < -2", "logS >= -4").text() == "logS >= -4 and < -2 log mol/L"


def test_a_class_is_where_the_model_names_it() -> None:
    yes, no = one("active = yes"), one("active == no")
    p = np.array([0.29, 0.3, 0.31])
    assert meets(yes, p, p).tolist() == [False, True, True]
    assert (meets(no, p, p) == ~meets(yes, p, p)).all()
    assert (yes.text(), no.text()) == ("active = yes", "active = no")


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("logS > -4", -2),  # a whole interval beyond the limit
        ("logS < -4", -6),
        ("logS > -4 to -3.5", -3.5),
        ("IC50 < 100 nM TO 5 nM", 5),
        ("logS between -4 and -1", -2.5),
        ("logS between -4 and -1 to -1.5", -1.5),
        ("IC50 < 100", 10),
        ("IC50 between 1 and 100", 10),
        ("active > 0.5", 1),
        ("active < 0.5", 0),
        ("active = yes", 1),
        ("P < 0.05 > x > 1", None),
    ],
)
def test_the_goal(text: str, goal: float | None) -> None:
    assert one(text).goal == (goal if goal is None else pytest.approx(goal))


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["logD > 1"], "models predict logS, IC50, active"),
        (["logS"], "is no limit"),
        (["-4 < logS"], "the name comes first"),
        (["IC50 < 100 uM"], "cannot be read"),
        (["IC50 < 100 nMx"], "cannot be read"),
        (["logS > high"], "cannot be read"),
        (["logS > -4 -3"], "cannot be read"),
        (["logS > 1e999"], "finite"),
        (["logS = 3"], "never equal"),
        (["active = maybe"], "classes of active are no and yes"),
        (["active > 1"], "as a probability"),
        (["active < 0"], "as a probability"),
        (["active > 30"], "as a probability"),
        (["IC50 > -3"], "above 0"),
        (["logS between 2 and 1"], "no value is both"),
        (["logS > 1", "logS < 1"], "no value is both"),
        (["logS > 1", "logS > 2"], "such a limit already"),
        (["logS > 1 to 0"], "does not lie beyond"),
        (["logS < 1 to 2"], "does not lie beyond"),
        (["IC50 < 10 to 0"], "does not lie beyond"),
        (["active > 0.5 to 3"], "does not lie beyond"),
    ],
)
def test_what_cannot_be_met_or_read_is_refused(texts: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read_wants(texts, TARGETS, HALF_WIDTHS)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=40))
def test_any_text_is_a_limit_or_refused(text: str) -> None:
    try:
        read_wants([f"logS{text}"], TARGETS, HALF_WIDTHS)
    except InputError:
        return


def test_a_target_is_found_in_any_case() -> None:
    assert find_target(" ic50", TARGETS, "--rank-by") == IC50
    with pytest.raises(InputError, match="--rank-by 'x': the models predict logS, "):
        find_target("x", TARGETS, "--rank-by")


def test_both_ends_must_be_within_and_nan_is_not() -> None:
    want = one("logS > -4", "logS <= -2")
    low = np.array([-4.0, -3.9, -3.0, np.nan, -3.0])
    high = np.array([-3.0, -2.0, -1.9, -3.0, np.inf])
    assert meets(want, low, high).tolist() == [False, True, False, False, False]


def test_desirability_is_piecewise_straight() -> None:
    low, high = one("logS > -4 to -2"), one("logS < -2 to -4")
    values = np.linspace(-6, 0, 13)
    expected = np.clip((values + 4) / 2, 0, 1)
    assert desirability(low, values, values) == pytest.approx(expected)
    assert desirability(high, values, values) == pytest.approx(1 - expected)
    both = one("logS between -4 and -1 to -2")
    rise, fall = np.clip((values + 4) / 2, 0, 1), np.clip(-1 - values, 0, 1)
    assert desirability(both, values, values) == pytest.approx(np.minimum(rise, fall))


def test_of_two_ends_the_worse_one_counts() -> None:
    both = one("logS between -4 and -2")
    low, high = np.array([-3.2, -3.6]), np.array([-2.2, -3.0])
    ends = [desirability(both, end, end) for end in (low, high)]
    assert desirability(both, low, high) == pytest.approx(np.minimum(*ends))


def test_a_logarithmic_target_is_straight_in_its_logarithm() -> None:
    want = one("IC50 < 1000 to 10")
    found = desirability(want, *[np.array([1000.0, 100.0, 10.0, 0.0])] * 2)
    assert found == pytest.approx([0, 0.5, 1, 1])


def test_a_limit_at_the_end_of_what_is_possible() -> None:
    want = one("active >= 1")
    p = np.array([0.99, 1.0])
    assert desirability(want, p, p).tolist() == [0, 1]


def test_without_a_goal_desirability_asks_for_one() -> None:
    with pytest.raises(InputError, match=r'as in "P < 0\.05 > x > 1 to 3"'):
        desirability(one("P < 0.05 > x > 1"), np.zeros(1), np.zeros(1))
