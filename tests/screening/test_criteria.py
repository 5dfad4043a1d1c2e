"""Scores and limits of whole rows against their formulas, and probabilities against simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from molkit.errors import InputError
from molkit.screening.criteria import Criteria, Judged, chance, judge, read_criteria
from molkit.screening.limits import read_wants
from molkit.screening.words import hopeless_limits, ranking_sentences
from molkit.types import Target

LOGS = Target("logS", "regression", "log mol/L")
IC50 = Target("IC50", "regression", "nM", log=True)
ACTIVE = Target("active", "binary", classes=("no", "yes"), threshold=0.3)
TARGETS = (LOGS, IC50, ACTIVE)
HALF_WIDTHS = {"logS": 1.0, "IC50": 0.5, "active": None}

COLUMNS: dict[str, list[Any]] = {
    "status": ["ok", "ok", "ok", "ok", "invalid_syntax"],
    "logS_pred": [-3.0, -5.0, -1.0, -3.9, None],
    "logS_lo90": [-4.0, -6.0, -2.0, -4.9, None],
    "logS_hi90": [-2.0, -4.0, 0.0, -2.9, None],
    "IC50_pred": [10.0, 1.0, 500.0, 100.0, None],
    "IC50_lo90": [3.0, 0.3, 150.0, 30.0, None],
    "IC50_hi90": [30.0, 3.0, 1500.0, None, None],
    "active_pred": [0.9, 0.2, 0.5, 0.3, None],
}


def judged(*wants: str, **options: Any) -> Judged:
    return judge(criteria(*wants, **options), COLUMNS)


def criteria(*wants: str, **options: Any) -> Criteria:
    return read_criteria(TARGETS, HALF_WIDTHS, wants, **options)


def order(found: Judged) -> list[int]:
    rows = np.flatnonzero(found.eligible)
    return rows[np.argsort(-found.key[rows], kind="stable")].tolist()


def test_one_target_highest_first_or_lowest() -> None:
    assert order(judged(rank_by="logS")) == [2, 0, 3, 1]
    assert order(judged(rank_by="logS", lowest=True)) == [1, 3, 0, 2]
    assert judged(rank_by="logS", lowest=True).score[:4].tolist() == COLUMNS["logS_pred"][:4]
    only = read_criteria([LOGS], HALF_WIDTHS)
    assert order(judge(only, COLUMNS)) == [2, 0, 3, 1]


def test_a_limit_is_hard_and_says_which_end_is_best() -> None:
    assert order(judged("logS > -4")) == [2, 0, 3]
    assert order(judged("logS < -2")) == [1, 3, 0]
    assert judged("logS > -4").met.tolist() == [True, False, True, True, False]
    assert order(judged("IC50 < 100", rank_by="logS")) == [0, 1]


def test_the_bound_is_the_unfavourable_end() -> None:
    assert order(judged("logS >= -4", rank="bound")) == [2, 0]
    assert judged("logS >= -4", rank="bound").score[:4].tolist() == COLUMNS["logS_lo90"][:4]
    lowest = judged(rank_by="logS", rank="bound", lowest=True)
    assert lowest.score[:4].tolist() == COLUMNS["logS_hi90"][:4]
    assert order(judged("IC50 < 1e9", rank="bound")) == [1, 0, 2]  # row 3 ends beyond all numbers
    between = judged("logS between -4.5 and -1.5", rank="bound")
    assert order(between) == [0]
    assert between.score[0] == pytest.approx(1 / 3)  # half a unit of the 1.5 from either limit to the middle


def test_several_limits_give_the_geometric_mean_of_desirabilities() -> None:
    found = judged("logS > -4 to -2", "active > 0.25 to 0.75", "IC50 < 1000 to 10")
    assert found.met.tolist() == [True, False, True, True, False]
    assert found.score[0] == pytest.approx((0.5 * 1 * 1) ** (1 / 3))
    assert found.score[2] == pytest.approx((1 * 0.5 * (3 - np.log10(500)) / 2) ** (1 / 3))
    assert found.score[3] == pytest.approx((0.05 * 0.1 * 0.5) ** (1 / 3))
    assert order(found) == [0, 2, 3]


def test_probabilities_multiply_and_soften_the_limits() -> None:
    found = judged("logS > -4", "active = yes", rank="probability")
    deviation = 1 / 1.6449
    assert found.score[:4] == pytest.approx(
        norm.sf(-4, COLUMNS["logS_pred"][:4], deviation) * COLUMNS["active_pred"][:4]
    )
    assert found.eligible.tolist() == [True, True, True, True, False]
    assert found.met.tolist() == [True, False, True, True, False]
    no = judged("active = no", rank="probability")
    assert no.score[:4] == pytest.approx([0.1, 0.8, 0.5, 0.7])


def test_by_probability_a_limit_on_a_probability_or_of_another_target_stays_hard() -> None:
    assert order(judged("logS > -4", "active > 0.4", rank="probability")) == [0, 2]
    assert order(judged("logS > -4", "IC50 < 50", rank="probability", rank_by="logS")) == [0, 1]


@pytest.mark.parametrize("text", ["logS > -4", "logS < -3.5", "logS between -4 and -2.5"])
def test_chance_is_the_share_of_simulated_true_values(text: str) -> None:
    (want,) = read_wants([text], TARGETS, HALF_WIDTHS)
    draws = np.random.default_rng(1).normal(-3.2, 0.8 / 1.6449, 200_000)
    low, high = want.low if want.low is not None else -np.inf, want.high if want.high is not None else np.inf
    expected = ((draws > low) & (draws < high)).mean()
    assert chance(want, *map(np.array, ([-3.2], [-4.0], [-2.4])))[0] == pytest.approx(expected, abs=0.004)


def test_chance_of_a_logarithmic_target_is_normal_in_its_logarithm() -> None:
    (want,) = read_wants(["IC50 < 100"], TARGETS, HALF_WIDTHS)
    value, half = 20.0, 0.5
    ends = np.array([value]), np.array([value / 10**half]), np.array([value * 10**half])
    expected = norm.cdf((2 - np.log10(value)) * 1.6449 / half)
    assert chance(want, *ends)[0] == pytest.approx(expected)
    for missing in ((0.0, ends[2][0]), (ends[1][0], np.inf)):  # an end that is beyond all numbers
        assert chance(want, ends[0], *(np.array([end]) for end in missing))[0] == pytest.approx(expected)


def test_small_chances_keep_their_digits_on_either_side() -> None:
    above, below = read_wants(["logS > 10"], TARGETS, HALF_WIDTHS)[0], read_wants(["logS < -10"], TARGETS, {})[0]
    ends = [np.array([value]) for value in (0.0, -1.6449, 1.6449)]
    assert chance(above, *ends)[0] == pytest.approx(norm.sf(10), rel=1e-9)
    assert chance(below, *ends)[0] == pytest.approx(norm.sf(10), rel=1e-9)
    between = read_wants(["logS between 10 and 11"], TARGETS, HALF_WIDTHS)[0]
    assert chance(between, *ends)[0] == pytest.approx(norm.sf(10) - norm.sf(11), rel=1e-9)


def test_wider_intervals_of_single_rows_count() -> None:
    (want,) = read_wants(["logS > -4"], TARGETS, HALF_WIDTHS)
    found = chance(want, np.array([-3.0, -3.0]), np.array([-3.5, -5.0]), np.array([-2.5, -1.0]))
    assert 0.5 < found[1] < found[0]


def test_of_unequal_ends_their_mean_distance_counts() -> None:
    (want,) = read_wants(["logS > -4"], TARGETS, HALF_WIDTHS)
    unequal = chance(want, np.array([-3.0]), np.array([-3.2]), np.array([-1.2]))
    equal = chance(want, np.array([-3.0]), np.array([-4.0]), np.array([-2.0]))
    assert unequal[0] == equal[0] == pytest.approx(norm.cdf(1.6449))


@pytest.mark.parametrize(("text", "expected"), [("IC50 < 100", 0.5), ("IC50 > 1", 0.5), ("IC50 between 1 and 100", 0)])
def test_an_interval_of_all_numbers_says_nothing(text: str, expected: float) -> None:
    (want,) = read_wants([text], TARGETS, HALF_WIDTHS)
    found = chance(want, np.array([20.0]), np.array([0.0]), np.array([np.inf]))
    assert found[0] == pytest.approx(expected)


def test_by_the_bound_a_sure_row_comes_before_a_higher_one_that_is_not() -> None:
    columns = {"status": ["ok", "ok"], "logS_pred": [-2.0, -3.0], "logS_lo90": [-6.0, -3.5], "logS_hi90": [2.0, -2.5]}
    found = judge(read_criteria([LOGS], HALF_WIDTHS, rank="bound"), columns)
    assert order(found) == [1, 0]
    assert judge(read_criteria([LOGS], HALF_WIDTHS, ["logS > -4"], "bound"), columns).met.tolist() == [False, True]


@pytest.mark.parametrize(
    ("wants", "options", "said"),
    [
        ((), {}, "say what is wanted"),
        ((), {"rank": "luck", "rank_by": "logS"}, "known are prediction, bound, probability"),
        ((), {"rank_by": "logD"}, "models predict"),
        ((), {"rank": "probability", "rank_by": "logS"}, "give one, as in"),
        (("logS > -4",), {"rank": "probability", "lowest": True}, "--lowest"),
        (("logS > -4", "active > 0.5"), {"lowest": True}, "--rank-by"),
        (("logS between -4 and -2",), {"lowest": True}, "--rank-by"),
        (("active between 0.2 and 0.4",), {"rank": "probability"}, "either wanted or not"),
    ],
)
def test_options_that_do_not_go_together(wants: tuple[str, ...], options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        criteria(*wants, **options)


def test_a_model_without_intervals_cannot_be_ranked_by_them() -> None:
    columns = {**COLUMNS, "logS_lo90": [None] * 5, "logS_hi90": [None] * 5}
    with pytest.raises(InputError, match="stores no interval for logS"):
        judge(criteria("logS > -4", rank="bound"), columns)


def test_only_the_columns_that_decide_are_asked_for() -> None:
    assert criteria("logS > -4").groups == ("pred",)
    assert criteria("logS > -4", rank="bound").groups == ("pred", "interval")
    assert [target.name for target in criteria("logS > -4", rank_by="IC50").targets] == ["logS", "IC50"]


def test_the_words_state_limits_score_and_functions() -> None:
    words = " ".join(ranking_sentences(criteria("logS > -4", "IC50 between 1 and 100", "active = yes")))
    for part in ("logS > -4 log mol/L", "geometric mean", "Derringer", "0 at -4 and below, 1 at -2 and above",
                 "0 at 1 and 100, 1 at 10, straight between, straight in the logarithm", "active = yes"):  # fmt: skip
        assert part in words
    words = " ".join(ranking_sentences(criteria("logS > -4", "active > 0.5", rank="probability")))
    assert "Hard limits, by the prediction: probability of active = yes > 0.5." in words
    assert "logS > -4 log mol/L and active = yes, as the product" in words
    words = " ".join(ranking_sentences(criteria(rank_by="active", rank="bound", lowest=True)))
    assert "lowest first" in words
    assert "has no interval" in words


def test_limits_closer_together_than_a_typical_interval_are_told() -> None:
    def told(*wants: str, rank: str = "bound") -> list[str]:
        return hopeless_limits(criteria(*wants, rank=rank), HALF_WIDTHS)

    assert told("logS between -4 and -2.1")[0].startswith("Few rows can meet logS >= -4 and <= -2.1 log mol/L")
    assert told("IC50 between 10 and 99")
    assert not any(
        map(told, ["logS between -4 and -2", "logS > -4", "IC50 between 10 and 101", "active between 0 and 1"])
    )
    assert not told("logS between -4 and -3", rank="prediction")


def test_a_score_is_never_minus_zero() -> None:
    columns = {name: [-0.0] for name in COLUMNS} | {"status": ["ok"]}
    found = judge(criteria(rank_by="logS", lowest=True), columns)
    assert not np.signbit(found.score).any()
