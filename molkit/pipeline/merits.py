"""What a model is good for: against simple methods, against the noise of the measurements, for ranking and values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from molkit.evaluation.compare import finite_rows, paired_difference
from molkit.evaluation.metrics import Metric
from molkit.evaluation.noise import LabelNoise, Noise, NumberNoise
from molkit.evaluation.scores import Score
from molkit.pipeline.phrases import count, number, size

# Our words for sizes of a rank correlation and of a ROC-AUC; the numbers stand beside them.
_CORRELATIONS = ((0.9, "very well"), (0.75, "well"), (0.5, "moderately well"), (0.3, "poorly"))
_AREAS = ((0.9, "very well"), (0.8, "well"), (0.7, "moderately well"), (0.6, "poorly"))
_HARDLY = "hardly"
_CERTAIN = 0.995  # share of right labels that leaves nothing to be said
_NEAR_NOISE = 1.25  # RMSE over the standard deviation of repeats from which better is possible
_WORTH_LOOKING = 2.0  # times as many positives as by chance; less cannot be called finding them early


@dataclass(frozen=True)
class Against:
    """A score of the model and of a simple method on the same rows.

    `low` and `high` are the paired 95 % interval of the model's score less the other's; `better` is "model", "other"
    or "neither".
    """

    target: str
    metric: str
    other: str
    value: float
    others: float
    low: float
    high: float
    n: int
    better: str

    @property
    def sentence(self) -> str:
        """In words."""
        verdict = {
            "model": f"Better than {self.other}",
            "other": f"Worse than {self.other}",
            "neither": f"Not better for certain than {self.other}",
        }[self.better]
        return (
            f"{verdict}: {self.metric} {number(self.value)} against {number(self.others)} (difference "
            f"{number(self.value - self.others)} [{number(self.low)}, {number(self.high)}], n {self.n:,})."
        )


def against(
    target: str,
    metric: Metric,
    y: np.ndarray,
    model: tuple[np.ndarray, float | np.ndarray],
    other: tuple[np.ndarray, float | np.ndarray],
    name: str,
    seed: int,
) -> Against | None:
    """The model against a method called `name` in a sentence, each as predictions [n] and the cut of its calls.

    None where a score is undefined.
    """
    sides = [(p >= cut).astype(float) if metric.needs_threshold else p for p, cut in (model, other)]
    found = paired_difference(metric, y, sides[0], sides[1], seed)
    rows = ~np.isnan(y) & finite_rows(sides[0]) & finite_rows(sides[1])
    if found.value is None or found.low is None or found.high is None:
        return None
    value, others = (float(metric.function(y[rows], side[rows])) for side in sides)
    better = {"first": "model", "second": "other"}.get(found.better, "neither")
    return Against(target, metric.name, name, value, others, found.low, found.high, found.n, better)


def merits(
    scores: Mapping[str, Score],
    noise: Noise | None,
    comparisons: Sequence[Against],
    log: bool = False,
    noun: str = "compound",
) -> tuple[str, ...]:
    """Sentences on one target from the model's own scores, by metric, and the noise of the measurements of a `noun`."""
    numbers = "RMSE" in scores
    return (
        *(_ranking(scores, noun) if numbers else _naming(scores, noun) or _telling_apart(scores, noun)),
        *(found.sentence for found in comparisons),
        *(_values(scores, log, noun) if numbers else _early(scores, noun)),
        *_near_noise(scores, noise, log, noun),
        *_within_series(scores),
    )


def _ranking(scores: Mapping[str, Score], noun: str) -> list[str]:
    rank = scores.get("Spearman")
    if rank is None or rank.value is None:
        return []
    if rank.low is not None and rank.low <= 0:
        return [f"It is not shown to rank {noun}s (Spearman {_with_interval(rank)}, n {rank.n:,})."]
    word = _word(rank.value, _CORRELATIONS)
    return [f"Ranks {noun}s {word} (Spearman {_with_interval(rank)}{_doubt(rank, _CORRELATIONS)})."]


def _naming(scores: Mapping[str, Score], noun: str) -> list[str]:
    """How often the right one of several classes is named."""
    right, each = scores.get("accuracy"), scores.get("balanced accuracy")
    if right is None or right.value is None or right.base is None:
        return []
    common = f"{right.base:.0%} are of the commonest class"
    if right.low is not None and right.low <= right.base:
        return [f"It is not shown to name classes better than naming the commonest (accuracy {_with_interval(right)}, "
                f"n {right.n:,}; {common})."]  # fmt: skip
    of_each = "" if each is None or each.value is None else f", {each.value:.0%} of a class on average"
    return [f"Names the right class of {right.value:.0%} of {noun}s (accuracy {_with_interval(right)}){of_each}; "
            f"{common}."]  # fmt: skip


def _telling_apart(scores: Mapping[str, Score], noun: str) -> list[str]:
    area = scores.get("ROC-AUC")
    if area is None or area.value is None:
        return []
    if area.low is not None and area.low <= 0.5:
        positives = round(area.n * (area.prevalence or 0))
        return [
            f"It is not shown to tell the classes apart (ROC-AUC {_with_interval(area)}, {positives:,} positives among "
            f"{area.n:,})."
        ]
    return [
        f"Tells the classes apart {_word(area.value, _AREAS)} (ROC-AUC {_with_interval(area)}{_doubt(area, _AREAS)}): "
        f"of a positive and a negative {noun}, the former has the higher probability in {area.value:.0%} of cases."
    ]


