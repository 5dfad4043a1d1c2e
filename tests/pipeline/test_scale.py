"""When values are modelled as their logarithm."""

from __future__ import annotations

import numpy as np
import pytest

from molkit.config import RunConfig
from molkit.data.labels import Labels
from molkit.errors import InputError
from molkit.pipeline.scale import check_log
from molkit.pipeline.scale import model_scale as scaled

RNG = np.random.default_rng(0)
SKEWED, EVEN = 10.0 ** RNG.normal(0, 1, 300), RNG.uniform(1, 9, 300)


def model_scale(own: Labels, config: RunConfig) -> tuple[Labels, tuple[bool, ...]]:
    return scaled(own, config, own.values)


def labels(*columns: np.ndarray, kinds: tuple[str, ...] = ("regression", "regression")) -> Labels:
    values = np.stack(columns, axis=1)
    names = tuple(f"t{k}" for k in range(len(columns)))
    blank = ("",) * len(columns)
    return Labels(names, values, np.zeros(values.shape, np.int8), kinds[: len(columns)], blank, (None,) * len(columns))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("metric", "wanted"),
    [("MAE", True), ("Spearman", True), ("kendall", True), ("RMSE", False), ("R2", False), (None, False)],
)
def test_skewed_positive_values_where_the_score_allows_it(metric: str | None, wanted: bool) -> None:
    found, logs = model_scale(labels(SKEWED, EVEN), RunConfig(metric=metric))
    assert logs == (wanted, False)
    np.testing.assert_allclose(found.values[:, 0], np.log10(SKEWED) if wanted else SKEWED)
    np.testing.assert_array_equal(found.values[:, 1], EVEN)
    assert any("log10" in note and "t0" in note for note in found.notes) == wanted


def test_what_was_told_is_done() -> None:
    assert model_scale(labels(SKEWED), RunConfig(metric="MAE", log=False))[1] == (False,)
    assert model_scale(labels(EVEN), RunConfig(log=True))[1] == (True,)


def test_zero_and_missing_values() -> None:
    gaps = SKEWED.copy()
    gaps[::3] = np.nan
    assert model_scale(labels(gaps), RunConfig(metric="MAE"))[1] == (True,)
    gaps[1] = 0.0
    assert model_scale(labels(gaps), RunConfig(metric="MAE"))[1] == (False,)
    with pytest.raises(InputError, match="row 6, column t0"):
        check_log(labels(gaps), RunConfig(log=True), 5)


def test_classes_have_no_logarithm() -> None:
    classes = (SKEWED > 1).astype(float)
    assert model_scale(labels(classes, kinds=("binary",)), RunConfig(metric="MAE"))[1] == (False,)
    with pytest.raises(InputError, match="--log"):
        check_log(labels(classes, kinds=("binary",)), RunConfig(log=True), 1)


def test_values_for_testing_do_not_choose_the_scale() -> None:
    own = labels(np.concatenate([EVEN, SKEWED]))
    assert scaled(own, RunConfig(metric="MAE"), EVEN[:, None])[1] == (False,)
    assert scaled(own, RunConfig(metric="MAE"), SKEWED[:, None])[1] == (True,)
