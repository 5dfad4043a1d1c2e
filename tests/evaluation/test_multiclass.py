"""Scores over several classes against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sk

from molkit.evaluation.metrics import METRICS
from molkit.evaluation.multiclass import predicted_codes

BY_NAME = {metric.name: metric.function for metric in METRICS["multiclass"]}


def sample(seed: int, n: int = 80, classes: int = 4, ties: bool = False) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = np.r_[np.arange(classes), rng.choice(classes, n - classes, p=[0.55, 0.3, 0.1, 0.05])].astype(float)
    p = rng.dirichlet(np.ones(classes), n) + 0.8 * np.eye(classes)[y.astype(int)] * rng.random((n, 1))
    p /= p.sum(axis=1, keepdims=True)
    if ties:
        p = np.round(p * 4) + 0.5
        p /= p.sum(axis=1, keepdims=True)
    return y, p


@pytest.mark.parametrize("seed", range(12))
def test_the_scores_are_those_of_scikit_learn(seed: int) -> None:
    y, p = sample(seed, ties=seed % 2 == 1)
    label = predicted_codes(p)
    expected = {
        "accuracy": sk.accuracy_score(y, label),
        "balanced accuracy": sk.balanced_accuracy_score(y, label),
        "macro precision": sk.precision_score(y, label, average="macro", zero_division=0),
        "macro F1": sk.f1_score(y, label, average="macro"),
        "weighted F1": sk.f1_score(y, label, average="weighted"),
        "macro ROC-AUC": sk.roc_auc_score(y, p, multi_class="ovr", average="macro"),
        "weighted ROC-AUC": sk.roc_auc_score(y, p, multi_class="ovr", average="weighted"),
        "macro PR-AUC": np.mean([sk.average_precision_score(y == code, p[:, code]) for code in range(4)]),
        "MCC": sk.matthews_corrcoef(y, label),
        "log loss": sk.log_loss(y, p),
    }
    assert expected.keys() == BY_NAME.keys()
    for name, value in expected.items():
        assert BY_NAME[name](y, p) == pytest.approx(value, abs=1e-9), name


def test_predicted_classes_alone_have_no_ranks_and_no_probabilities() -> None:
    y, p = sample(0)
    label = predicted_codes(p)
    for name, function in BY_NAME.items():
        if "AUC" in name or name == "log loss":
            assert np.isnan(function(y, label))
        else:
            assert function(y, label) == function(y, p)


def test_a_class_that_nobody_measured_leaves_the_ranking_undefined() -> None:
    y, p = sample(1)
    y[y == 3] = 2
    assert np.isnan(BY_NAME["macro ROC-AUC"](y, p))
    assert np.isfinite(BY_NAME["log loss"](y, p))
    known = [sk.average_precision_score(y == code, p[:, code]) for code in range(3)]
    assert BY_NAME["macro PR-AUC"](y, p) == pytest.approx(np.mean(known))
    areas = [sk.roc_auc_score(y == code, p[:, code]) for code in range(3)]
    assert BY_NAME["weighted ROC-AUC"](y, p) == pytest.approx(np.average(areas, weights=np.bincount(y.astype(int))))


def test_one_class_and_numbers_that_are_no_probabilities() -> None:
    _, p = sample(2)
    y = np.zeros(len(p))
    assert np.isnan([BY_NAME[name](y, p) for name in ("balanced accuracy", "MCC", "macro ROC-AUC")]).all()
    assert np.isnan(BY_NAME["log loss"](y, 3 * p))
