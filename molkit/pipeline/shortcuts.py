"""A new model's own check of the shortcuts to its predictions: how far does each move them?"""

from __future__ import annotations

from typing import Any

import numpy as np
from rdkit import Chem

from molkit.chem.quiet import QUIET
from molkit.chem.stereo import undefined_stereo
from molkit.data.batching import take
from molkit.engine.inputs import every_variant
from molkit.engine.structures import featurize, new_featurizers, read_chunk
from molkit.learners.protocol import stream_seed
from molkit.learners.stack import Ensemble
from molkit.pipeline.dataset import exact_values
from molkit.pipeline.policies import policy_of
from molkit.pipeline.trial import Material
from molkit.types import Column

_COMPOUNDS = 300  # that are looked at
_FEWEST_UNDEFINED = 20  # with fewer compounds of undefined stereo the check would say little
_MOST_UNDEFINED = 100


def check_shortcuts(material: Material, ensemble: Ensemble, rows: np.ndarray) -> dict[str, dict[str, float]]:
    """By name, the largest root-mean-square change over the targets, as a share of the measured values' deviation.

    Looked at are up to 300 of the `rows`; a shortcut that does not concern the model, or that too few
    could show, is left out. See `molkit.engine.shortcuts` for what follows from it.
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
    averaged = _averaging_change(ensemble, chosen, exact, material)
    if averaged is not None:
        found["as_drawn"] = _change(averaged, spread)
    return found


def _averaging_change(
    ensemble: Ensemble, chosen: np.ndarray, exact: np.ndarray, material: Material
) -> np.ndarray | None:
    """What the mean over stereoisomers changes, [n, K] of those of the chosen rows that have several."""
    dataset = material.dataset
    texts = {one.name: [dataset.identities[one.name][row].text for row in chosen.tolist()]
             for one in dataset.inputs if one.kind == "smiles"}  # fmt: skip
    with QUIET:
        several = np.any([list(map(_undefined, own)) for own in texts.values()], axis=0) if texts else np.empty(0)
    undefined = np.flatnonzero(several)[:_MOST_UNDEFINED]
    if len(undefined) < _FEWEST_UNDEFINED:
        return None
    policy = policy_of(material.config)
    read = {name: read_chunk([own[place] for place in undefined], policy, lambda row: None, {}, enumerate_stereo=True)
            for name, own in texts.items()}  # fmt: skip
    if any(chunk.problems for chunk in read.values()):
        return None
    everything = np.arange(len(undefined))
    rows, index = every_variant(read, dict.fromkeys(read, everything), everything)
    columns = take({key: dataset.columns[key] for key in ensemble.needs}, chosen[undefined][rows])
    for name, chunk in read.items():
        keys = [key for key in ensemble.needs if key.partition("/")[0] == name]
        values = featurize(chunk, new_featurizers(keys, material.featurizers), lambda row: None)
        columns |= {key: Column(value, index[name]) for key, value in values.items()}
    _, starts, counts = np.unique(rows, return_index=True, return_counts=True)
    return np.add.reduceat(ensemble.predict(columns), starts) / counts[:, None] - exact[undefined]


def _undefined(text: str) -> bool:
    """Whether a molecule has stereocentres that are not drawn."""
    mol = Chem.MolFromSmiles(text)
    return mol is not None and bool(undefined_stereo(mol))


def _change(differences: np.ndarray, spread: np.ndarray) -> dict[str, Any]:
    shares = np.sqrt((differences**2).mean(axis=0)) / spread
    return {
        "change": float(f"{shares.max():.3g}"),
        "largest": float(f"{(np.abs(differences).max(axis=0) / spread).max():.3g}"),
        "compounds": len(differences),
    }
