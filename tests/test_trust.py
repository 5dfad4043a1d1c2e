"""Trust in predictions: fitted on unseen rows, kept through a file, and right where the answer is known."""

from __future__ import annotations

import json

import numpy as np
import pytest

from molkit.bundle import array_bytes
from molkit.trust import (
    Familiarity,
    Trust,
    error_floors,
    fit_trust,
    trust_arrays,
    trust_from_dict,
    trust_from_one_width,
    trust_to_dict,
)

KINDS = ("regression", "binary")


def drawn(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, Familiarity]:
    """Labels and predictions of a number and a class; the farther learners lie apart, the larger the errors."""
    rng = np.random.default_rng(seed)
    apart, similarity = rng.normal(size=(rows, 2)), rng.random(rows)
    number = rng.normal(size=rows)
    error = rng.normal(size=rows) * np.exp(0.8 * apart[:, 0] - similarity)
    chance = 1 / (1 + np.exp(-rng.normal(size=rows) * 2))
    labels = np.stack([number + error, (rng.random(rows) < chance).astype(float)], axis=1)
    labels[::7, 0] = np.nan
    return labels, np.stack([number, chance], axis=1), Familiarity(rows, apart, similarity)


def fitted(rows: int = 1000, seed: int = 0, **without: None) -> Trust:
    labels, predictions, known = drawn(rows, seed)
    known = Familiarity(rows, **{"apart": known.apart, "similarity": known.similarity, **without})
    folds = np.arange(rows) % 5
    return fit_trust(labels, predictions, KINDS, known, error_floors(labels, predictions), folds)


def test_intervals_and_sets_cover_new_rows() -> None:
    trust = fitted()
    labels, predictions, known = drawn(5000, 1)
    for level in (0.5, 0.8, 0.9):
        half, nothing = trust.half_widths(known, level)
        assert nothing is None
        assert half is not None
        rows = ~np.isnan(labels[:, 0])
        covered = np.abs(labels[rows, 0] - predictions[rows, 0]) <= half[rows]
        assert covered.mean() == pytest.approx(level, abs=0.035)
        none, inside = trust.sets(predictions, level)
        assert none is None
        assert inside is not None
        assert inside[np.arange(5000), labels[:, 1].astype(int)].mean() >= level - 0.035


def test_what_learners_disagree_on_gets_wider_intervals_and_worse_verdicts() -> None:
    trust = fitted()
    known = Familiarity(3, np.array([[-2.0] * 2, [0.0] * 2, [2.5] * 2]), np.array([0.9, 0.5, 0.1]))
    half = trust.half_widths(known)[0]
    assert half is not None
    assert half[0] < half[1] < half[2]
    assert trust.verdicts(known) == ["in", "in", "out"]


@pytest.mark.parametrize("without", [{"apart": None}, {"similarity": None}, {"apart": None, "similarity": None}])
def test_what_is_not_known_is_not_needed(without: dict[str, None]) -> None:
    trust = fitted(**without)
    _, _, known = drawn(50, 2)
    known = Familiarity(50, **{"apart": known.apart, "similarity": known.similarity, **without})
    half = trust.half_widths(known)[0]
    assert half is not None
    assert half.shape == (50,)
    verdicts = trust.verdicts(known)
    assert (verdicts is None) == (len(without) == 2)


@pytest.mark.parametrize("rows", [0, 1, 5, 12])
def test_few_rows_give_what_they_can(rows: int) -> None:
    trust = fitted(rows)
    _, predictions, known = drawn(4, 3)
    half = trust.half_widths(known)[0]
    assert (half is None) == (rows < 12)
    inside = trust.sets(predictions)[1]
    assert inside is None if rows == 0 else inside is not None and inside.any(axis=1).all()


def test_trust_survives_being_written_down() -> None:
    from safetensors.numpy import load

    trust = fitted(300)
    _, predictions, known = drawn(40, 4)
    again = trust_from_dict(json.loads(json.dumps(trust_to_dict(trust))), load(array_bytes(trust_arrays(trust))))
    np.testing.assert_array_equal(again.half_widths(known)[0], trust.half_widths(known)[0])
    np.testing.assert_array_equal(again.sets(predictions)[1], trust.sets(predictions)[1])
    assert again.verdicts(known) == trust.verdicts(known)
    assert again.shares == trust.shares


@pytest.mark.parametrize("learners", [1, 3])
def test_older_files_have_one_width_and_limits_of_the_similarity(learners: int) -> None:
    trust = trust_from_one_width([0.7, None], learners, {"edge": 0.5, "out": 0.25})
    similarity = np.array([0.2, 0.3, 0.6])
    known = Familiarity(3, np.zeros((3, 2)) if learners > 1 else None, similarity)
    half, nothing = trust.half_widths(known)
    np.testing.assert_array_equal(half, [0.7] * 3)
    assert nothing is None
    assert trust.half_widths(known, 0.95)[0] is None
    assert trust.verdicts(known) == ["out", "edge", "in"]
    assert trust_from_one_width([0.7], learners, None).verdicts(known) is None


@pytest.mark.parametrize("scale", [0.01, 1.0, 1000.0])
def test_few_rows_without_similarity_give_no_verdict(scale: float) -> None:
    """The usual limits are those of the similarity; on how far learners lie apart they would say nothing."""
    labels, predictions, known = drawn(6)
    apart = Familiarity(6, np.log(np.exp(known.apart) * scale), None)
    floors = error_floors(labels, predictions)
    assert fit_trust(labels, predictions, KINDS, apart, floors, np.arange(6) % 3).verdicts(apart) is None
    assert fit_trust(labels, predictions, KINDS, known, floors, np.arange(6) % 3).verdicts(known) is not None
