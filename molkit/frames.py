"""What callers in Python give and get: structures as a table, results beside what was given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from molkit.data.structures import choose_structures, no_structures
from molkit.data.table import Table, frame_to_table, table_from_values
from molkit.data.write import clash_names
from molkit.errors import InputError
from molkit.report.html import predictions_html

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


@dataclass(frozen=True)
class Predictions:
    """One row per input row, in order; columns by name."""

    columns: Mapping[str, Sequence[Any]]
    frame: Any = field(default=None, repr=False)  # the caller's DataFrame, if there was one

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, name: str) -> list[Any]:
        return list(self.columns[name])

    def __iter__(self) -> Iterator[dict[str, Any]]:
        names = list(self.columns)
        return (dict(zip(names, row, strict=True)) for row in zip(*self.columns.values(), strict=True))

    def to_pandas(self) -> pd.DataFrame:
        """The same as a DataFrame; with the columns and the index of the one that was given, if one was."""
        import pandas as pd

        if self.frame is None:
            return pd.DataFrame(dict(self.columns))
        added = {name: values for name, values in self.columns.items() if name not in set(map(str, self.frame.columns))}
        return pd.concat([self.frame, pd.DataFrame(added, index=self.frame.index)], axis=1)

    def __repr__(self) -> str:
        return "\n".join(str({k: v for k, v in row.items() if v is not None}) for row in list(self)[:10])

    def _repr_html_(self) -> str:
        return predictions_html(self.columns)


@dataclass(frozen=True)
class Embedding:
    """The vectors float32 [n, D] of n rows, in order: NaN rows where there is none, of which `reasons` tells.

    `names` are those of the D numbers, `statuses` are "ok" or what went wrong, `sentence` says what made the vectors;
    `novelty` is that of each row, by an autoencoder of molecules alone, None where nothing could be read.
    """

    vectors: np.ndarray
    names: tuple[str, ...]
    statuses: tuple[str, ...]
    reasons: tuple[str | None, ...]
    sentence: str
    novelty: tuple[float | None, ...] | None = None

    def __len__(self) -> int:
        return len(self.vectors)

    def to_pandas(self) -> pd.DataFrame:
        """The vectors as columns, and what became of each row."""
        import pandas as pd

        told: dict[str, Any] = {} if self.novelty is None else {"novelty": list(self.novelty)}
        told |= {"status": list(self.statuses), "reason": list(self.reasons)}
        return pd.DataFrame(self.vectors, columns=list(self.names)).assign(**told)


def beside(table: Table, structures: Any, found: dict[str, list[Any]]) -> Predictions:
    """New columns beside those of the table that was made of `structures`, renamed where it has them already."""
    frame = structures if hasattr(structures, "index") and hasattr(structures, "columns") else None
    renamed = {new: found[name] for name, new in clash_names(table.names, list(found)).items()}
    return Predictions({**table.columns, **renamed}, frame)


def as_table(structures: Any, column: str = "smiles") -> Table:
    """What a caller may give as structures, or cells of the one `column` that is read; raises InputError for others."""
    if isinstance(structures, str):
        return table_from_values([structures]) if column == "smiles" else frame_to_table({column: [structures]})
    if hasattr(structures, "columns") or isinstance(structures, Mapping):
        return frame_to_table(structures)
    if isinstance(structures, bytes) or not isinstance(structures, Iterable):
        what = "SMILES" if column == "smiles" else f"cell of {column}"
        raise InputError(f"expected a {what}, a list of them or a DataFrame, got {type(structures).__name__}")
    return frame_to_table({column: list(structures)})


def structure_column(table: Table, wanted: str | None) -> str:
    """The column of structures, the `wanted` one or the one found; raises InputError where there is none."""
    name, _ = choose_structures(table.names, table.columns, wanted)
    if name is None:
        raise no_structures("the table", table.names)
    return name
