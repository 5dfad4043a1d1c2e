"""What a model file holds of its patients: which values are plausible, and groups of them by risk; no row of any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from molkit.bundle import to_json
from molkit.data.split import row_groups
from molkit.explain.alike import risk_groups
from molkit.explain.patient import plausible_values
from molkit.features.inputs import KINDS, explained
from molkit.learners.protocol import stream_seed
from molkit.pipeline.dataset import exact_values
from molkit.pipeline.fitting import Fitted
from molkit.pipeline.samples import CellsOf
from molkit.pipeline.trial import Material
from molkit.types import Target

PATIENTS = "patients.json"
_MOST = 20_000  # patients are enough for quantiles


def patient_entries(
    material: Material, targets: Sequence[Target], fitted: Fitted, among: np.ndarray, cells: CellsOf, first_row: int
) -> dict[str, bytes]:
    """The entry of a model file for `molkit predict --explain`, of rows `among`; none for inputs without it.

    One row of each patient counts, at random; risks are of models that have not seen it.
    """
    one = explained(material.dataset.inputs)
    reader = None if one is None else KINDS[one.kind].reader
    if one is None or reader is None or not material.config.with_structures:
        return {}
    read: Any = reader(**one.options)
    rows = one_of_each(row_groups(material.rows, "random"), among, stream_seed(material.config.seed, "patients"))
    items = [read(cells[one.name][material.dataset.rows[row][0] - first_row]) for row in rows.tolist()]
    variables = [read.variables(item) for item in items]
    truth = exact_values(material.dataset.measurements)[rows]
    groups = {
        target.name: asdict(risk_groups(fitted.crossed[rows, k], truth[:, k], variables))
        for k, target in enumerate(targets)
        if target.kind == "binary"
    }
    return {PATIENTS: to_json({"plausible": plausible_values(read, items), "groups": groups})}


def one_of_each(groups: np.ndarray, among: np.ndarray, seed: int) -> np.ndarray:
    """One row of `among` [m] for each group [n], at random, at most 20,000 of them."""
    shuffled = np.random.default_rng(seed).permutation(among)
    _, first = np.unique(groups[shuffled], return_index=True)
    return shuffled[np.sort(first)][:_MOST]
