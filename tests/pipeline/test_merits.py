"""What a model is good for: scores of made-up predictions, said as they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from molkit.evaluation.metrics import find_metric
from molkit.evaluation.noise import LabelNoise, NumberNoise
from molkit.evaluation.scores import Score, score_target
from molkit.pipeline.merits import Against, against, merits

RNG = np.random.default_rng(0)
Y = RNG.normal(0, 2, 150)
CLASSES = (Y > 1).astype(float)
SERIES = [str(row % 30) for row in range(150)]


def scores(p: np.ndarray, y: np.ndarray = Y, kind: str = "regression", cut: float = 0.5) -> dict[str, Score]:
    series = SERIES[: len(y)] if kind == "regression" else None
    return {score.metric: score for score in score_target("t", "molkit", kind, y, p, cut, 0, "kcal/mol", series)}


def noise(sd: float, high: float) -> NumberNoise:
    return NumberNoise(sd, sd / 2, high, 20, 8, 0, sd, sd, 0.9, 0.95)


def said(*given: Any, **more: Any) -> str:
    return " ".join(merits(*given, **more))


def test_a_comparison_has_the_scores_of_both_sides() -> None:
    other = Y + RNG.normal(0, 2, 150)
    found = against("t", find_metric("RMSE"), Y, (Y + 0.5, 0.5), (other, 0.5), "the nearest", 0)
    assert isinstance(found, Against)
    assert found.value == pytest.approx(0.5)
    assert found.others == pytest.approx(np.sqrt(np.mean((other - Y) ** 2)))
    assert found.low < found.value - found.others < found.high < 0
    assert found.better == "model"
    assert found.sentence.startswith("Better than the nearest: RMSE 0.5 against")
    back = against("t", find_metric("RMSE"), Y, (other, 0.5), (Y + 0.5, 0.5), "the nearest", 0)
    assert back is not None
    assert back.sentence.startswith("Worse than the nearest: ")
    same = against("t", find_metric("RMSE"), Y, (other, 0.5), (other, 0.5), "the nearest", 0)
    assert same is not None
    assert same.sentence.startswith("Not better for certain than the nearest: ")


def test_calls_are_made_at_the_cut_of_each_side() -> None:
    found = against("t", find_metric("MCC"), CLASSES, (CLASSES * 0.1, 0.05), (CLASSES, 0.5), "x", 0)
    assert found is not None
    assert (found.value, found.others, found.better) == (pytest.approx(1), pytest.approx(1), "neither")


def test_an_undefined_comparison_is_none() -> None:
    assert against("t", find_metric("Spearman"), Y, (Y, 0.5), (np.zeros(150), 0.5), "the mean", 0) is None
    assert against("t", find_metric("RMSE"), Y * np.nan, (Y, 0.5), (Y, 0.5), "the mean", 0) is None


@pytest.mark.parametrize(("spread", "word"), [(0.1, "very well"), (1.6, "well"), (3.0, "moderately well")])
def test_words_for_ranking(spread: float, word: str) -> None:
    p = Y + np.random.default_rng(5).normal(0, spread, 150)
    assert said(scores(p), None, []).startswith(f"Ranks compounds {word} (Spearman ")


def test_a_word_is_not_more_than_its_interval() -> None:
    assert said(scores(RNG.normal(size=150)), None, []).startswith("It is not shown to rank compounds (Spearman ")
    few = said(scores(Y[:8] + np.random.default_rng(1).normal(0, 1.2, 8), Y[:8]), None, [])
    assert "; by the interval anything from" in few
    found = scores(np.linspace(0.4, 0.6, 20), (np.arange(20) % 10 == 9).astype(float), "binary")
    text = said(found, None, [])
    assert text.startswith("It is not shown to tell the classes apart (ROC-AUC ")
    assert "2 positives among 20" in text


def test_order_without_values_is_said() -> None:
    shifted = said(scores(Y + 5), None, [])
    assert "put compounds in order rather than for their values" in shifted
    assert "off by 5 kcal/mol on average and explain 0% of the variance" in shifted
    assert "rather than" not in said(scores(Y + 0.1), None, [])
    assert "coarse sorting" in said(scores(Y + RNG.normal(0, 3 * Y.std(), len(Y))), None, [])
    assert "nothing shows that it is of use" in said(scores(RNG.permutation(Y)), None, [])


def test_how_near_to_the_noise() -> None:
    near, far = said(scores(Y + 0.5), noise(0.4, 0.6), []), said(scores(Y + 2), noise(0.4, 0.6), [])
    assert "can hardly be better" in near
    unsure = said(scores(Y + 0.5), noise(0.1, 0.9), [])
    assert "too few to say how near it comes" in unsure
    assert "hardly" not in unsure
    assert "is 5.0 times the standard deviation of repeated measurements of one compound, 0.4 kcal/mol" in far
    assert "a factor of 100 (2 in log10) is 5.0 times" in said(scores(Y + 2), noise(0.4, 0.6), [], log=True)
    assert "repeated" not in said(scores(Y + 2), None, [])


def test_help_within_a_series_only_where_it_is_shown() -> None:
    assert "it helps to choose within a series" in said(scores(Y + 0.1), None, [])
    assert "not shown to help within a series" in said(scores(RNG.permutation(Y)), None, [])


def test_classes() -> None:
    p = np.clip(0.5 + 0.2 * (CLASSES - 0.5) + RNG.normal(0, 0.05, 150), 0, 1)
    found = scores(p, CLASSES, "binary")
    text = said(found, LabelNoise(0.1, 20, 8, 0.95), [])
    assert text.startswith("Tells the classes apart very well (ROC-AUC ")
    assert f"holds {found['EF 10%'].value:.1f} [" in text
    right = ((p >= 0.5) == (CLASSES > 0.5)).mean()
    commoner = max(CLASSES.mean(), 1 - CLASSES.mean())
    assert f"this one calls {right:.0%} of the scored compounds rightly, {commoner:.0%} are of the commoner" in text
    assert "tenth" not in said(scores(1 - p, 1 - CLASSES, "binary"), LabelNoise(0.0, 20, 8, 1.0), [])
    assert "Repeated" not in said(found, LabelNoise(0.0, 20, 8, 1.0), [])


@pytest.mark.parametrize("seed", range(5))
def test_the_share_of_right_calls_follows_from_precision_and_recall(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p = np.clip(CLASSES * 0.3 + rng.uniform(0, 0.7, 150), 0, 1)
    text = said(scores(p, CLASSES, "binary"), LabelNoise(0.1, 20, 8, 0.95), [])
    assert f"this one calls {((p >= 0.5) == (CLASSES > 0.5)).mean():.0%} of" in text
