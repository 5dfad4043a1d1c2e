"""The noise floor against simulated assays whose noise is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from molkit.evaluation.noise import LabelNoise, NumberNoise, label_noise, noise_floor, number_noise


def assay(compounds: int, repeats: int, sd: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    index = np.repeat(np.arange(compounds), repeats)
    return rng.normal(5, 1.2, compounds)[index] + rng.normal(0, sd, len(index)), index


def test_the_spread_of_an_assay_is_found() -> None:
    found = number_noise(*assay(4000, 3, 0.4))
    assert found is not None
    assert found.sd == found.rmse == pytest.approx(0.4, rel=0.02)
    assert found.r2 == pytest.approx(1.44 / (1.44 + 0.16), abs=0.01)
    assert (found.repeats, found.compounds, found.copies) == (12_000, 4000, 0)


@pytest.mark.parametrize("seed", range(3))
def test_a_perfect_model_scores_as_the_floor_says(seed: int) -> None:
    """True values against new single measurements of the same compounds."""
    rng = np.random.default_rng(seed)
    true = rng.normal(0, 1, 3000)
    index = np.repeat(np.arange(3000), rng.integers(1, 4, 3000))
    found = number_noise(true[index] + rng.normal(0, 0.6, len(index)), index)
    assert found is not None
    measured = true + rng.normal(0, 0.6, 3000)
    assert found.rmse == pytest.approx(np.sqrt(np.mean((true - measured) ** 2)), rel=0.05)
    assert found.r2 == pytest.approx(1 - np.mean((true - measured) ** 2) / measured.var(), abs=0.03)
    assert found.pearson == pytest.approx(np.corrcoef(true, measured)[0, 1], abs=0.02)


def test_the_pooled_deviation_by_hand() -> None:
    found = number_noise(np.array([1.0, 3.0, 5.0, 6.0, 7.0, 9.0]), np.array([0, 0, 1, 1, 1, 2]))
    assert found is not None
    assert found.sd**2 == pytest.approx((2.0 + 2.0) / 3)
    assert (found.repeats, found.compounds) == (5, 2)
    assert (found.low**2, found.high**2) == pytest.approx(tuple(4 / chi2.ppf([0.975, 0.025], 3)))


def test_the_interval_holds_the_true_deviation_as_often_as_it_says() -> None:
    held = 0
    for seed in range(400):
        found = number_noise(*assay(6, 3, 0.5, seed))
        assert found is not None
        held += found.low <= 0.5 <= found.high
    assert 0.91 <= held / 400 <= 0.98


def test_copies_are_counted_and_make_no_assay_better() -> None:
    values, index = assay(50, 2, 0.3)
    copied = number_noise(np.r_[values, values[:20]], np.r_[index, index[:20]])
    plain = number_noise(values, index)
    assert copied is not None
    assert plain is not None
    assert (copied.copies, copied.sd, copied.repeats) == (20, pytest.approx(plain.sd), 100)
    assert copied.sd_with_copies < plain.sd
    assert "20 values equal another" in copied.sentence("nM")
    assert "copies" not in plain.sentence()


@pytest.mark.parametrize(
    ("values", "index"),
    [
        ([], []),
        ([1.0], [0]),
        ([1.0, 2.0], [0, 1]),
        ([1.0, np.nan], [0, 0]),
        ([1.0, np.inf], [0, 0]),
        ([2.0, 2.0], [0, 0]),
        ([1e-200, 3e-200, 5e-200], [0, 0, 1]),  # no spread that a number can hold
    ],
)
def test_without_repeats_there_is_no_floor(values: list[float], index: list[int]) -> None:
    assert number_noise(np.array(values), np.array(index, int)) is None


def test_one_compound_has_no_spread_between_compounds() -> None:
    found = number_noise(np.array([1.0, 2.0]), np.array([0, 0]))
    assert found is not None
    assert (found.r2, found.pearson) == (0.0, 0.0)


def test_labels_that_flip_are_found() -> None:
    rng = np.random.default_rng(0)
    true, index = (rng.random(5000) < 0.3), np.repeat(np.arange(5000), 3)
    found = label_noise((true[index] ^ (rng.random(15_000) < 0.1)).astype(float), index)
    assert found is not None
    assert found.disagreement == pytest.approx(2 * 0.1 * 0.9, abs=0.01)
    assert found.accuracy == pytest.approx(0.9, abs=0.01)


def test_label_pairs_by_hand() -> None:
    labels, index = np.array([1.0, 0.0, 0.0, 1.0, 1.0, np.nan, 0.0]), np.array([0, 0, 0, 1, 1, 1, 2])
    found = label_noise(labels, index)
    assert found == LabelNoise(pytest.approx((2 / 3 + 0) / 2), 5, 2, pytest.approx((1 + np.sqrt(1 / 3)) / 2))
    assert label_noise(labels[-2:], index[-2:]) is None
    several = label_noise(np.array([0.0, 1.0, 2.0, 2.0]), np.array([0, 0, 0, 0]))
    assert several == LabelNoise(pytest.approx(5 / 6), 4, 1, None)


def test_the_kind_says_which_floor() -> None:
    values, index = np.array([0.0, 1.0, 1.0]), np.array([0, 0, 0])
    assert isinstance(noise_floor(values, index), NumberNoise)
    assert isinstance(noise_floor(values, index, "binary"), LabelNoise)
