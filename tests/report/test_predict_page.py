"""The page of predictions: it counts all rows, lists those without a value, and shows the first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from parsed import HOSTILE, Page

from molkit.data.table import Table
from molkit.pipeline.looked import Looked
from molkit.report import predict_page as module
from molkit.report.predict_page import predict_page, predict_pictures, read_predictions
from molkit.report.roles import find_roles

SMILES = ["CCO", "c1ccccc1", "CCN", None, "CCCl"]


def pieces(rows: int, size: int = 7, **more: Any) -> Iterator[Table]:
    """A table as `molkit predict` writes one, as texts; every fifth row has failed."""
    for first in range(0, rows, size):
        places = range(first, min(rows, first + size))
        good = [place % 5 != 3 for place in places]
        columns: dict[str, list[Any]] = {
            "name": [f"m{place}" for place in places],
            "status": ["theirs" for _ in places],
            "logS_pred": [f"{place / 10}" if ok else "" for place, ok in zip(places, good, strict=True)],
            "logS_lo90": [f"{place / 10 - 1}" if ok else "" for place, ok in zip(places, good, strict=True)],
            "logS_hi90": [f"{place / 10 + 1}" if ok else "" for place, ok in zip(places, good, strict=True)],
            "in_domain": [["in", "edge", "out", "", "in"][place % 5] for place in places],
            "nearest_train": ["CCCO" if ok else "" for ok in good],
            "status_molkit": ["ok" if ok else "invalid_syntax" for ok in good],
            "reason": ["" if ok else f"bad {place}" for place, ok in zip(places, good, strict=True)],
            "smiles_std": [SMILES[place % 5] or "" for place in places],
            **{name: [value] * len(places) for name, value in more.items()},
        }
        yield Table(tuple(columns), columns, first + 1)


KEPT = ["name", "status"]


def test_everything_is_counted_and_the_first_rows_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 20)
    found = Page(predict_page("t", *read_predictions(pieces(100), KEPT)))
    assert found.open == []
    for said in ("in: 40 (40.0%)", "edge: 20 (20.0%)", "none: 20 (20.0%)", "ok: 80 (80.0%)", "invalid_syntax: 20"):
        assert said in found.text
    assert "The first 20 of 100 rows" in found.text
    assert "A bar is an interval" in found.text
    heads = [place for place, row in enumerate(found.cells) if "reason" in row]
    problems, rows = found.cells[heads[0] + 1 : heads[1]], found.cells[heads[1] + 1 :]
    assert [row[0] for row in problems] == [str(place + 1) for place in range(100) if place % 5 == 3]
    assert [row[found.cells[heads[0]].index("reason")] for row in problems][:2] == ["bad 3", "bad 8"]
    assert len(rows) == 20
    head = found.cells[heads[1]]
    assert head[:2] == ["structure", "nearest_train (drawn)"]
    assert "logS_lo90" not in head
    assert rows[12][head.index("logS_lo90 to hi90")] == "0.20 to 2.20"
    assert rows[12][head.index("logS_pred")] == "1.2"
    assert rows[2][head.index("in_domain")].strip() == "○ out"
    assert rows[3][head.index("in_domain")] == rows[3][head.index("logS_lo90 to hi90")] == ""
    assert found.tags.count("use") > 20  # the nearest compound and repeated structures, each in the page once


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_and_cells_are_only_shown(text: str) -> None:
    more = {text: text, f"{text}_pred": text, f"{text}_lo90": text, f"{text}_hi90": text}
    found = Page(
        predict_page(
            text,
            *read_predictions(pieces(9, **more), [*KEPT, text]),
            [(text, [text])],
            text,
            {text: f"# Card\n\n{text}"},
        )
    )
    assert found.open == []
    assert found.inert


def test_a_table_without_rows_or_roles_is_a_page() -> None:
    assert Page(predict_page("t", *read_predictions([], []))).open == []
    assert "A bar is" not in predict_page("t", *read_predictions([], []))
    plain = Table(("a", "b"), {"a": ["1"], "b": ["2"]})
    assert ["1", "2"] in Page(predict_page("t", *read_predictions([plain], ["a", "b"]))).cells


def test_verdicts_that_there_are_none_of_are_neither_counted_nor_drawn() -> None:
    seen, roles = read_predictions(pieces(10, in_domain=""), KEPT)
    assert [plot.name for plot in predict_pictures(seen, roles)] == ["distribution-1"]
    text = Page(predict_page("t", seen, roles)).text
    assert "in_domain" not in text
    assert "none:" not in text


def test_each_column_of_verdicts_has_a_plot_of_its_own_name() -> None:
    seen, roles = read_predictions(pieces(10, in_library="out", m1_in_domain="in"), KEPT)
    names = [plot.name for plot in predict_pictures(seen, roles)]
    assert names == ["distribution-1", "domain", "domain-2", "domain-3"]
    assert "out: 10 (100.0%)" in Page(predict_page("t", seen, roles)).text


@pytest.mark.parametrize("mapped", [True, False])
def test_colours_are_told_of_where_there_are_maps(mapped: bool) -> None:
    looked = Looked(np.zeros((1, 8, 8), np.uint8), np.ones((8, 8), np.float32) if mapped else None)
    text = Page(predict_page("t", *read_predictions(pieces(3), KEPT), looked=[looked])).text
    assert ("Warm colours" in text) == mapped
    assert "handle this page as the images themselves" in text


def test_a_column_named_row_stays_beside_the_numbers_of_rows() -> None:
    columns = {"row": ["a", "b"], "status": ["ok", "empty"], "x_pred": ["1", ""]}
    found = Page(predict_page("t", *read_predictions([Table(tuple(columns), columns)], ["row"])))
    assert found.cells[:2] == [["row_molkit", "row", "status"], ["2", "b", "empty"]]


def test_roles_are_those_of_added_columns_only() -> None:
    names = ["in_domain", "x_pred", "a_b_pred", "a_b_lo95", "a_b_hi95", "x_pred_molkit", "m1_in_domain", "y_lo90",
             "in_library"]  # fmt: skip
    roles = find_roles(names, ["in_domain", "x_pred"])
    assert roles.predictions == {"a_b": "a_b_pred", "x": "x_pred_molkit"}
    assert roles.intervals == {"a_b": ("a_b_lo95", "a_b_hi95")}
    assert (roles.domain, roles.status, roles.structure) == (["m1_in_domain", "in_library"], "", "")
