"""An autoencoder of molecules, opened to write and to read them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from pathlib import Path

import numpy as np

from molkit.bundle import Bundle, read_bundle
from molkit.chem.policy import Policy, policy_from_dict
from molkit.engine.autoencoders import autoencoder_from_bundle, density_from_bundle
from molkit.errors import InputError
from molkit.features.selfies import selfies_ids
from molkit.features.tokens import token_ids
from molkit.learners.autoencoder import Autoencoder
from molkit.learners.density import Density
from molkit.pipeline.known import known_hashes, structure_hashes
from molkit.training.precision import reduced_precision
from molkit.types import Steps

_IDS: dict[str, Callable[[str], list[int]]] = {"selfies": selfies_ids, "tokens": token_ids}

_USUAL_LENGTH = 32  # tokens, where it is not known


@dataclass(frozen=True)
class Writer:
    """What a model file holds of an autoencoder that writes molecules; `known` are hashes of those of training."""

    path: Path
    bundle: Bundle = field(repr=False)
    learner: Autoencoder = field(repr=False)
    density: Density = field(repr=False)
    known: np.ndarray = field(repr=False)  # uint64 [n], sorted

    @property
    def policy(self) -> Policy:
        """How its molecules were standardised."""
        return policy_from_dict(self.bundle.model["policy"])

    @property
    def spread(self) -> np.ndarray:
        """The standard deviation of each latent dimension over training, float64 [L]."""
        density = self.density
        mean = density.weights @ density.means
        own = (density.factors**2).sum(axis=2) + (density.means - mean) ** 2
        return np.sqrt(density.weights @ own)

    def texts(self, vectors: np.ndarray, temperature: float = 0.0, seed: int = 0) -> list[str]:
        """The SMILES written for latent vectors [n, L], not checked."""
        with reduced_precision():  # about twice as many in a second; some are other texts
            return self.learner.write(vectors, temperature, seed)

    def steps(self, smiles: Sequence[str], rng: np.random.Generator) -> np.ndarray:
        """Random steps float64 [n, L] from where each of the molecules lies, towards another piece at one place of it.

        Of length 1, that is: what is read there changes as much as from one molecule to the next.
        """
        found = np.empty((len(smiles), self.learner.module.latent))
        for row, text in enumerate(smiles):
            maps = self._maps(len(self._ids(text)) if text else _USUAL_LENGTH)
            found[row] = maps[rng.integers(len(maps))] @ rng.standard_normal(maps.shape[2])
        return found

    @cached_property
    def _ids(self) -> Callable[[str], list[int]]:
        return lru_cache(_IDS[self.learner.feature])

    @cached_property
    def _maps(self) -> Callable[[int], np.ndarray]:
        return cache(lambda length: self.learner.module.near_steps(length, self.spread))

    def values(self, smiles: Sequence[str]) -> Steps:
        """What it reads of SMILES, as they are: their tokens."""
        ids = [self._ids(text) for text in smiles]
        offsets = np.concatenate([[0], np.cumsum([len(own) for own in ids])]).astype(np.int64)
        return Steps(np.array([token for own in ids for token in own], np.int32), offsets)

    def vectors(self, smiles: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Latent vectors float32 [n, L] of standardised SMILES, and which of them it can read, bool [n]; else NaN."""
        found = self.learner.encode_readable(self.values(smiles))
        return found, ~np.isnan(found).any(axis=1)

    def trained_on(self, smiles: Sequence[str]) -> np.ndarray:
        """Which standardised SMILES were among those trained on, bool [n]."""
        hashes = structure_hashes(smiles)
        place = np.searchsorted(self.known, hashes)
        return np.take(self.known, place, mode="clip") == hashes if len(self.known) else np.zeros(len(smiles), bool)


def open_writer(path: Path | str) -> Writer:
    """Raises BundleError for what is no model file, InputError for one that writes no molecules."""
    bundle = read_bundle(Path(path))
    if not bundle.is_autoencoder:
        raise InputError(f"{path}: predicts, and writes no molecules; make an autoencoder by `molkit autoencode`")
    learner = autoencoder_from_bundle(bundle)
    if not learner.writes:
        raise InputError(
            f"{path}: an autoencoder of kind {learner.kind}, which writes no molecules; make one of selfies"
        )
    known = known_hashes(bundle)
    assert known is not None  # molecules are not private
    return Writer(Path(path), bundle, learner, density_from_bundle(bundle), known)
