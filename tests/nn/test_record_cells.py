"""Which columns make up a cell."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from molkit.nn.record_cells import cells_of

NAN = float("nan")


def test_runs_of_columns_become_cells() -> None:
    cells = cells_of((("number", 2), ("category", 3), ("binary", 1)))
    assert cells.count == 4
    assert cells.owner.tolist() == [0, 1, 2, 2, 2, 3]
    assert cells.numbers.tolist() == [0, 1]
    assert [cells.kind(cell) for cell in range(4)] == ["number", "number", "category", "binary"]


def test_a_category_is_missing_where_all_is_zero_and_other_cells_where_there_is_nan() -> None:
    cells = cells_of((("number", 1), ("category", 2), ("binary", 1)))
    rows = torch.tensor([[0.0, 0, 0, 0], [NAN, 0, 1, NAN], [2, NAN, NAN, 1]])
    assert cells.known(rows).tolist() == [[True, False, True], [False, True, False], [True, False, True]]


def test_the_softmax_is_that_of_torch_for_every_category() -> None:
    cells = cells_of((("category", 3), ("number", 1), ("category", 2)))
    raw = 50 * torch.from_numpy(np.random.default_rng(0).normal(size=(7, 6)).astype(np.float32))
    found = cells.log_softmax(raw)
    torch.testing.assert_close(found[:, :3], raw[:, :3].log_softmax(1))
    torch.testing.assert_close(found[:, 4:], raw[:, 4:].log_softmax(1))


def test_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="expected number, binary or category"):
        cells_of((("words", 3),))
