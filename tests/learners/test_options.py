"""Options of learners changed by name."""

from __future__ import annotations

from typing import Any

import pytest

from molkit.config import RunConfig
from molkit.errors import InputError
from molkit.learners import new_learner
from molkit.learners.growing import BoostingOptions
from molkit.learners.neural import NeuralOptions
from molkit.learners.options import changed
from molkit.pipeline.checks import check_config


def test_what_is_named_changes_and_the_rest_stays() -> None:
    assert changed(BoostingOptions(), "boosting", {"trees": 7, "learning_rate": 1}) == BoostingOptions(7, 1.0)
    found = changed(NeuralOptions(), "dmpnn", {"width": 32, "batch_size": 16})
    assert (found.width, found.fit.batch_size, found.depth) == (32, 16, NeuralOptions().depth)
    assert changed(NeuralOptions(), "dmpnn", None) == NeuralOptions()


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
    ],
)
def test_what_is_wrong_is_said_before_anything_is_fitted(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        check_config(RunConfig(options=options))
    assert said in str(caught.value)
