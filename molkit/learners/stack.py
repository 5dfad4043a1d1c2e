"""Models of several learners as one: what each says, their weighted sum, and how far they lie apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from molkit.data.batching import Columns, by_appearance, take
from molkit.data.quantities import sum_to_one
from molkit.evaluation.recalibrate import Calibration
from molkit.learners.pretrained import Pretrained, with_latents
from molkit.learners.protocol import Learner


@dataclass(frozen=True)
class Ensemble:
    """M learners of one or more models each, by fold and seed; their mean is what a learner says.

    `calibration` has a map of probabilities for each of the K targets. The probabilities of the `exclusive` columns of
    a multiclass target sum to 1. `pretrained` encoders make vectors that some of the learners read.
    """

    names: tuple[str, ...]  # M learners
    members: tuple[tuple[Learner, ...], ...]  # the models of each
    weights: np.ndarray  # [M, K]
    calibration: tuple[Calibration, ...]
    binary: np.ndarray  # bool [K]
    exclusive: tuple[tuple[int, ...], ...] = ()
    pretrained: tuple[Pretrained, ...] = ()

    @property
    def needs(self) -> tuple[str, ...]:
        """Keys of the packed columns that `predict` reads."""
        made = {key: source for own in self.pretrained for key, source in own.latents.items()}
        read = {key for models in self.members for model in models for key in model.needs}
        return tuple(sorted({made.get(key, key) for key in read}))

    def predict_models(self, columns: Columns) -> list[np.ndarray]:
        """What each fold model of each learner says, M times [models, B, K]."""
        return predict_models([self], columns)[0]

    def predict_each(self, columns: Columns) -> list[np.ndarray]:
        """What each learner says, M times [B, K]."""
        return [said.mean(axis=0) for said in self.predict_models(columns)]

    def adapted(self, reduced: bool = False, device: str = "cpu") -> Ensemble:
        """The same for predicting on a torch device, networks in bfloat16 if `reduced`."""
        members = tuple(
            tuple(model.adapted(reduced, device) if hasattr(model, "adapted") else model for model in models)
            for models in self.members
        )
        return replace(self, members=members)

    def combine(self, predictions: Sequence[np.ndarray]) -> np.ndarray:
        """Units or calibrated probabilities [B, K] from what each learner says."""
        return calibrated(combine(predictions, self.weights), self.calibration, self.binary, self.exclusive)

    def predict(self, columns: Columns) -> np.ndarray:
        """Units or calibrated probabilities, float64 [B, K]."""
        return self.combine(self.predict_each(columns))


def predict_models(ensembles: Sequence[Ensemble], columns: Columns) -> list[list[np.ndarray]]:
    """What each fold model of each learner of several ensembles says: of each ensemble M times [models, B, K].

    Each distinct combination of inputs is predicted once, in the order in which they first come: matrix products may
    differ in the last bit between rows of one batch, and two inputs that are exchanged must not change their rows.
    """
    needs = sorted({key for ensemble in ensembles for key in ensemble.needs})
    index = np.stack([columns[key].index for key in needs], axis=1)
    first, place = by_appearance(index)
    every = [model for ensemble in ensembles for models in ensemble.members for model in models]
    read = with_latents(take(columns, first), [own for ensemble in ensembles for own in ensemble.pretrained])
    said = (part[place] for part in _said(every, read))
    return [
        [sum_to_one(np.stack([next(said) for _ in models]), ensemble.exclusive) for models in ensemble.members]
        for ensemble in ensembles
    ]


def _said(models: Sequence[Learner], columns: Columns) -> list[np.ndarray]:
    """What each model says, [B, K]; those of one kind share what work they can."""
    alike: dict[Any, list[int]] = {}
    for place, model in enumerate(models):
        alike.setdefault((type(model), model.kind, model.needs), []).append(place)
    said: dict[int, np.ndarray] = {}
    for places in alike.values():
        group = [models[place] for place in places]
        together = getattr(group[0], "predict_alike", None)
        found = together(group, columns) if together else [model.predict(columns) for model in group]
        said |= zip(places, found, strict=True)
    return [said[place] for place in range(len(models))]


def combine(predictions: Sequence[np.ndarray], weights: np.ndarray) -> np.ndarray:
    """Weighted sum of M predictions [B, K] with weights [M, K]."""
    total = np.zeros_like(predictions[0])
    for prediction, weight in zip(predictions, weights, strict=True):
        total += prediction * weight
    return total


def disagreement(said: Sequence[np.ndarray], floors: Sequence[float]) -> np.ndarray | None:
    """How far learners lie apart, [B, K], from what their fold models say, M times [models, B, K]; None for M = 1.

    The mean of ln(|a - b| + floor) over all pairs of models of different learners. Of a row that only one fold of each
    learner has not seen there are as many models as seeds, of a new row all. Pairs are of single models always; with
    the mean of logarithms more of them tell on the same scale, which a mean of squares, or means of models, would not.
    """
    if len(said) < 2:
        return None
    with np.errstate(invalid="ignore"):  # what is not finite is for the caller to notice
        pairs = [
            np.log(np.abs(said[i][:, None] - said[j][None]) + np.array(floors)).mean(axis=(0, 1))
            for i in range(len(said))
            for j in range(i)
        ]
        return np.mean(pairs, axis=0)


def calibrated(
    predictions: np.ndarray,
    calibration: Sequence[Calibration],
    binary: np.ndarray,
    exclusive: Sequence[Sequence[int]] = (),
) -> np.ndarray:
    """Predictions [B, K] with each target's map applied to its probabilities; numbers as they are.

    Those of `exclusive` columns then sum to 1.
    """
    result = predictions.copy()
    for k in np.flatnonzero(binary).tolist():
        result[:, k] = calibration[k](predictions[:, k])
    return sum_to_one(result, exclusive)


def uncalibrated(probabilities: np.ndarray, calibration: Sequence[Calibration], binary: np.ndarray) -> np.ndarray:
    """What `calibrated` makes these probabilities [B, K] from; numbers as they are."""
    return calibrated(probabilities, [found.undone() for found in calibration], binary)
