"""Novelty of structures by the autoencoder of a model file, beside what models predict of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from molkit.bundle import Bundle
from molkit.chem.standardise import Structure
from molkit.domain import novelty_verdicts
from molkit.engine.columns import IN_LIBRARY, NOVELTY
from molkit.engine.jobs import Tick
from molkit.engine.scorer import read_unchanged
from molkit.engine.structures import Chunk, Featurizers, featurize, new_featurizers
from molkit.errors import InputError
from molkit.features.inputs import feature_options, inputs_from_dict, of_molecules
from molkit.types import Values

if TYPE_CHECKING:  # torch is loaded where novelty is told
    from molkit.learners.autoencoder import Autoencoder
    from molkit.learners.novelty import Novelty

QUANTILES = "novelty.safetensors"


@dataclass(frozen=True)
class NoveltyReader:
    """What tells the novelty of structures, and the one feature that it is told by."""

    novelty: Novelty
    featurizers: Featurizers

    def cells(self, structures: Mapping[int, Structure], tick: Tick) -> dict[str, dict[int, Any]]:
        """Novelty and verdict of standardised structures, as drawn, by row; none where no feature can be made."""
        mols = [structure.mol for structure in structures.values()]
        chunk = Chunk(len(mols), mols, list(structures))
        values = next(iter(featurize(chunk, self.featurizers, tick).values()), None)
        if values is None:
            return {NOVELTY: {}, IN_LIBRARY: {}}
        found = written_novelty(self.novelty, values, self.novelty.autoencoder.encode_readable(values))
        cells: dict[str, list[Any]] = {NOVELTY: found.tolist(), IN_LIBRARY: novelty_verdicts(found)}
        return {name: dict(zip(chunk.rows, own, strict=True)) for name, own in cells.items()}


def written_novelty(novelty: Novelty, values: Values, vectors: np.ndarray) -> np.ndarray:
    """Novelty [n] with the digits that are written: there are no more in a hundred quantiles."""
    return novelty.shares(values, vectors).round(4)


def load_novelty(path: str, sha256: str) -> NoveltyReader:
    """Set-up of a worker that tells novelty; raises BundleError if the file's content hash is not `sha256`."""
    (bundle,) = read_unchanged([path], [sha256])
    (one,) = inputs_from_dict(bundle.model["inputs"])
    from molkit.engine.autoencoders import autoencoder_from_bundle

    novelty = novelty_from_bundle(bundle, autoencoder_from_bundle(bundle))
    key = f"{one.name}/{novelty.autoencoder.feature}"
    return NoveltyReader(novelty, new_featurizers([key], {**bundle.model["featurizers"], **feature_options(one)}))


def novelty_from_bundle(bundle: Bundle, autoencoder: Autoencoder) -> Novelty:
    """What tells novelty, of a file that `tells_novelty` and its autoencoder."""
    from molkit.engine.autoencoders import density_from_bundle
    from molkit.learners.novelty import Novelty

    return Novelty(autoencoder, density_from_bundle(bundle), **bundle.arrays(QUANTILES))


def tells_novelty(bundle: Bundle) -> bool:
    """Whether a file holds an autoencoder of molecules, and what is usual of those that it was not trained on."""
    return (
        bundle.is_autoencoder
        and of_molecules(inputs_from_dict(bundle.model["inputs"]))
        and bool(bundle.arrays(QUANTILES))
    )


def check_tells_novelty(bundle: Bundle, path: str) -> None:
    """Raise InputError for a file that `tells_novelty` says no of."""
    if tells_novelty(bundle):
        return
    what = "predicts"
    if bundle.is_autoencoder:
        (one,) = inputs_from_dict(bundle.model["inputs"])
        what = f"is an autoencoder of the input {one.name} ({one.kind})"
        if one.kind == "smiles":
            what = "holds no molecules that were held out of training, which novelty is told by"
    raise InputError(f"--novelty {path}: {what}; expected an autoencoder of molecules, made by `molkit autoencode`")
