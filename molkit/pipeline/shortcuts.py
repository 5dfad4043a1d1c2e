"""A new model's own check of the shortcuts to its predictions: how far does each move them?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from rdkit import Chem

from molkit.chem.quiet import QUIET
from molkit.chem.stereo import undefined_stereo
from molkit.data.batching import take
from molkit.engine.structures import Chunk, featurize, new_featurizers, read_chunk
from molkit.features.inputs import of_molecules
from molkit.learners.protocol import stream_seed
from molkit.learners.stack import Ensemble
from molkit.pipeline.dataset import exact_values
from molkit.pipeline.policies import feature_options, policy_of
from molkit.pipeline.trial import Material
from molkit.types import Column

_COMPOUNDS = 300  # that are looked at
_FEWEST_UNDEFINED = 20  # with fewer compounds of undefined stereo the check would say little
_MOST_UNDEFINED = 100


def check_shortcuts(material: Material, ensemble: Ensemble, rows: np.ndarray) -> dict[str, dict[str, float]]:
    """By name, the largest root-mean-square change over the targets, as a share of the measured values' deviation.

    Looked at are up to 300 of the compounds `rows`; a shortcut that does not concern the model, or that too few
    compounds could show, is left out. See `molkit.engine.shortcuts` for what follows from it.
    """
    values = exact_values(material.dataset.measurements)[rows]
    with np.errstate(invalid="ignore"):
        spread = np.nanstd(values, axis=0)
    spread[~(spread > 0)] = 1.0
    rng = np.random.default_rng(stream_seed(material.config.seed, "shortcuts"))
    chosen = rng.permutation(rows)[:_COMPOUNDS]
    # Training compounds are packed as drawn: no need to read them again.
    columns = take({key: material.dataset.columns[key] for key in ensemble.needs}, chosen)
    exact = ensemble.predict(columns)
    found = {}
    reduced = ensemble.adapted(reduced=True)
    if reduced.members != ensemble.members:
        found["bfloat16"] = _change(reduced.predict(columns) - exact, spread)
    if not of_molecules(material.dataset.inputs):
        return found
    texts = [material.dataset.smiles[row] for row in chosen]
    averaged = _averaging_change(ensemble, texts, exact, material)
    if averaged is not None:
        found["as_drawn"] = _change(averaged, spread)
    return found


def _averaging_change(
    ensemble: Ensemble, texts: Sequence[str], exact: np.ndarray, material: Material
) -> np.ndarray | None:
    """What the mean over stereoisomers changes, [n, K] of the compounds that have several."""
    with QUIET:
        mols = map(Chem.MolFromSmiles, texts)
        undefined = [place for place, mol in enumerate(mols) if mol is not None and undefined_stereo(mol)]
    undefined = undefined[:_MOST_UNDEFINED]
    texts = [texts[place] for place in undefined]
    whole = read_chunk(texts, policy_of(material.config), lambda row: None, {}, enumerate_stereo=True)
    if len(set(whole.rows)) < max(_FEWEST_UNDEFINED, len(undefined)):
        return None
    predictions = _predicted(ensemble, whole, material)
    _, starts, counts = np.unique(whole.rows, return_index=True, return_counts=True)
    return np.add.reduceat(predictions, starts) / counts[:, None] - exact[undefined]


def _predicted(ensemble: Ensemble, chunk: Chunk, material: Material) -> np.ndarray:
    featurizers = new_featurizers(ensemble.needs, feature_options(material.config))
    values = featurize(chunk, featurizers, lambda row: None)
    everything = np.arange(len(chunk.rows))
    return ensemble.predict({key: Column(value, everything) for key, value in values.items()})


def _change(differences: np.ndarray, spread: np.ndarray) -> dict[str, Any]:
    shares = np.sqrt((differences**2).mean(axis=0)) / spread
    return {
        "change": float(f"{shares.max():.3g}"),
        "largest": float(f"{(np.abs(differences).max(axis=0) / spread).max():.3g}"),
        "compounds": len(differences),
    }
