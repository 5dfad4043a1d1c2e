"""New molecules by what models predict of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from molkit.engine.workers import WorkerPool
from molkit.generation.checks import Candidate, Checks
from molkit.generation.options import GenerateOptions
from molkit.generation.sampling import written
from molkit.generation.search import Found, search
from molkit.pipeline.progress import Progress
from molkit.pipeline.scoring import Scoring
from molkit.pipeline.stream import score_values
from molkit.screening.criteria import Criteria, judge

_FIRST = 100  # molecules drawn before a search that begins at no hit


@dataclass(frozen=True)
class Verdict:
    """Whether the prediction of a molecule meets all limits, its score, and its merit, the greater the better."""

    met: bool
    score: float
    merit: tuple[float, ...]


@dataclass(frozen=True)
class Judge:
    """What is wanted, of which models, and the workers that predict."""

    criteria: Criteria
    scoring: Scoring
    pool: WorkerPool

    def verdicts(self, smiles: Sequence[str]) -> list[Verdict]:
        """Those that meet the limits have more merit than any other; without a prediction there is none."""
        if not smiles:
            return []
        found = judge(self.criteria, score_values(self.pool, smiles, [*self.scoring.names]))
        return [
            Verdict(met, score, (float(met), key) if np.isfinite(score) else (-np.inf,))
            for met, score, key in zip(found.met.tolist(), found.score.tolist(), found.key.tolist(), strict=True)
        ]


def searched(
    checks: Checks, options: GenerateOptions, judge: Judge, rng: np.random.Generator, progress: Progress
) -> list[tuple[Candidate, Verdict]]:
    """The best of a latent search that begins at the hit, or at molecules drawn at random."""
    writer = checks.writer
    evaluated: dict[str, tuple[Candidate, Verdict]] = {}

    def ask(vectors: np.ndarray, most: int) -> list[Found]:
        found = checks.candidates(written(writer, vectors, options.temperature, rng))
        checks.fates["more than could be evaluated"] += len(found[most:])
        smiles = [one.smiles for one in found[:most]]
        verdicts = judge.verdicts(smiles)
        evaluated.update(zip(smiles, zip(found, verdicts, strict=False), strict=True))
        again, readable = writer.vectors(smiles)  # where it lies; what cannot be read again lies where it came from
        places = np.where(readable[:, None], again, vectors[[one.place for one in found[:most]]])
        progress("searching", len(evaluated), options.evaluations, {})
        return [Found(text, at, said.merit) for text, at, said in zip(smiles, places, verdicts, strict=True)]

    hit = checks.hit
    first = [Found(hit.smiles, hit.vector)] if hit else [Found("", own) for own in writer.density.draw(_FIRST, rng)]
    best = search(first, writer.steps, ask, options.evaluations, rng)
    predicted = [evaluated[one.smiles] for one in best if np.isfinite(one.merit[0])]
    checks.fates["without a prediction"] += len(best) - len(predicted)
    checks.fates["evaluated, and not among the best"] += len(predicted[options.count :])
    return predicted[: options.count]
