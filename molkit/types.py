"""The nouns that every part of molkit shares.

Axis letters: B samples, N atoms, E directed bonds, F features, K targets, C classes, W = K or C,
D encoder width. NaN in a label means "not measured".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:  # so that a process that only reads results does not load numpy
    import numpy as np

STATUSES = (
    "ok",
    "empty",
    "invalid_syntax",
    "invalid_chemistry",
    "too_large",
    "timeout",
    "crashed",
    "unsupported",
    "non_finite",
)


@dataclass(frozen=True)
class Problem:
    """Why one cell gives no result: a status of `STATUSES`, a sentence, and where it is.

    `position` is the 1-based character of the cell the sentence is about, if there is one.

    >>> Problem("invalid_chemistry", "N has four bonds and no charge.", 12).sentence(17)
    'Row 17, character 12: N has four bonds and no charge.'
    """

    status: str
    reason: str
    position: int | None = None

    def sentence(self, row: int, file: str = "") -> str:
        """The reason with its place: the file, or "" and the 1-based data row."""
        place = file or f"Row {row}"
        return f"{place if self.position is None else f'{place}, character {self.position}'}: {self.reason}"


@dataclass(frozen=True)
class Identity:
    """What one read cell is: its text, a key that equal things share, keys of what no split may part, its series.

    Things with an empty key are never taken to be the same. `series` groups alike things (a scaffold), "" for none.
    """

    text: str
    key: str = ""
    leak_keys: tuple[str, ...] = ()
    series: str = ""


@dataclass(frozen=True)
class Graphs:
    """Packed molecular graphs; the number of molecules is `len(atom_offsets) - 1`, never inferred.

    Atoms of molecule i are `atom_offsets[i]:atom_offsets[i + 1]`, its directed bonds
    `edge_offsets[i]:edge_offsets[i + 1]`; the reverse of directed bond 2j is 2j + 1.
    """

    atoms: np.ndarray  # int32 [N], rows of atom_classes
    bonds: np.ndarray  # int32 [E], rows of bond_classes
    edges: np.ndarray  # int32 [2, E], from atom, to atom, over all molecules
    atom_offsets: np.ndarray  # int64 [B + 1]
    edge_offsets: np.ndarray  # int64 [B + 1]
    atom_classes: np.ndarray  # int16 [classes, F]
    bond_classes: np.ndarray  # int16 [classes, F']

    def __len__(self) -> int:
        return len(self.atom_offsets) - 1


@dataclass(frozen=True)
class Steps:
    """Packed sequences; those of sample i are `offsets[i]:offsets[i + 1]`, their number is `len(offsets) - 1`."""

    values: np.ndarray  # int32 [T of all samples], ids, or float32 [T of all samples, F]
    offsets: np.ndarray  # int64 [B + 1]

    def __len__(self) -> int:
        return len(self.offsets) - 1


Values: TypeAlias = "Graphs | Steps | np.ndarray"  # packed, each with a length and rows that can be taken


@dataclass(frozen=True)
class Column:
    """One feature of one input: values over the distinct cells, and the value that each row has."""

    values: Values  # n distinct values
    index: np.ndarray  # int64 [B], row -> distinct value

    def __len__(self) -> int:
        return len(self.index)


@dataclass(frozen=True)
class Target:
    """What one predicted quantity means.

    `kind` is "regression", "binary" or, of a target as it is told, "multiclass"; `log` says that the model works on
    log10 of the measured value; `classes` names the negative and the positive class, or all of them. A model sees a
    multiclass target as a binary one for each class, `group` being its name (see `molkit.data.quantities`).
    """

    name: str
    kind: str
    unit: str = ""
    log: bool = False
    classes: tuple[str, ...] | None = None
    threshold: float = 0.5
    group: str = ""


@dataclass(frozen=True)
class Split:
    """Row numbers (0-based) of the three parts, how they were made, of which data, and what is to be told."""

    train: tuple[int, ...]
    valid: tuple[int, ...]
    test: tuple[int, ...]
    method: str
    seed: int
    data_hash: str
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measurements:
    """Labels as learners see them, one row per training compound.

    `relations` is 0 where the value was measured, +1 where the true value is known to lie above `values`,
    -1 where it lies below. `exclusive` are the columns of each multiclass target: a measured row has 1 in one of them
    and 0 in the others.
    """

    values: np.ndarray  # float64 [B, K], NaN = not measured
    relations: np.ndarray  # int8 [B, K]
    weights: np.ndarray  # float64 [B]
    exclusive: tuple[tuple[int, ...], ...] = ()
