"""What the rows of a table that is scored are: series, compounds, what their inputs hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from molkit.config import RunConfig
from molkit.data.columns import find_column
from molkit.data.table import Table
from molkit.features.inputs import KINDS, main_input, noun_of
from molkit.pipeline.cells import Rows
from molkit.pipeline.dataset import sample_keys
from molkit.pipeline.phrases import a
from molkit.pipeline.progress import Progress
from molkit.pipeline.samples import read_samples
from molkit.pipeline.scored import EvaluateOptions
from molkit.types import Identity


@dataclass(frozen=True)
class Structures:
    """Per row of a table: scaffold ("" for none), number of the compound (-1 for none), and what its inputs hold."""

    scaffolds: list[str]
    compounds: np.ndarray
    identities: list[tuple[Identity, ...]]  # of each input, none for a row that cannot be read


def read_structures(
    rows: Rows, table: Table, options: EvaluateOptions, mixtures: str, progress: Progress
) -> tuple[Structures, list[str]]:
    """What the rows hold; those that cannot be read are scored all the same."""
    config = RunConfig(mixtures=mixtures)
    samples = read_samples(rows.cells(table), table.faults, rows.inputs, [], config, options.workers, progress)
    scaffolds, compounds = [""] * len(table), np.full(len(table), -1)
    identities: list[tuple[Identity, ...]] = [()] * len(table)
    owners, main = samples.rows.tolist(), main_input(rows.inputs).name
    numbers: dict[tuple[str, ...], int] = {}
    keys = sample_keys(rows.inputs, samples.identities)
    found = list(zip(*(samples.identities[one.name] for one in rows.inputs), strict=True))
    for place, row in enumerate(owners):
        scaffolds[row], identities[row] = samples.identities[main][place].series, found[place]
        compounds[row] = numbers.setdefault(keys[place], len(numbers))
    repeated = len(owners) - len(numbers)
    what = "1 row repeats" if repeated == 1 else f"{repeated} rows repeat"
    notes = [f"{what} {a(noun_of(rows.inputs))} of another row; each is scored as it stands."] if repeated else []
    return Structures(scaffolds, compounds, identities), notes


def series_of(
    table: Table, structures: Structures | None, options: EvaluateOptions, noun: str
) -> list[str] | None:  # fmt: skip
    """What makes rows a series: the group column, of compounds else the scaffold."""
    if options.group is None:
        return structures.scaffolds if structures and noun == KINDS["smiles"].noun else None
    cells = table.columns[find_column(table.names, options.group, "--group")]
    return ["" if cell is None else str(cell).strip() for cell in cells]
