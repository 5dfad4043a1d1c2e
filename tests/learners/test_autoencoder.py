"""The learner around autoencoders: it repeats, goes on after a kill, and does not mix samples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from rdkit import Chem

from molkit.data.batching import take_steps
from molkit.features import SelfiesFeaturizer
from molkit.learners.autoencoder import Autoencoder, AutoencoderOptions, epoch_batches
from molkit.training.fit import Checkpoint
from molkit.types import Steps

TINY = AutoencoderOptions(module={"latent": 4, "width": 8, "hidden": 16}, epochs=3)


@pytest.fixture(scope="module")
def steps() -> Steps:
    smiles = ["C" * (1 + n % 12) + "OCN"[n % 3] * (n % 2 + 1) for n in range(120)]
    return SelfiesFeaturizer()([Chem.MolFromSmiles(one) for one in smiles])


def fitted(steps: Steps, options: AutoencoderOptions = TINY) -> Autoencoder:
    learner = Autoencoder("selfies", options)
    learner.fit(steps, seed=5)
    return learner


def test_a_run_repeats_to_the_bit(steps: Steps) -> None:
    np.testing.assert_array_equal(fitted(steps).encode(steps), fitted(steps).encode(steps))


def test_a_run_that_stopped_goes_on_to_the_same_bits(steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("molkit.learners.autoencoder._PIECE", 2)
    whole = fitted(steps)
    kept: list[tuple[Checkpoint, float]] = []

    class Killed(Exception):
        pass

    def keep(found: Checkpoint, seconds: float) -> None:
        copied = {name: value.clone() for name, value in found.weights.items()}
        moments = {name: value.clone() for name, value in found.moments.items()}
        kept.append((replace(found, weights=copied, moments=moments), seconds))
        if len(kept) == 5:
            raise Killed

    with pytest.raises(Killed):
        Autoencoder("selfies", TINY).fit(steps, seed=5, keep=keep)
    again = Autoencoder("selfies", TINY)
    again.fit(steps, seed=5, start=kept[-1])
    assert again.history is not None
    assert whole.history is not None
    assert again.history.train == whole.history.train
    np.testing.assert_array_equal(again.encode(steps), whole.encode(steps))


def test_time_ends_the_training(steps: Steps) -> None:
    ticks = iter(range(10_000))
    learner = Autoencoder("selfies", replace(TINY, minutes=1.0))
    learner.fit(steps, clock=lambda: 2.0 * next(ticks))
    assert learner.history is not None
    assert 1 <= len(learner.history.train) < 10


def test_state_is_all_there_is(steps: Steps) -> None:
    learner = fitted(steps)
    again = Autoencoder.from_state(learner.state())
    vectors = learner.encode(steps)
    np.testing.assert_array_equal(again.encode(steps), vectors)
    np.testing.assert_array_equal(again.surprise(steps, vectors), learner.surprise(steps, vectors))


def test_a_sample_does_not_depend_on_the_others(steps: Steps) -> None:
    learner = fitted(steps)
    together = learner.encode(steps)
    for row in (0, 17, 119):
        alone = learner.encode(take_steps(steps, np.array([row])))
        np.testing.assert_allclose(alone[0], together[row], atol=1e-6)


def test_surprise_is_the_loss_at_the_vector(steps: Steps) -> None:
    learner = fitted(steps)
    one = take_steps(steps, np.array([3]))
    batch = learner.module.batch(one)
    with torch.no_grad():
        expected = learner.module.loss(batch, learner.module.encode(batch)[0])
    assert learner.surprise(steps, learner.encode(steps))[3] == pytest.approx(float(expected[0]), rel=1e-5)


def test_batches_of_an_epoch_hold_every_row_and_one_length_where_they_can() -> None:
    rng = np.random.default_rng(0)
    lengths = rng.integers(3, 9, 1000)
    steps = Steps(np.zeros(lengths.sum(), np.int32), np.concatenate([[0], np.cumsum(lengths)]))
    batches = epoch_batches(steps, 50, rng)
    assert set(np.concatenate(batches).tolist()) == set(range(1000))
    assert sum(map(len, batches)) <= 1000 + 25 * 6
    pure = [len(set(lengths[rows].tolist())) == 1 for rows in batches]
    assert sum(pure) >= len(batches) - 4
    assert {len(rows) for rows, own in zip(batches, pure, strict=True) if own} == {50}
    array = np.zeros((1000, 3), np.float32)
    assert sorted(np.concatenate(epoch_batches(array, 64, rng)).tolist()) == list(range(1000))
