"""What a model knows of its own errors: intervals, prediction sets, domain; from rows that it had not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from molkit.bundle import Bundle
from molkit.domain import FEWEST, Domain, common_domain, domain_from_dict, fit_domain
from molkit.evaluation.class_sets import class_sets, fit_class_scores
from molkit.evaluation.conformal import LEVEL
from molkit.evaluation.difficulty import Difficulty, Interval, fit_interval, interval_from_dict, interval_to_dict

_FLOOR = 0.1  # of the median error: learners that agree more closely than this are taken to agree


@dataclass(frozen=True)
class Familiarity:
    """What is known of `count` rows before they are measured.

    `apart` [n, K] is how far learners lie apart, a logarithm (None: there is one learner), `similarity` [n] that to the
    nearest training row (None: it cannot be known).
    """

    count: int
    apart: np.ndarray | None
    similarity: np.ndarray | None

    def take(self, rows: np.ndarray) -> Familiarity:
        """That of some rows, by number."""
        parts = [None if part is None else part[rows] for part in (self.apart, self.similarity)]
        return Familiarity(len(rows), *parts)


@dataclass(frozen=True)
class Trust:
    """For each of K targets an interval (numbers) or the scores of its two classes, and one domain.

    `floors` [K] are those of `molkit.learners.stack.disagreement`; `shares` [K] are those of the positive class among
    the rows fitted on. Without anything to tell it by there is no domain.
    """

    intervals: tuple[Interval | None, ...]
    classes: tuple[tuple[np.ndarray, ...] | None, ...]
    shares: tuple[float | None, ...]
    floors: tuple[float, ...]
    domain: Domain | None

    def half_widths(self, known: Familiarity, level: float = LEVEL) -> list[np.ndarray | None]:
        """For each target the half widths [n] of its intervals on the model's scale; None where it has none."""
        return [
            None if interval is None else interval.half_width(_features(known, k), level)
            for k, interval in enumerate(self.intervals)
        ]

    def sets(self, probabilities: np.ndarray, level: float = LEVEL) -> list[np.ndarray | None]:
        """For each target of classes which of the two cannot be ruled out, bool [n, 2], from probabilities [n, K]."""
        return [
            None if scores is None else class_sets(both_classes(probabilities[:, k]), scores, level)
            for k, scores in enumerate(self.classes)
        ]

    def verdicts(self, known: Familiarity) -> list[str] | None:
        """In, edge or out for each row."""
        return None if self.domain is None else self.domain.verdict(_features(known))


def both_classes(probabilities: np.ndarray) -> np.ndarray:
    """Probabilities [n, 2] of the negative and the positive class, from the latter [n]."""
    return np.stack([1 - probabilities, probabilities], axis=1)


def _features(known: Familiarity, target: int | None = None) -> np.ndarray:
    """What errors of a target, or of all of them, are told by, [n, 0 to 2]; the similarity is the last."""
    parts = []
    if known.apart is not None:
        parts.append(known.apart.mean(axis=1) if target is None else known.apart[:, target])
    if known.similarity is not None:
        parts.append(1 - known.similarity)
    return np.stack(parts, axis=1) if parts else np.empty((known.count, 0))


def error_floors(labels: np.ndarray, predictions: np.ndarray) -> tuple[float, ...]:
    """For each target a tenth of the median error of unseen rows: [n, K], NaN where there is none."""
    errors = [own[~np.isnan(own)] for own in np.abs(labels - predictions).T]
    return tuple(float(max(_FLOOR * np.median(own), 1e-12)) if len(own) else 1.0 for own in errors)


def fit_trust(
    labels: np.ndarray,
    predictions: np.ndarray,
    kinds: Sequence[str],
    known: Familiarity,
    floors: tuple[float, ...],
    folds: np.ndarray,
) -> Trust:
    """Trust from unseen rows: labels and predictions [n, K], NaN where there is none, and the fold of each [n]."""
    errors = np.abs(labels - predictions)
    intervals, classes, shares = [], [], []
    for k, kind in enumerate(kinds):
        rows = np.flatnonzero(~np.isnan(errors[:, k]))
        binary = kind == "binary" and len(rows) > 0
        features = _features(known.take(rows), k)
        intervals.append(None if binary or not len(rows) else fit_interval(errors[rows, k], features, folds[rows]))
        classes.append(fit_class_scores(labels[rows, k], both_classes(predictions[rows, k])) if binary else None)
        shares.append(float(labels[rows, k].mean()) if binary else None)
    features = _features(known.take(np.flatnonzero(~np.isnan(predictions).any(axis=1))))
    usual = known.similarity is not None  # limits that need no rows: those of the similarity
    domain = fit_domain(features) if features.shape[1] and (usual or len(features) >= FEWEST) else None
    return Trust(tuple(intervals), tuple(classes), tuple(shares), floors, domain)


def trust_to_dict(trust: Trust) -> dict[str, Any]:
    """All but the arrays, for JSON."""
    return {
        "intervals": [None if found is None else interval_to_dict(found) for found in trust.intervals],
        "classes": [None if scores is None else len(scores) for scores in trust.classes],
        "shares": list(trust.shares),
        "floors": list(trust.floors),
        "domain": None if trust.domain is None else asdict(trust.domain),
    }


def trust_arrays(trust: Trust) -> dict[str, np.ndarray]:
    """The arrays that belong to `trust_to_dict`."""
    arrays = {f"interval/{k}": found.scores for k, found in enumerate(trust.intervals) if found is not None}
    for k, scores in enumerate(trust.classes):
        arrays |= {f"class/{k}/{code}": known for code, known in enumerate(scores or ())}
    return arrays


def trust_from_dict(values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Trust:
    """What `trust_to_dict` and `trust_arrays` hold."""
    return Trust(
        tuple(None if found is None else interval_from_dict(found, arrays[f"interval/{k}"])
              for k, found in enumerate(values["intervals"])),
        tuple(None if count is None else tuple(arrays[f"class/{k}/{code}"] for code in range(count))
              for k, count in enumerate(values["classes"])),
        tuple(values["shares"]),
        tuple(values["floors"]),
        None if values["domain"] is None else domain_from_dict(values["domain"]),
    )  # fmt: skip


def trust_from_one_width(
    half_widths: Sequence[float | None], learners: int, domain: Mapping[str, float] | None
) -> Trust:
    """That of model files before format 3: one 90 % width per target, and limits of the similarity (None without)."""
    nothing = (None,) * len(half_widths)
    nine = 9  # equal errors: the fewest whose 90 % quantile exists, and at no higher level
    return Trust(
        tuple(None if width is None else Interval(Difficulty(), np.full(nine, width)) for width in half_widths),
        nothing,
        nothing,
        (1.0,) * len(half_widths),
        None if domain is None else common_domain(min(learners, 2), domain["edge"], domain["out"]),
    )


def trust_from_bundle(bundle: Bundle, level: int = 90) -> Trust:
    """What a model file says of its own errors; one from before format 3 knows one level, in percent."""
    model = bundle.model
    if "trust" in model:
        return trust_from_dict(model["trust"], bundle.arrays("trust.safetensors"))
    domain = model["domain"] if "training.safetensors" in bundle.entries else None
    widths = model["half_widths"] if level == 90 else [None] * len(model["targets"])
    return trust_from_one_width(widths, len(model["learners"]), domain)
