"""Times as users write them."""

from __future__ import annotations

import pytest

from molkit.errors import InputError
from molkit.tuning.budget import parse_budget
from molkit.tuning.tune import limits_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("20m", 1200), ("2h", 7200), ("20", 1200), (20, 1200), (0.5, 30), (" 1.5 H ", 5400), (".5m", 30)],
)
def test_a_time_is_seconds(text: str | float, seconds: float) -> None:
    assert parse_budget(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "0m", "-5m", "5d", "m", "5 m m", "nan", "inf", "1e3", "20m!", "1:30"])
def test_what_is_no_time_is_answered_with_one(text: str) -> None:
    with pytest.raises(InputError, match="--budget: expected a time above 0 such as 90s"):
        parse_budget(text)


def test_a_search_has_an_end() -> None:
    assert (limits_of("1m", 3).seconds, limits_of("1m", 3).trials, limits_of(None, 1).seconds) == (60, 3, None)
    with pytest.raises(InputError, match="tune needs an end"):
        limits_of(None, None)
    with pytest.raises(InputError, match="--trials should be at least 1, got 0"):
        limits_of(None, 0)
