"""Table cells in Parquet files that give back exactly what was read: texts, numbers, blanks, also mixed ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_MARK = b"molkit"  # field metadata of columns whose cells are stored as JSON texts
_JSON = {_MARK: b"json"}


def write_exact(path: Path, columns: Mapping[str, Sequence[Any]]) -> None:
    """Write equally long columns of str, bool, int, float or None; the same cells give the same bytes."""
    import pyarrow
    from pyarrow import parquet

    made = [_array(values) for values in columns.values()]
    fields = [
        pyarrow.field(name, array.type, metadata=_JSON if coded else None)
        for name, (array, coded) in zip(columns, made, strict=True)
    ]
    table = pyarrow.Table.from_arrays([array for array, _ in made], schema=pyarrow.schema(fields))
    parquet.write_table(table, path, compression="zstd", write_statistics=False)


def read_exact(data: bytes, names: Sequence[str]) -> dict[str, list[Any]]:
    """The columns `names` of a file's bytes, as they were written."""
    import pyarrow
    from pyarrow import parquet

    table = parquet.read_table(pyarrow.BufferReader(data), columns=list(names), use_threads=False)
    found = {}
    for name in names:
        values = table.column(name).to_pylist()
        coded = (table.schema.field(name).metadata or {}).get(_MARK) == _JSON[_MARK]
        found[name] = [None if value is None else json.loads(value) for value in values] if coded else values
    return found


def _array(values: Sequence[Any]) -> tuple[Any, bool]:
    """An Arrow array, and whether its cells are JSON texts: where types mix, or Arrow cannot hold a value."""
    import pyarrow

    kinds = {type(value) for value in values} - {type(None)}
    if not kinds:
        return pyarrow.array(list(values), pyarrow.string()), False
    plain = {str: pyarrow.string(), bool: pyarrow.bool_(), int: pyarrow.int64(), float: pyarrow.float64()}
    if len(kinds) == 1 and (kind := plain.get(kinds.pop())) is not None:
        try:
            return pyarrow.array(values, kind, from_pandas=False), False
        except (pyarrow.ArrowException, OverflowError, UnicodeError):
            pass  # an integer beyond 64 bits, or half of a surrogate pair
    texts = [None if value is None else json.dumps(value) for value in values]
    return pyarrow.array(texts, pyarrow.string()), True
