"""Endpoints agree with the data cards, and verdicts are certain or none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from molkit.data.cards import find_card
from molkit.errors import InputError
from molkit.profile.endpoints import ENDPOINTS, SECTIONS, Endpoint, choose_endpoints, verdict


def test_endpoints_are_those_of_the_cards() -> None:
    assert len(ENDPOINTS) == 22
    for endpoint in ENDPOINTS.values():
        (target,) = find_card(endpoint.card).targets
        assert target.kind == endpoint.kind
        if endpoint.kind == "regression":
            assert endpoint.unit == target.unit


def test_choosing_by_name_and_section_keeps_the_order_of_the_profile() -> None:
    assert choose_endpoints(None) == tuple(ENDPOINTS.values())
    assert [found.name for found in choose_endpoints("ames, herg,")] == ["hERG", "AMES"]
    chosen = [name for section in SECTIONS for name in (found.name for found in choose_endpoints(section))]
    assert chosen == list(ENDPOINTS)


@pytest.mark.parametrize(
    ("names", "hint"),
    [
        ("hERQ", "did you mean 'hERG'"),
        ("metabolsm", "did you mean 'Metabolism'"),
        ("all", "known are Caco2"),
        ("", "known are Caco2"),
        ([], "known are Caco2"),
    ],
)
def test_an_unknown_endpoint_is_refused_with_those_known(names: str | list[str], hint: str) -> None:
    with pytest.raises(InputError, match=rf"--endpoints: there is no endpoint .*{hint}"):
        choose_endpoints(names)


NUMBER = Endpoint("x", "X", "Absorption", "u", welcome=(1.0, 3.0))
CLASS = Endpoint("y", "Y", "Toxicity", "probability", ("no", "yes"), (None, 0.5))


@given(
    st.floats(-10, 10), st.floats(0, 10), st.sampled_from([None, -10.0, 1.0]), st.sampled_from([None, 3.0, 10.0]),
    st.sampled_from(["in", "edge", "out"]),
)  # fmt: skip
def test_a_verdict_holds_for_every_value_of_the_interval(
    low: float, width: float, lowest: float | None, highest: float | None, domain: str
) -> None:
    endpoint = Endpoint("x", "X", "Absorption", "u", welcome=(lowest, highest))
    said = verdict(endpoint, {"value": low, "low": low, "high": low + width, "in_domain": domain})
    inside = [(lowest is None or lowest <= value) and (highest is None or value <= highest)
              for value in (low, low + width / 3, low + width)]  # fmt: skip
    if said:
        assert domain != "out"
        assert all(inside) if said == "welcome" else not any(inside)
    elif domain != "out" and width == 0:
        raise AssertionError("an interval without width is on one side")


def test_a_verdict_on_classes_needs_a_set_of_one() -> None:
    sets = ("no", "yes", "no or yes")
    said = {(value, name): verdict(CLASS, {"value": value, "set": name, "in_domain": "in"})
            for value in (0.1, 0.9) for name in sets}  # fmt: skip
    assert {key: word for key, word in said.items() if word} == {(0.1, "no"): "welcome", (0.9, "yes"): "unwelcome"}
    assert verdict(CLASS, {"value": 0.9, "set": None, "in_domain": "in"}) == ""
    assert verdict(CLASS, {"value": 0.9, "set": "yes", "in_domain": "out"}) == ""


def test_there_is_no_verdict_where_no_side_is_better_or_no_interval_known() -> None:
    assert verdict(ENDPOINTS["BBB_Martins"], {"value": 0.99, "set": "penetrates", "in_domain": "in"}) == ""
    assert verdict(NUMBER, {"value": 2.0, "low": None, "high": None, "in_domain": "in"}) == ""
