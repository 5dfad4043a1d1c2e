"""What an autoencoder is worth on things that it was not trained on, and what it writes of its own accord."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from molkit.config import RunConfig
from molkit.evaluation.share import wilson
from molkit.learners.autoencoder import Autoencoder
from molkit.learners.density import Density
from molkit.learners.protocol import stream_seed
from molkit.nn.fingerprint_autoencoder import RECOVERY
from molkit.pipeline.policies import policy_of
from molkit.pipeline.progress import Progress
from molkit.pipeline.written import standardised
from molkit.types import Values

_DRAWN = 1000
_FEWEST = 20  # of which a mean has an interval


@dataclass(frozen=True)
class Worth:
    """Scores by name, each with n; and of held-out things the log density and the loss, from which novelty is told."""

    scores: dict[str, Any]
    held_out: dict[str, np.ndarray] = field(default_factory=dict)


def worth_of(
    learner: Autoencoder,
    density: Density,
    held: Values,
    texts: Sequence[str],
    known: Collection[str],
    config: RunConfig,
    progress: Progress,
) -> Worth:
    """Scores of how held-out values come back, and where molecules are written of those that are drawn."""
    scores: dict[str, Any] = _drawn_scores(learner, density, set(known), config, progress) if learner.writes else {}
    if not len(held):  # of a small library none may have only tokens that training has
        return Worth(scores)
    vectors = learner.encode(held)
    measured = {"log_density": density.log_density(vectors), "surprise": learner.surprise(held, vectors)}
    scores["loss"] = {"value": float(np.mean(measured["surprise"])), "n": len(held)}
    if learner.writes:
        came = standardised(learner.write(vectors), policy_of(config), config.workers, progress)
        scores["exact_reconstruction"] = _share([new == old for new, old in zip(came, texts, strict=True)])
    if learner.recovers:
        scores |= {name: _mean(own) for name, own in zip(RECOVERY, learner.recovery(held, vectors).T, strict=True)}
    return Worth(scores, measured)


def _drawn_scores(
    learner: Autoencoder, density: Density, known: Collection[str], config: RunConfig, progress: Progress
) -> dict[str, Any]:
    rng = np.random.default_rng(stream_seed(config.seed, "drawn"))
    drawn = standardised(learner.write(density.draw(_DRAWN, rng)), policy_of(config), config.workers, progress)
    valid = [smiles for smiles in drawn if smiles is not None]
    return {
        "valid": _share([smiles is not None for smiles in drawn]),
        "unique": {"value": len(set(valid)) / max(len(valid), 1), "n": len(valid)},
        "new": _share([smiles not in known for smiles in valid]),
    }


def _mean(found: np.ndarray) -> dict[str, Any]:
    """The mean with the interval of 1.96 standard errors; none of fewer than 20."""
    mean, n = float(np.mean(found)), len(found)
    if n < _FEWEST:
        return {"value": mean, "n": n}
    half = 1.96 * float(np.std(found, ddof=1)) / math.sqrt(n)
    return {"value": mean, "low": mean - half, "high": mean + half, "n": n}


def _share(found: Sequence[bool]) -> dict[str, Any]:
    share = sum(found) / max(len(found), 1)
    low, high = wilson(share, len(found)) if found else (0.0, 1.0)
    return {"value": share, "low": low, "high": high, "n": len(found)}
