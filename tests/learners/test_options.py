"""Options of learners changed by name."""

from __future__ import annotations

from typing import Any

import pytest

from molkit.config import RunConfig
from molkit.errors import InputError
from molkit.features import KIND_OF
from molkit.learners import LEARNERS, new_learner
from molkit.learners.growing import BoostingOptions
from molkit.learners.inputs import DRUG, NETWORKS
from molkit.learners.network_options import NeuralOptions
from molkit.learners.options import CHOICES, LIMITS, changed
from molkit.nn import HEADS
from molkit.pipeline.checks import check_config


def test_what_is_named_changes_and_the_rest_stays() -> None:
    assert changed(BoostingOptions(), "boosting", {"trees": 7, "learning_rate": 1}) == BoostingOptions(7, 1.0)
    found = changed(NeuralOptions(), "dmpnn", {"width": 32, "batch_size": 16})
    assert (found.width, found.fit.batch_size, found.depth) == (32, 16, NeuralOptions().depth)
    assert changed(NeuralOptions(), "dmpnn", None) == NeuralOptions()


@pytest.mark.parametrize("kind", LEARNERS)
def test_every_option_has_limits_that_hold_its_default(kind: str) -> None:
    """An option without would be looked up in vain when it is given."""
    inputs = {"one": KIND_OF[NETWORKS[kind]]} if kind in NETWORKS else DRUG
    options = new_learner(kind, ("binary",), inputs=inputs).options  # type: ignore[attr-defined]
    for part in (options, *([options.fit] if hasattr(options, "fit") else [])):
        for name, value in vars(part).items():
            if isinstance(value, int | float | str):
                assert value in CHOICES[name] if name in CHOICES else LIMITS[name][0] <= value <= LIMITS[name][1]


def test_a_learner_takes_them() -> None:
    assert new_learner("forest", ("binary",), changes={"trees": 3}).options.trees == 3  # type: ignore[attr-defined]
    assert new_learner("linear", ("binary",), changes={"folds": 3}).options.folds == 3  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"boosting": {"tree": 3}}, "boosting has no option 'tree'; did you mean 'trees'?"),
        ({"boosting": {"trees": 3.5}}, "boosting: trees should be int, got 3.5"),
        ({"boosting": {"trees": True}}, "boosting: trees should be int, got True"),
        ({"bosting": {"trees": 3}}, "there is no learner 'bosting'; did you mean 'boosting'?"),
        ({"dmpnn": {"inputs": 3}}, "dmpnn has no option 'inputs'"),
        ({"boosting": {"imbalance": "balanced"}}, "boosting: there is no imbalance 'balanced'; did you mean"),
        (
            {"boosting": {"objective": "median"}},
            "boosting: there is no objective 'median'; known are squared, absolute",
        ),
        ({"boosting": {"trees": 0}}, "boosting: trees should be from 1 to 1e+09, got 0"),
        ({"forest": {"columns_per_split": 3.0}}, "columns_per_split should be from 1e-09 to 1, got 3.0"),
        ({"linear": {"weakest": 0}}, "linear: weakest should be from 1e-12"),
        ({"dmpnn": {"dropout": 1.5}}, "dmpnn: dropout should be from 0 to 0.99, got 1.5"),
        ({"dmpnn": {"batch_size": 0}}, "dmpnn: batch_size should be from 1"),
        ({"dmpnn": {"learning_rate": float("nan")}}, "dmpnn: learning_rate should be from"),
        ({"forest": {"imbalance": "focal"}}, "forest: focal is for networks"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_fitted(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        check_config(RunConfig(options=options))
    assert said in str(caught.value)


def test_the_heads_that_can_be_named_are_those_that_there_are() -> None:
    assert CHOICES["head"] == ("auto", *HEADS)
