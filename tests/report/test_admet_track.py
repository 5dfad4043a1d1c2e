"""Tracks: places on an axis by closed form, and what is drawn there."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parsed import Page
from scipy import stats

from molkit.profile.endpoints import ENDPOINTS, Endpoint
from molkit.report.admet_track import SHAPES, Scale, Spot, scale_of, scaled, spot, track

SHARES = np.linspace(0, 1, 101)
FINITE = st.floats(-1e6, 1e6)


@given(FINITE, st.floats(1e-3, 1e6), st.floats(0, 1))
def test_places_are_shares_of_the_axis(low: float, width: float, share: float) -> None:
    assert Scale(low, low + width).place(low + share * width) == pytest.approx(100 * share, abs=0.06)


@given(st.floats(1e-3, 1e3), st.floats(1.1, 1e6), st.floats(0.001, 0.999))
def test_places_on_a_logarithmic_axis_are_shares_of_the_logarithm(low: float, factor: float, share: float) -> None:
    assert Scale(low, low * factor, True).place(low * factor**share) == pytest.approx(100 * share, abs=0.06)


@pytest.mark.parametrize("logarithmic", [False, True])
def test_what_is_beyond_the_axis_stands_just_outside(logarithmic: bool) -> None:
    scale = Scale(1.0, 10.0, logarithmic)
    assert [scale.place(value) for value in (-5.0, 0.0, 0.5, 11.0, 1e9)] == [-2, -2, -2, 102, 102]


def test_long_tails_and_nothing_else_get_a_logarithmic_axis() -> None:
    plain = Endpoint("x", "x", "x")
    heavy, normal = stats.lognorm(1).ppf(SHARES).tolist(), stats.norm(5, 1).ppf(SHARES).tolist()
    assert scale_of(plain, heavy).logarithmic
    assert not scale_of(plain, normal).logarithmic
    assert not scale_of(plain, [value - 1 for value in heavy]).logarithmic  # no logarithm below 0
    assert not scale_of(plain, [-value for value in reversed(heavy)]).logarithmic
    assert scale_of(ENDPOINTS["hERG"], heavy) == Scale(0.0, 1.0)
    constant = scale_of(plain, [3.0] * 101)
    assert constant.place(3.0) == 50


@given(st.lists(st.floats(-100, 100), min_size=101, max_size=101), st.floats(-200, 200), st.floats(0, 100))
def test_the_axis_holds_the_middle_of_drugs_and_the_limits(values: list[float], low: float, width: float) -> None:
    quantiles = sorted(values)
    scale = scale_of(Endpoint("x", "x", "x", welcome=(low, low + width)), quantiles)
    places = [scale.place(value) for value in (quantiles[1], quantiles[50], quantiles[99], low, low + width)]
    assert all(0 <= place <= 100 for place in places)


def drawn(endpoint: Endpoint, scale: Scale, quantiles: list[float], at: Spot) -> dict[str, dict[str, str | None]]:
    return {str(a["class"]): a for _, a in Page(track(endpoint, scale, quantiles, at)).elements}


def test_bands_interval_and_value_are_drawn_where_they_are() -> None:
    """Uniform drugs on [0, 1]: the bands end at the shares themselves."""
    found = drawn(ENDPOINTS["hERG"], Scale(0.0, 1.0), SHARES.tolist(), spot(Scale(0.0, 1.0), 0.8, 0.7, 0.95))
    assert (found["most"]["x"], found["most"]["width"]) == ("5", "90")
    assert (found["half"]["x"], found["half"]["width"]) == ("25", "50")
    assert str(found["median"]["d"]).startswith("M50 ")
    assert (found["interval"]["x"], found["interval"]["width"]) == ("70", "25")
    assert (found["spot"]["x"], found["spot"]["href"]) == ("80", "#spot-open")


def test_the_welcome_range_ends_at_its_limits() -> None:
    scale = Scale(0.0, 4.0)
    quantiles = [4 * share for share in SHARES]
    between = drawn(Endpoint("x", "x", "x", welcome=(1.0, 3.0)), scale, quantiles, Spot())
    above = drawn(Endpoint("x", "x", "x", welcome=(1.0, None)), scale, quantiles, Spot())
    assert between["range"]["d"] == "M25 9H75M25 8V10M75 8V10"
    assert above["range"]["d"] == "M25 9H100M25 8V10"
    assert "range" not in drawn(Endpoint("x", "x", "x"), scale, quantiles, Spot())


def test_a_value_has_the_shape_of_its_verdict_and_a_missing_one_none() -> None:
    defined = {a["id"] for tag, a in Page(SHAPES).elements if tag == "g"}
    marks = {verdict: spot(Scale(0, 1), 0.5, verdict=verdict).mark for verdict in ("welcome", "unwelcome", "")}
    assert set(marks.values()) == defined
    assert Spot().mark == ""
    assert spot(Scale(0, 1), None, 0.2, 0.4) == Spot(None, 20.0, 20.0)
    assert spot(Scale(0, 1), 0.5).width == 0
    assert spot(Scale(0, 1), 0.5, 7.0, 8.0).width > 0  # an interval beyond the axis can be seen


def test_the_ends_of_an_axis_are_told() -> None:
    plain = Endpoint("x", "x", "x")
    for scale, texts in ((Scale(0.5, 20.0, True), ["0.500", "20.0 log"]), (Scale(-1.0, 2.0), ["-1.00", "2.00"])):
        found = Page(scaled(plain, scale, track(plain, scale, [1.0] * 101, Spot())))
        assert found.text == "".join(texts)
    assert math.isclose(Scale(0.5, 20.0, True).place(math.sqrt(10)), 50)
