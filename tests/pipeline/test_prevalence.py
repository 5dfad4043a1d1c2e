"""Shares of positives: read, checked, and put into the probabilities."""

from __future__ import annotations

from typing import Any

import pytest

from molkit.errors import InputError
from molkit.pipeline.prevalence import read_prevalences


def model(**shares: float | None) -> dict[str, Any]:
    """What the function reads of a model file: a number, and classes with the shares they were trained with."""
    targets = [{"name": "logS", "kind": "regression", "classes": None}]
    targets += [{"name": name, "kind": "binary", "classes": ["0", "1"]} for name in shares]
    return {"targets": targets, "trust": {"shares": [None, *shares.values()]}}


def test_shares_with_and_without_a_name() -> None:
    assert read_prevalences(["0.02"], [model(toxic=0.3)]) == (("toxic", 0.02),)
    assert read_prevalences(["a=0.02", "b=5e-1"], [model(a=0.3), model(b=0.1)]) == (("a", 0.02), ("b", 0.5))
    assert read_prevalences(["a=b=0.1"], [model(**{"a=b": 0.3})]) == (("a=b", 0.1),)
    assert read_prevalences([], [model()]) == ()


@pytest.mark.parametrize(
    ("texts", "shares", "says"),
    [
        (["0.1"], {"a": 0.3, "b": 0.1}, "say of which target.*'a', 'b'"),
        (["0.1"], {}, "say of which target.*no target"),
        (["logS=0.1"], {"a": 0.3}, "classes of 'a'"),
        (["a=2 %"], {"a": 0.3}, "expected a share between 0 and 1"),
        (["a=1"], {"a": 0.3}, "expected a share between 0 and 1"),
        (["a=nan"], {"a": 0.3}, "expected a share between 0 and 1"),
        (["a=0.1", "a=0.2"], {"a": 0.3}, "given twice"),
        (["0.1"], {"a": None}, "train again"),
    ],
)
def test_what_is_no_share_is_refused(texts: list[str], shares: dict[str, float | None], says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_prevalences(texts, [model(**shares)])


def test_a_model_file_from_before_shares_were_kept_is_refused() -> None:
    old = {key: value for key, value in model(a=0.3).items() if key != "trust"}
    with pytest.raises(InputError, match="train again"):
        read_prevalences(["0.1"], [old])


@pytest.mark.parametrize("places", [(0, 1), (1, 0)])
def test_one_of_two_models_without_a_share_is_refused(places: tuple[int, int]) -> None:
    """Its probabilities would stay as they are, beside those of the other."""
    models = [model(a=0.3), {key: value for key, value in model(a=0.3).items() if key != "trust"}]
    with pytest.raises(InputError, match="train again"):
        read_prevalences(["0.1"], [models[place] for place in places])
