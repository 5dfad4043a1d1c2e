"""New molecules by chance: drawn from the latent density, or by random steps from a hit."""

from __future__ import annotations

import numpy as np

from molkit.generation.checks import Candidate, Checks
from molkit.generation.options import GenerateOptions
from molkit.generation.search import VAIN, lengths
from molkit.generation.writer import Writer
from molkit.pipeline.progress import Progress

_BATCH = 200
_SHORTEST, _LONGEST = 0.3, 2.0  # steps from a hit


def drawn(checks: Checks, options: GenerateOptions, rng: np.random.Generator, progress: Progress) -> list[Candidate]:
    """As many molecules as are wanted, fewer when 4,000 in a row gave none that is new and allowed."""
    found: list[Candidate] = []
    vain = 0
    while len(found) < options.count and vain < VAIN:
        new = checks.candidates(written(checks.writer, _vectors(checks, rng), options.temperature, rng))
        vain = 0 if new else vain + _BATCH
        found += new
        progress("writing molecules", min(len(found), options.count), options.count, {})
    checks.fates["more than were wanted"] += len(found[options.count :])
    return found[: options.count]


def written(writer: Writer, vectors: np.ndarray, temperature: float, rng: np.random.Generator) -> list[str]:
    """The SMILES written for vectors [n, L], the tokens drawn anew each time if the temperature is above 0."""
    return writer.texts(vectors, temperature, int(rng.integers(1 << 31)))


def _vectors(checks: Checks, rng: np.random.Generator) -> np.ndarray:
    hit = checks.hit
    if hit is None:
        return checks.writer.density.draw(_BATCH, rng)
    steps = checks.writer.steps([hit.smiles] * _BATCH, rng)
    return (hit.vector + lengths(_SHORTEST, _LONGEST, _BATCH, rng) * steps).astype(np.float32)