def _doubt(score: Score, words: Sequence[tuple[float, str]]) -> str:
    """The words for the ends of a score's interval, where they are far from its own."""
    grades = [*(word for _, word in words), _HARDLY]
    if score.low is None or score.high is None or score.value is None:
        return ""
    low, own, high = (_word(end, words) for end in (score.low, score.value, score.high))
    if max(abs(grades.index(end) - grades.index(own)) for end in (low, high)) < 2:
        return ""
    return f"; by the interval anything from {low} to {high}"


def _values(scores: Mapping[str, Score], log: bool, noun: str) -> list[str]:
    """How near the values themselves come, and whether they or their order should be used."""
    error, share, rank = (scores.get(name) for name in ("MAE", "R2", "Spearman"))
    if error is None or error.value is None or share is None or share.value is None:
        return []
    said = [f"Values are off by {size(error.value, error.unit, log)} on average and explain "
            f"{max(0.0, share.value):.0%} of the variance of the measured ones (R2 {share.value:.2f})."]  # fmt: skip
    if share.value < 0.5 and rank is not None and (rank.value or 0) >= 0.5:
        said.append(f"Use it to put {noun}s in order rather than for their values.")
    if share.value < 0.5 and rank is not None and (rank.value or 0) < 0.5:
        shown = rank.low is None or rank.low > 0
        use = "use it for a first coarse sorting at most" if shown else "nothing shows that it is of use"
        said.append(f"Neither values nor order are reliable; {use}.")
    return said


def _early(scores: Mapping[str, Score], noun: str) -> list[str]:
    """How many positives are found early in a ranked list."""
    top = scores.get("EF 10%")
    if top is None or top.value is None or top.ceiling is None or top.ceiling < _WORTH_LOOKING:
        return []
    return [
        f"The tenth of the scored {noun}s with the highest probabilities holds {top.value:.1f} "
        f"[{top.low or 0:.1f}, {top.high or 0:.1f}] times as many positives as a tenth drawn at random "
        f"({top.ceiling:.1f} times would be all that is possible)."
    ]


def _near_noise(scores: Mapping[str, Score], noise: Noise | None, log: bool, noun: str) -> list[str]:
    error = scores["RMSE"] if isinstance(noise, NumberNoise) else None
    if isinstance(noise, NumberNoise) and error is not None and error.value is not None:
        repeats = (
            f"{size(noise.sd, error.unit, log)} [{number(noise.low)}, {number(noise.high)}], from "
            f"{count(noise.compounds, noun)}"
        )
        if error.value <= noise.high:
            near = error.value <= _NEAR_NOISE * noise.sd
            return [
                f"Its RMSE of {size(error.value, error.unit, log)} is not for certain above the standard deviation of "
                f"repeated measurements of one {noun}, {repeats}: "
                + (
                    "against such measurements it can hardly be better."
                    if near
                    else "too few to say how near it comes."
                )
            ]
        return [
            f"Its RMSE of {size(error.value, error.unit, log)} is {error.value / noise.sd:.1f} times the standard "
            f"deviation of repeated measurements of one {noun}, {repeats}."
        ]
    if isinstance(noise, LabelNoise) and noise.accuracy is not None and noise.accuracy < _CERTAIN:
        right = _accuracy(scores)
        return [
            f"Repeated labels of one {noun} disagree in {noise.disagreement:.0%} of pairs, so no model can be right "
            f"about more than {noise.accuracy:.0%} of single labels"
            + (
                "."
                if right is None
                else f"; this one calls {right:.0%} of the scored {noun}s rightly, "
                f"{_commoner(scores):.0%} are of the commoner class."
            )
        ]
    return []


def _commoner(scores: Mapping[str, Score]) -> float:
    """What a model that knows nothing is right about."""
    if "accuracy" in scores:
        return scores["accuracy"].base or 0.0
    positive = scores["recall"].prevalence or 0.0
    return max(positive, 1 - positive)


def _accuracy(scores: Mapping[str, Score]) -> float | None:
    """The share of right calls, from precision, recall and the share of positives."""
    if "accuracy" in scores:
        return scores["accuracy"].value
    precision, recall = (scores[name].value if name in scores else None for name in ("precision", "recall"))
    positive = scores["recall"].prevalence if "recall" in scores else None
    if not precision or recall is None or positive is None:
        return None
    return 1 - positive * (1 - recall) - positive * recall * (1 / precision - 1)


def _within_series(scores: Mapping[str, Score]) -> list[str]:
    pairs = scores.get("pair order")
    if pairs is None or pairs.value is None or pairs.low is None or pairs.high is None:
        return []
    use = (
        "it helps to choose within a series."
        if pairs.low > 0.5
        else "it is not shown to help within a series, as in lead optimisation."
    )
    return [
        f"Of two compounds with the same scaffold it puts {pairs.value:.0%} [{pairs.low:.0%}, {pairs.high:.0%}] in "
        f"the right order (half would be by chance; {pairs.n:,} compounds): {use}"
    ]


def _word(value: float, words: Sequence[tuple[float, str]]) -> str:
    return next((word for least, word in words if value >= least), _HARDLY)


def _with_interval(score: Score) -> str:
    assert score.value is not None
    return f"{score.value:.2f}" + ("" if score.low is None else f" [{score.low:.2f}, {score.high:.2f}]")
