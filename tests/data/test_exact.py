"""Cells through Parquet and back: the same values of the same types."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from molkit.data.exact import read_exact, write_exact

CELLS = st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.booleans(), st.just("\ud800"), st.just(""))
KINDS = [CELLS, st.text(), st.none(), *(st.one_of(st.none(), kind) for kind in (st.text(), st.integers(), st.floats()))]


def same(found: Any, expected: Any) -> bool:
    if isinstance(expected, float) and math.isnan(expected):
        return isinstance(found, float) and math.isnan(found)
    return type(found) is type(expected) and found == expected


@settings(deadline=None)  # pyarrow is imported by the first example
@given(st.integers(0, 20).flatmap(lambda n: st.tuples(*(st.lists(kind, min_size=n, max_size=n) for kind in KINDS))))
def test_any_cells_come_back(tmp_path_factory: pytest.TempPathFactory, columns: tuple[list[Any], ...]) -> None:
    path = tmp_path_factory.mktemp("exact") / "t.parquet"
    named = {f"column {place}": values for place, values in enumerate(columns)}
    write_exact(path, named)
    found = read_exact(path.read_bytes(), list(named)[::-1])
    for name, values in named.items():
        assert len(found[name]) == len(values)
        assert all(map(same, found[name], values)), (found[name], values)


def test_the_same_cells_are_the_same_bytes_and_other_tools_can_read_them(tmp_path: Path) -> None:
    import pandas as pd

    columns: dict[str, list[Any]] = {"a,b": ["x", None, ""], "n": [1, None, 3], "mixed": ["1", 1, None]}
    for name in ("one", "two"):
        write_exact(tmp_path / name, columns)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    frame = pd.read_parquet(tmp_path / "one")
    assert frame["a,b"].fillna("none").tolist() == ["x", "none", ""]
    assert frame["n"].sum() == 4
