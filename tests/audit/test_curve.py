"""What the learning curve says where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from planted import library, potency
from rdkit import Chem

import molkit
from molkit.audit.curve import doubling_gain
from molkit.audit.finding import Audit


def audit(values: np.ndarray, smiles: list[str], **options: object) -> Audit:
    return molkit.check({"smiles": smiles, "pIC50": values.tolist()}, "pIC50", workers=2, **options)


@pytest.mark.parametrize("slope", [0.1, 0.5])
def test_doubling_follows_a_power_law_and_leaves_noise_uncertain(slope: float) -> None:
    sizes = np.array([100.0, 200.0, 400.0, 800.0])
    exact = np.tile(2 * sizes**-slope, (4, 1))
    middle, low, high = doubling_gain(exact, sizes)
    assert (middle, low, high) == pytest.approx((2 * 800**-slope * (1 - 2**-slope),) * 3)
    noisy = np.exp(np.random.default_rng(0).normal(0, 0.3, exact.shape))
    _, low, high = doubling_gain(noisy, sizes)
    assert low < 0 < high
    flat = doubling_gain(np.ones((3, 4)), sizes)
    assert flat == pytest.approx((0, 0, 0), abs=1e-9)
    assert np.isnan(doubling_gain(np.full((2, 4), np.nan), sizes)).all()


def test_learnable_values_beat_the_mean_and_random_ones_do_not() -> None:
    rng = np.random.default_rng(5)
    smiles = library()
    found = audit(np.array([potency(text, rng) for text in smiles]), smiles)
    (curve,) = found.curves
    assert curve.points[-1].mean < 0.8 * curve.baseline
    assert [point.size for point in curve.points] == sorted(point.size for point in curve.points)
    assert curve.doubled == pytest.approx(curve.points[-1].mean - curve.gain[0])
    (noise,) = audit(rng.normal(6, 1, len(smiles)), smiles).curves
    assert "no better than" in noise.sentence


def test_classes_are_scored_by_ranking() -> None:
    smiles = library()
    labels = [int(Chem.MolFromSmiles(text).GetNumAtoms() > 13) for text in smiles]
    found = molkit.check({"smiles": smiles, "label": labels}, "label", workers=1)
    (curve,) = found.curves
    assert (curve.metric, curve.lower) == ("ROC-AUC", False)
    assert curve.points[-1].mean > 0.9


@pytest.mark.parametrize(("size", "said"), [(40, "it needs 100"), (10, "it needs 100")])
def test_too_few_compounds_have_no_curve(size: int, said: str) -> None:
    smiles = library()[:size]
    found = audit(np.linspace(4.1, 8.3, size), smiles)
    assert found.curves == ()
    assert said in found.of("no_curve")[0].sentence


def test_the_seed_decides_and_nothing_else() -> None:
    rng = np.random.default_rng(5)
    smiles = library()[:150]
    values = np.array([potency(text, rng) for text in smiles])
    first, again, other = (audit(values, smiles, seed=seed).curves[0].points for seed in (0, 0, 1))
    assert first == again
    assert first != other
