"""What is fitted for how much, from numbers alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from molkit.errors import InputError
from molkit.learners import LEARNERS
from molkit.pipeline.models import planned
from molkit.pipeline.plan import (
    AUTO,
    FEW_COMPOUNDS,
    MANY_COMPOUNDS,
    Plan,
    augmentations,
    candidates,
    check_learners,
    choose_plan,
    size_notes,
)


def auto(rows: int, targets: int = 1, budget: float | None = None) -> dict[str, int]:
    return choose_plan(rows, targets, (AUTO,), 5, None, budget).folds


def test_the_linear_learner_stands_for_the_network_where_compounds_are_few() -> None:
    assert list(auto(FEW_COMPOUNDS - 1)) == ["linear", "boosting", "forest"]
    assert list(auto(FEW_COMPOUNDS)) == list(auto(MANY_COMPOUNDS)) == ["linear", "boosting", "forest", "dmpnn"]
    assert list(auto(MANY_COMPOUNDS + 1)) == ["boosting", "forest", "dmpnn"]
    assert set(auto(FEW_COMPOUNDS - 1)) | set(auto(FEW_COMPOUNDS)) == set(candidates((AUTO,)))


@given(st.integers(20, 100_000), st.integers(1, 50))
def test_every_learner_has_three_to_five_fold_models(rows: int, targets: int) -> None:
    assert set(auto(rows, targets).values()) <= {3, 4, 5}


@given(st.integers(20, 50_000), st.integers(1, 20), st.floats(0.05, 1000))
def test_a_budget_is_kept_or_refused(rows: int, targets: int, budget: float) -> None:
    free = choose_plan(rows, targets, (AUTO,), 5, None, None)
    least = choose_plan(rows, targets, ("boosting",), 3, None, None)
    if budget * 60 < least.seconds:
        with pytest.raises(InputError, match="--budget"):
            choose_plan(rows, targets, (AUTO,), 5, None, budget)
        return
    plan = choose_plan(rows, targets, (AUTO,), 5, None, budget)
    assert least.seconds <= plan.seconds <= budget * 60
    assert all(count <= free.folds[name] for name, count in plan.folds.items())
    assert choose_plan(rows, targets, (AUTO,), 5, None, budget * 2).seconds >= plan.seconds


def test_networks_are_given_up_before_trees() -> None:
    full = choose_plan(2000, 1, (AUTO,), 5, None, None)
    ladder = [choose_plan(2000, 1, (AUTO,), 5, None, minutes).folds for minutes in (full.seconds / 60, 1.2, 0.3)]
    assert "dmpnn" in ladder[0]
    assert [list(folds) for folds in ladder[1:]] == [["boosting", "forest"], ["boosting"]]


def test_epochs_are_what_suits_each_network_unless_they_are_told() -> None:
    usual = choose_plan(300, 1, ("cnn", "resnet"), 3, None, None, kinds=("image",))
    assert usual.epochs is None
    thirty, twenty = (choose_plan(300, 1, (name,), 3, None, None, kinds=("image",)) for name in ("cnn", "resnet"))
    told = [choose_plan(300, 1, (name,), 3, epochs, None) for name, epochs in (("cnn", 30), ("resnet", 20))]
    assert [thirty.seconds, twenty.seconds] == [plan.seconds for plan in told]
    assert usual.seconds == pytest.approx(thirty.seconds + twenty.seconds)
    for name, epochs in (("cnn", 30), ("resnet", 20), ("dmpnn", 40)):
        kind = "smiles" if name == "dmpnn" else "image"
        learner: Any = planned(usual, name, ("binary",), "squared", {"it": kind})
        assert learner.options.fit.epochs == epochs


def test_larger_images_take_longer() -> None:
    small, large = (choose_plan(300, 1, ("cnn",), 3, None, None, kinds=("image",), effort=effort) for effort in (1, 4))
    assert large.seconds == 4 * small.seconds


def test_learners_that_were_named_are_all_there_without_a_budget() -> None:
    plan = choose_plan(300, 1, ("forest", "gin"), 4, 7, None)
    assert (plan.folds, plan.epochs) == ({"forest": 4, "gin": 4}, 7)


@pytest.mark.parametrize("names", [("magic",), (), ("forest", "forest"), (AUTO, "forest")])
def test_learners_that_cannot_be_are_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(InputError):
        check_learners(names)
    check_learners(tuple(LEARNERS))


def sized(size: int | None, budget: float | None = None, rows: int = 2000, folds: int = 5) -> Plan:
    return choose_plan(rows, 1, ("boosting", "dmpnn"), folds, None, budget, ensemble_size=size)


@given(st.integers(2, 60), st.integers(20, 5000), st.integers(2, 8))
def test_an_ensemble_has_the_fewest_whole_folds_that_make_its_size(size: int, rows: int, folds: int) -> None:
    plan = sized(size, rows=rows, folds=folds)
    for name, count in plan.folds.items():
        assert count <= min(size, folds)
        assert size <= plan.size(name) < size + count
    assert len(size_notes(plan, size)) == any(size % count for count in plan.folds.values())


def test_fewer_models_than_folds_are_fewer_folds() -> None:
    assert sized(2).folds == {"boosting": 2, "dmpnn": 2}
    assert sized(2).seeds == {}
    assert sized(None) == choose_plan(2000, 1, ("boosting", "dmpnn"), 5, None, None)


def test_a_plan_says_how_many_models_of_folds_and_seeds_it_has() -> None:
    plan = sized(10)
    assert "10 of boosting (5 folds, 2 seeds), 12 of dmpnn (3 folds, 4 seeds)" in plan.sentence
    (note,) = size_notes(plan, 10)
    assert "12 of dmpnn" in note
    assert "boosting" not in note
    assert size_notes(sized(None), None) == []


def test_time_grows_with_seeds_and_a_budget_takes_these_first() -> None:
    one, four = sized(None), sized(20)
    assert four.size("boosting") == 20
    assert four.seconds > 3 * one.seconds
    fewer = sized(20, four.seconds / 60 - 0.01)
    assert fewer.folds == four.folds
    assert 1 < max(fewer.seeds.values()) < max(four.seeds.values())
    assert "as the budget allows no more" in size_notes(fewer, 20)[0]
    assert sized(20, one.seconds / 60).seconds == one.seconds


def test_a_learner_that_says_the_same_with_any_seed_is_fitted_with_one() -> None:
    plan = choose_plan(300, 1, ("linear", "forest"), 5, None, None, ensemble_size=15)
    assert [plan.size(name) for name in plan.folds] == [5, 15]
    assert "only one seed of linear" in size_notes(plan, 15)[0]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("blur",), "there is no augmentation 'blur'; known are none, mask, drop"),
        ((), "there is no augmentation ''"),
        (("none", "mask"), "none stands alone"),
        (("mask", "mask"), "named twice"),
        (("mask",), "add --learner dmpnn, or leave it out"),
        (("mixup",), "this run fits boosting, forest"),
    ],
)
def test_augmentations_that_cannot_be_are_refused(names: tuple[str, ...], said: str) -> None:
    with pytest.raises(InputError) as caught:
        augmentations(names, ("boosting", "forest"))
    assert said in str(caught.value)


def test_augmentations_concern_the_default_encoders_of_other_inputs_as_well() -> None:
    inputs = {"scan": "image", "drug": "smiles"}
    assert augmentations(("image", "mask"), ("boosting", "dmpnn"), inputs) == {"image": ("dmpnn",), "mask": ("dmpnn",)}
    assert augmentations(("flip",), ("boosting", "cnn"), {"scan": "image"}) == {"flip": ("cnn",)}
    with pytest.raises(InputError, match="add --learner cnn, or leave it out"):
        augmentations(("image",), ("boosting",), {"scan": "image"})


def test_augmentations_concern_networks_that_read_what_they_change() -> None:
    assert augmentations(("none",), ("boosting",)) == {}
    found = augmentations(("mask", "mixup"), ("boosting", "gin", "dmpnn"))
    assert found == {"mask": ("gin", "dmpnn"), "mixup": ("gin", "dmpnn")}
