"""What a model of images sees in some of them: the pixels as it reads them, and where its networks look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from molkit.chem.policy import policy_from_dict
from molkit.data.quantities import called_classes, quantities
from molkit.engine.jobs import cell_chunks
from molkit.engine.scorer import ensemble_from_bundle
from molkit.learners.stack import Ensemble
from molkit.pipeline.opened import Model
from molkit.pipeline.packing import packing_pool
from molkit.types import Column, Target, Values


@dataclass(frozen=True)
class Looked:
    """An image as it was read, uint8 [C, H, W]; the map [H, W], 0 to 1, of what speaks for what `words` say, if any."""

    pixels: np.ndarray
    map: np.ndarray | None = None
    words: str = ""


def of_images(model: Model) -> bool:
    """Whether a model reads one image."""
    return [one.kind for one in model.inputs] == ["image"]


def looked_at(model: Model, cells: Sequence[Any], workers: int = 1) -> list[Looked | None]:
    """What a model of one image sees in each, None for those that cannot be read.

    Maps are means over its networks that have any, of what speaks for the first target: the class that is called, or
    a higher value.
    """
    ensemble, targets = ensemble_from_bundle(model.bundle), model.targets
    key = f"{model.inputs[0].name}/pixels"
    rows, values = _read(model, cells, sorted({key, *ensemble.needs}), workers)
    found: list[Looked | None] = [None] * len(cells)
    if not rows:
        return found
    pixels = np.asarray(values[key])
    columns = {name: Column(own, np.arange(len(rows))) for name, own in values.items()}
    asked = _asked(ensemble.predict(columns), targets, ensemble)
    maps = _maps(ensemble, pixels, [(target, against) for target, against, _ in asked])
    for place, row in enumerate(rows):
        own = None if maps is None else maps[place]
        found[row] = Looked(pixels[place], own, "" if own is None else asked[place][2])
    return found


def _read(
    model: Model, cells: Sequence[Any], keys: Sequence[str], workers: int
) -> tuple[list[int], dict[str, Values]]:  # fmt: skip
    """Rows that can be read, by workers that no file can harm, and their features."""
    content = model.bundle.model
    policy = policy_from_dict(content["policy"])
    with packing_pool("feature_chunk", policy, keys, content["featurizers"], workers, one=model.inputs[0]) as pool:
        for found in pool.map(cell_chunks(cells, {}, len(cells))):
            return found["rows"], found["values"]
    return [], {}


def _asked(said: np.ndarray, targets: Sequence[Target], ensemble: Ensemble) -> list[tuple[int, bool, str]]:
    """For each prediction [n, K] the output to explain, whether what speaks against it is asked for, and words."""
    first = quantities(targets)[0]
    if first.target.kind == "regression":
        return [(first.columns[0], False, f"a higher {first.target.name}")] * len(said)
    cuts = np.tile([target.threshold for target in targets], (len(said), 1))
    called = called_classes(said, cuts, ensemble.exclusive)[:, list(first.columns)]
    classes = first.target.classes or ("no", "yes")
    if first.several:
        return [(first.columns[place], False, classes[place]) for place in called.argmax(axis=1).tolist()]
    return [(first.columns[0], not yes, classes[int(yes)]) for yes in called[:, 0].tolist()]


def _maps(ensemble: Ensemble, pixels: np.ndarray, asked: Sequence[tuple[int, bool]]) -> np.ndarray | None:
    """Mean maps [n, H, W] of the networks, the largest value of each being 1; None if no network has maps."""
    networks: list[Any] = [model for models in ensemble.members for model in models if _has_maps(model)]
    if not networks:
        return None
    from molkit.explain.gradcam import grad_cam

    total = np.zeros((len(pixels), *pixels.shape[2:]), np.float32)
    for target, against in dict.fromkeys(asked):
        rows = [row for row, own in enumerate(asked) if own == (target, against)]
        total[rows] = np.sum([grad_cam(network, pixels[rows], target, against) for network in networks], axis=0)
    return total / np.maximum(total.max(axis=(1, 2), keepdims=True), 1e-30)


def _has_maps(model: Any) -> bool:
    encoders = list(model.model.encoders.values()) if hasattr(model, "model") else []
    return len(encoders) == 1 and hasattr(encoders[0], "maps")
