"""Fold models: nothing that is shipped or scored was chosen on rows that it had seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from molkit.data.folds import plain_folds
from molkit.errors import InputError
from molkit.evaluation.conformal import conformal_quantile
from molkit.evaluation.recalibrate import Calibration
from molkit.pipeline import models as fitted_models
from molkit.pipeline.fitting import fit_ensemble
from molkit.pipeline.plan import Plan
from molkit.types import Column, Measurements

ROWS = 60
COLUMNS = {"drug/row": Column(np.arange(ROWS, dtype=float)[:, None], np.arange(ROWS))}


class Remembering:
    """Predicts the label of every row it was fitted on, and `blank` of any other."""

    needs = ("drug/row",)

    def __init__(self, name: str, kinds: Sequence[str], blank: float = 0.25) -> None:
        self.kind, self.kinds, self.blank = name, kinds, blank
        self.seen: dict[float, np.ndarray] = {}
        self.seed = -1

    def fit(
        self, columns: Any, labels: Measurements, train: np.ndarray, valid: np.ndarray, seed: int, progress: Any
    ) -> None:
        assert not len(valid)
        self.seen = {float(row): labels.values[row] for row in train}
        self.seed = seed
        if progress:
            progress(1, 1, {})

    def predict(self, columns: Any) -> np.ndarray:
        column = columns["drug/row"]
        rows = column.values[column.index, 0]
        return np.array([self.seen.get(float(row), np.full(len(self.kinds), self.blank)) for row in rows])


@pytest.fixture(autouse=True)
def remembering(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitted_models, "new_learner", lambda name, kinds, **_: Remembering(name, kinds))


def measured(values: np.ndarray) -> Measurements:
    return Measurements(values, np.zeros(values.shape, np.int8), np.ones(len(values)))


def slices(rows: np.ndarray) -> Any:
    return lambda count: plain_folds(rows, [rows[place::count] for place in range(count)])


def fitted(
    values: np.ndarray, kinds: tuple[str, ...], folds: dict[str, int], rows: np.ndarray | None = None, **more: Any
) -> Any:
    rows = np.arange(ROWS) if rows is None else rows
    options = {"objective": "squared", "seed": 0, "workers": 2, **more}
    return fit_ensemble(COLUMNS, measured(values), kinds, rows, Plan(folds, 1, 0.0), slices(rows), **options)


def test_no_row_is_predicted_out_of_fold_by_a_model_that_saw_it() -> None:
    values = np.random.default_rng(0).normal(5, 1, (ROWS, 1))
    found = fitted(values, ("regression",), {"boosting": 5, "forest": 3})
    for part in (*found.each, found.unseen, found.crossed):
        np.testing.assert_allclose(part, 0.25)  # a single remembered label would differ
    (half,) = found.trust.half_widths(found.known)
    np.testing.assert_allclose(half, conformal_quantile(np.abs(values[:, 0] - 0.25)))
    assert [len(models) for models in found.ensemble.members] == [5, 3]
    everywhere = found.ensemble.predict(COLUMNS)
    expected = (0.8 * values + 0.2 * 0.25) / 2 + (2 / 3 * values + 0.25 / 3) / 2  # weights are equal
    np.testing.assert_allclose(everywhere, expected)


def test_rows_outside_are_neither_fitted_nor_predicted() -> None:
    values = np.random.default_rng(0).normal(5, 1, (ROWS, 1))
    rows = np.arange(0, ROWS, 2)
    found = fitted(values, ("regression",), {"boosting": 3}, rows)
    outside = np.setdiff1d(np.arange(ROWS), rows)
    assert np.isnan(found.unseen[outside]).all()
    assert np.isfinite(found.unseen[rows]).all()
    seen = {row for model in found.ensemble.members[0] for row in model.seen}
    assert seen == set(map(float, rows))


def test_the_models_differ_in_seed_and_not_by_the_number_of_workers() -> None:
    values = np.random.default_rng(0).normal(5, 1, (ROWS, 1))
    one, two = (fitted(values, ("regression",), {"boosting": 4, "dmpnn": 3}, workers=w) for w in (1, 3))
    seeds = [[model.seed for model in models] for models in one.ensemble.members]
    assert len({seed for group in seeds for seed in group}) == 7
    assert seeds == [[model.seed for model in models] for models in two.ensemble.members]
    np.testing.assert_array_equal(one.unseen, two.unseen)


def seeded(seeds: dict[str, int], **more: Any) -> Any:
    values = np.random.default_rng(0).normal(5, 1, (ROWS, 1))
    plan = Plan({"boosting": 5, "dmpnn": 3}, 1, 0.0, seeds=seeds)
    options = {"objective": "squared", "seed": 0, "workers": 2, **more}
    rows = np.arange(ROWS)
    return fit_ensemble(COLUMNS, measured(values), ("regression",), rows, plan, slices(rows), **options)


class Drawing(Remembering):
    """Says a number of its own seed of any row that it was not fitted on, and nothing true of one that it was."""

    def predict(self, columns: Any) -> np.ndarray:
        column = columns["drug/row"]
        rows = column.values[column.index, 0]
        own = self.seed % 1009 / 1009
        return np.array([[np.nan if float(row) in self.seen else own] for row in rows])


def test_an_unseen_row_has_the_mean_of_the_seeds_of_its_fold(monkeypatch: pytest.MonkeyPatch) -> None:
    """A single model that saw the row would make it NaN."""
    monkeypatch.setattr(fitted_models, "new_learner", lambda name, kinds, **_: Drawing(name, kinds))
    found = seeded({"boosting": 3, "dmpnn": 2})
    assert [len(models) for models in found.ensemble.members] == [15, 6]
    for models, said, each, folds in zip(found.ensemble.members, found.said, found.each, (5, 3), strict=True):
        assert len({model.seed for model in models}) == len(models)
        for row in range(ROWS):
            unseen = [model.seed % 1009 / 1009 for model in models if float(row) not in model.seen]
            assert len(unseen) == len(models) // folds
            np.testing.assert_allclose(said[:, row, 0], unseen)
            assert each[row, 0] == pytest.approx(np.mean(unseen))
    apart = np.log(np.abs(found.said[0][:, None] - found.said[1][None]) + found.trust.floors).mean(axis=(0, 1))
    np.testing.assert_allclose(found.known.apart, apart)


def test_the_models_of_the_first_seed_are_those_of_a_smaller_ensemble() -> None:
    small, large = seeded({}), seeded({"boosting": 2})
    for few, many in zip(small.ensemble.members, large.ensemble.members, strict=True):
        assert [model.seed for model in few] == [model.seed for model in many[: len(few)]]
        assert [set(model.seen) for model in few] == [set(model.seen) for model in many[: len(few)]]
    assert len(large.seconds) == 2
    assert min(large.seconds) >= 0


def test_learners_are_weighted_as_the_plan_says(monkeypatch: pytest.MonkeyPatch) -> None:
    blanks = {"boosting": 5.0, "dmpnn": 0.0}  # of labels around 5
    monkeypatch.setattr(fitted_models, "new_learner", lambda name, kinds, **_: Remembering(name, kinds, blanks[name]))
    values, rows = np.random.default_rng(0).normal(5, 1, (ROWS, 1)), np.arange(ROWS)
    for combine, expected in (("best", [1, 0]), ("mean", [0.5, 0.5])):
        plan = Plan({"boosting": 3, "dmpnn": 3}, 1, 0.0, combine=combine)
        found = fit_ensemble(COLUMNS, measured(values), ("regression",), rows, plan, slices(rows), "squared", 0)
        assert found.ensemble.weights[:, 0].tolist() == expected
        np.testing.assert_allclose(found.crossed, 5.0 * expected[0])


def test_a_fold_never_leaves_a_target_nothing_to_learn() -> None:
    """All measured values of target 2 lie in one of five folds, in two of three: three folds are made."""
    values = np.full((ROWS, 2), 1.0)
    values[:, 0] = np.arange(ROWS)
    values[:, 1] = np.nan
    values[[0, 5, 10, 15], 1] = 1.0, 2.0, 3.0, 4.0
    found = fitted(values, ("regression", "regression"), {"boosting": 5})
    assert 1 < len(found.held_out) < 5
    for fold in found.held_out:
        rest = np.setdiff1d(np.arange(ROWS), fold)
        assert (~np.isnan(values[rest])).sum(axis=0).min() >= 2


def test_without_folds_there_is_one_model_and_nothing_is_chosen() -> None:
    values = np.array([[0.0], [1.0]] * (ROWS // 2))
    rows = np.arange(ROWS)
    found = fit_ensemble(COLUMNS, measured(values), ("binary",), rows, Plan({"boosting": 5}, 1, 0.0), lambda _: [],
                         objective="squared", seed=0)  # fmt: skip
    assert [len(models) for models in found.ensemble.members] == [1]
    assert found.thresholds == (0.5,)
    assert found.ensemble.calibration == (Calibration(),)
    assert found.trust.classes == (None,)
    assert np.isnan(found.unseen).all()
    plan = Plan({"boosting": 5}, 1, 0.0, seeds={"boosting": 2})
    again = fit_ensemble(COLUMNS, measured(values), ("binary",), rows, plan, lambda _: [], objective="squared", seed=0)
    assert [len(models) for models in again.ensemble.members] == [2]


def test_a_stop_ends_the_other_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(Remembering):
        def fit(self, *arguments: Any) -> None:
            raise FloatingPointError("the training loss became nan")

    monkeypatch.setattr(fitted_models, "new_learner", lambda name, kinds, **_: Failing(name, kinds))
    values = np.random.default_rng(0).normal(5, 1, (ROWS, 1))
    with pytest.raises(InputError, match=r"boosting: the training loss became nan.*--log"):
        fitted(values, ("regression",), {"boosting": 5})


def test_progress_rises_to_the_whole() -> None:
    told: list[tuple[int, int]] = []
    values = np.random.default_rng(0).normal(5, 1, (ROWS, 1))
    fitted(values, ("regression",), {"boosting": 4}, progress=lambda stage, done, total, _: told.append((done, total)))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (400, 400)
