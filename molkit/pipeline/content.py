"""What goes into a model file."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from molkit.bundle import array_bytes, to_json
from molkit.config import config_to_dict
from molkit.engine.scorer import ENCODER
from molkit.features.inputs import inputs_to_dict, of_molecules
from molkit.pipeline.dataset import Dataset, exact_values
from molkit.pipeline.findings import Findings
from molkit.pipeline.fitting import Fitted
from molkit.pipeline.makers import without_folders
from molkit.pipeline.policies import policy_of
from molkit.pipeline.shortcuts import check_shortcuts
from molkit.pipeline.trial import Material, development_rows
from molkit.trust import trust_arrays, trust_to_dict
from molkit.types import Split, Target


def model_content(
    material: Material,
    targets: Sequence[Target],
    split: Split,
    fitted: Fitted,
    findings: Findings,
    notes: Sequence[str],
) -> dict[str, Any]:
    """The JSON part: everything but arrays."""
    dataset, config, ensemble = material.dataset, material.config, fitted.ensemble
    told = asdict(findings)
    trust_scores = told.pop("trust")
    return {
        "config": config_to_dict(
            replace(
                config,
                workers=0,
                split_file=config.split_file and Path(config.split_file).name,
                pretrained=config.pretrained and Path(config.pretrained).name,
                inputs=config.inputs and tuple(map(without_folders, config.inputs)),
            )
        ),
        "policy": asdict(policy_of(config)),
        "featurizers": material.featurizers,
        "inputs": inputs_to_dict([replace(one, source=without_folders(one.source)) for one in dataset.inputs]),
        "targets": [asdict(target) for target in targets],
        "learners": [
            {"name": name, "models": len(models)} for name, models in zip(ensemble.names, ensemble.members, strict=True)
        ],
        "plan": asdict(material.plan),
        "folds": len(fitted.held_out),
        "weights": ensemble.weights.tolist(),
        "calibration": [asdict(calibration) for calibration in ensemble.calibration],
        "half_widths": _typical_half_widths(fitted),
        "trust": trust_to_dict(fitted.trust),
        "shortcuts": check_shortcuts(material, ensemble, development_rows(split)),
        "split": asdict(split),
        **told,
        "trust_scores": trust_scores,
        "notes": list(notes),
        "compounds": len(dataset),
        "named": material.keeps_rows and dataset.ids is not None,
        "versions": versions(),
        **({"pretrained": material.source.told} if material.source else {}),
    }


def _typical_half_widths(fitted: Fitted) -> list[float | None]:
    """Median half width of the 90 % intervals of held-out rows, on the model's scale, for each target."""
    halves = fitted.trust.half_widths(fitted.known)
    return [None if half is None else float(np.nanmedian(half)) for half in halves]


def model_entries(material: Material, targets: Sequence[Target], split: Split, fitted: Fitted) -> dict[str, bytes]:
    """The fitted learners, and the structures they learned from unless these stay at home."""
    entries = {"trust.safetensors": array_bytes(trust_arrays(fitted.trust))}
    for place, models in enumerate(fitted.ensemble.members):
        for number, model in enumerate(models):
            state = model.state()
            entries[f"learners/{place}/{number}/config.json"] = to_json(state.config)
            entries[f"learners/{place}/{number}/arrays.safetensors"] = array_bytes(state.arrays)
    for encoder in fitted.ensemble.pretrained:
        state = encoder.state()
        entries[f"{ENCODER}/config.json"] = to_json(state.config)
        entries[f"{ENCODER}/arrays.safetensors"] = array_bytes(state.arrays)
    if material.keeps_rows:
        entries |= _structures(material, targets, development_rows(split))
    return entries


def _structures(material: Material, targets: Sequence[Target], rows: np.ndarray) -> dict[str, bytes]:
    dataset = material.dataset
    values = exact_values(dataset.measurements)
    rows = rows[~np.isnan(values[rows]).all(axis=1)]  # the nearest compound is one that has a value
    values = values[rows]
    logs = [target.log for target in targets]
    values[:, logs] = [[float(f"{cell:.12g}") for cell in row] for row in 10.0 ** values[:, logs]]
    assert material.sketches is not None
    sketches = material.sketches.take(rows)
    if of_molecules(dataset.inputs):
        training: dict[str, Any] = {"smiles": [dataset.smiles[i] for i in rows]}
        arrays = {"bits": sketches.bits[0], "values": values}
    else:
        names = [one.name for one in dataset.inputs]
        training = {"things": {name: _things(dataset, name, rows, own)
                               for name, own in zip(names, sketches.index.T, strict=True)}}  # fmt: skip
        arrays = {f"bits/{name}": own for name, own in zip(names, sketches.bits, strict=True)}
        arrays |= {"index": sketches.index.astype(np.int32), "values": values}
    if dataset.ids is not None:
        training["ids"] = [dataset.ids[i] for i in rows]
    return {"training.safetensors": array_bytes(arrays), "training.json": to_json(training)}


def _things(dataset: Dataset, name: str, rows: np.ndarray, index: np.ndarray) -> list[str]:
    """What is shown of the distinct things of an input that `rows` have, numbered by `index` [rows]."""
    _, first = np.unique(index, return_index=True)
    return [dataset.identities[name][row].text for row in rows[first].tolist()]


def versions() -> dict[str, str]:
    """Versions that can change a number."""
    names = ("molkit", "rdkit", "numpy", "torch", "torch-geometric", "lightgbm", "scikit-learn")
    return {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in names}}
