"""The check of a new model's shortcuts looks at all molecules of a row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import molkit


def test_how_far_the_mean_over_isomers_of_both_molecules_moves_a_prediction(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    sizes = rng.permutation([(a, b) for a in range(12) for b in range(12)])[:90]
    table = pd.DataFrame(
        {
            "first": [f"C{rng.choice(['C', '[C@H]', '[C@@H]'])}(O)CC{'C' * a}" for a in sizes[:, 0]],
            "second": [f"CC(O)CC{'C' * b}N" for b in sizes[:, 1]],
            "y": sizes.sum(axis=1) + rng.normal(size=90),
        }
    )
    chosen = {"split": "random", "learners": ["boosting"], "fold_models": 2, "fractions": [1.0, 0.0, 0.0], "workers": 1}
    inputs = ["drug_a=first", "drug_b=second"]
    model = molkit.train(table, "y", tmp_path / "m.molkit", inputs=inputs, metric="RMSE", **chosen)
    found = model.bundle.model["shortcuts"]["as_drawn"]
    averaged, drawn = (np.array(model.predict(table, exact=exact)["y_pred"]) for exact in (True, False))
    change = np.sqrt(np.mean((averaged - drawn) ** 2)) / table["y"].std(ddof=0)
    assert found["compounds"] == 90
    assert 0 < found["change"] <= 0.1  # so that it is taken
    assert found["change"] == pytest.approx(change, rel=0.01)
