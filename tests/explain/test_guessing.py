"""Guesses of cells that are not seen: against closed forms, and independent of what is hidden."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from autoencoded import trained

from molkit.explain.guessing import guess_each, guess_missing
from molkit.explain.unusual import Reference, reference_of
from molkit.nn.record_autoencoder import RecordAutoencoder

SHARE = 0.9  # correlation of the first two columns


def gaussians(count: int, seed: int = 0) -> np.ndarray:
    """Two correlated columns, 10 +- 3 and 0 +- 1, a third alone, 5 +- 2, and a category that is the sign of the second.

    The category is blank in a tenth of the rows.
    """
    rng = np.random.default_rng(seed)
    first, noise, third = rng.normal(size=(3, count))
    second = SHARE * first + (1 - SHARE**2) ** 0.5 * noise
    found = np.column_stack([10 + 3 * first, second, 5 + 2 * third, second < 0, second >= 0]).astype(np.float32)
    found[rng.random(count) < 0.1, 3:] = 0
    return found


LAYOUT = (("number", 3), ("category", 2))


@lru_cache
def learned() -> tuple[RecordAutoencoder, Reference]:
    torch.manual_seed(0)
    module = trained(RecordAutoencoder(latent=4, width=32, layout=LAYOUT), gaussians(2000), 40)
    return module, reference_of(module, gaussians(500, 1))


def test_guesses_are_near_the_conditional_mean() -> None:
    module, _ = learned()
    rows = gaussians(500, 2)
    rows[:, 3:] = 0
    found = guess_each(module, rows).expected
    first, second = 10 + 3 * SHARE * rows[:, 1], SHARE * (rows[:, 0] - 10) / 3
    assert np.sqrt(np.mean((found[:, 0] - first) ** 2)) < 0.3 * 3
    assert np.sqrt(np.mean((found[:, 1] - second) ** 2)) < 0.3
    assert np.sqrt(np.mean((found[:, 2] - 5) ** 2)) < 0.2 * 2


def test_intervals_hold_nine_values_in_ten_and_are_about_as_wide_as_they_need_be() -> None:
    module, reference = learned()
    rows = gaussians(2000, 2)
    found = guess_each(module, rows, reference.widen_each)
    inside = ((rows >= found.low) & (rows <= found.high))[:, :3].mean(axis=0)
    assert (np.abs(inside - 0.9) < 0.05).all(), inside
    width = (found.high - found.low)[:, :3].mean(axis=0)
    narrowest = 2 * 1.645 * np.array([3 * (1 - SHARE**2) ** 0.5, (1 - SHARE**2) ** 0.5, 2])
    assert (width < 1.5 * narrowest).all()
    assert np.isnan(found.low[:, 3:]).all()


def test_probabilities_of_a_category_add_up_and_follow_the_others() -> None:
    module, _ = learned()
    rows = np.array([[16, 2, 5, 0, 0], [4, -2, 5, 0, 0]], np.float32)
    found = guess_missing(module, rows)
    np.testing.assert_allclose(found.expected[:, 3:].sum(axis=1), 1, rtol=1e-5)
    assert found.expected[0, 4] > 0.9
    assert found.expected[1, 3] > 0.9
    assert np.isnan(found.losses[:, 3]).all()
    assert not np.isnan(found.losses[:, :3]).any()


def test_a_guess_does_not_depend_on_what_the_cell_holds() -> None:
    module, reference = learned()
    rows = gaussians(20, 3)
    changed = rows.copy()
    changed[:, 0] = -1e4
    one, two = (guess_each(module, own, reference.widen_each) for own in (rows, changed))
    for name in ("expected", "low", "high"):
        np.testing.assert_array_equal(getattr(one, name)[:, 0], getattr(two, name)[:, 0])
    hidden = np.zeros((20, 4), bool)
    hidden[:, 0] = True
    again = guess_missing(module, rows, reference.widen_each, hidden)
    np.testing.assert_allclose(again.expected[:, 0], one.expected[:, 0], rtol=1e-4)
    np.testing.assert_allclose(again.losses[:, 0], one.losses[:, 0], rtol=1e-3)


def test_rows_alone_and_together_are_guessed_alike() -> None:
    module, reference = learned()
    rows = gaussians(30, 4)
    together = guess_each(module, rows, reference.widen_each)
    for row in range(30):
        alone = guess_each(module, rows[row : row + 1], reference.widen_each)
        np.testing.assert_allclose(alone.expected[0], together.expected[row], rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(alone.losses[0], together.losses[row], rtol=1e-3, atol=1e-3)


def test_no_rows_give_no_guesses() -> None:
    module, reference = learned()
    assert guess_each(module, gaussians(0), reference.widen_each).losses.shape == (0, 4)
    assert guess_missing(module, gaussians(0)).expected.shape == (0, 5)


def test_what_was_never_negative_is_not_guessed_to_be() -> None:
    counts = np.abs(gaussians(50)[:, 1:2])
    module = RecordAutoencoder(layout=(("number", 2),))
    module.prepare(np.hstack([counts, -counts]))
    found = guess_missing(module, np.full((3, 2), np.nan, np.float32), np.array([9.0, 9.0]))
    assert (found.low[:, 0] == 0).all()
    assert (found.expected[:, 0] >= 0).all()
    assert (found.low[:, 1] < -1).all()
