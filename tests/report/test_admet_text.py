"""The profile of one molecule in the terminal."""

from __future__ import annotations

from typing import Any

import pytest
from parsed import HOSTILE
from profiles import ALL, profiled, verdicts

from molkit.profile.columns import cells_of
from molkit.profile.endpoints import SECTIONS
from molkit.report.admet_text import profile_text


def told(table: Any, row: int, **more: Any) -> list[str]:
    cells = {endpoint.name: list(cells_of(endpoint, table.columns, len(table)))[row] for endpoint in ALL}
    values = {name: column[row] for name, column in table.columns.items()}
    return profile_text(ALL, cells, values | more).splitlines()


def test_every_endpoint_has_its_line_by_section() -> None:
    table = profiled(3)
    lines = told(table, 0)
    assert [line for line in lines if line in SECTIONS] == list(SECTIONS)
    found = {endpoint.name: line for endpoint in ALL for line in lines if line[2:].startswith(f"{endpoint.title} ")}
    signs = {"welcome": "+", "unwelcome": "-", "": " "}
    for endpoint in ALL:
        line = found[endpoint.name]
        assert line[0] == signs[str(verdicts(table, endpoint)[0])]
        value = float(line[2 + len(endpoint.title) :].split()[0])
        assert value == pytest.approx(float(table.columns[endpoint.name][0]), rel=0.01, abs=0.01)
        assert table.columns[f"{endpoint.name}_in_domain"][0] in line
        after = lines[lines.index(line) + 1]
        assert f"{endpoint.name} near 0, similarity" in after
    assert max(map(len, lines)) <= 100
    assert any(line.split() == ["Molecular", "weight", "(g/mol)", "100.5"] for line in lines)


@pytest.mark.parametrize("text", [*HOSTILE, "word " * 100, "x" * 500])
def test_long_and_hostile_texts_stay_within_their_lines(text: str) -> None:
    lines = told(profiled(1, hERG_nearest_name=text, alerts=text), 0, note=text)
    assert max(map(len, lines)) <= 100
    assert not any(c in line for line in lines for c in "\x00\x1b\u202e\u2066")


def test_a_row_without_a_value_says_why() -> None:
    assert told(profiled(5), 3) == ["status  invalid_syntax", "reason  bad 3"]


def test_absent_columns_are_left_out() -> None:
    lines = profile_text(ALL[:2], {one.name: {"value": 0.5} for one in ALL[:2]}, {}).splitlines()
    assert len([line for line in lines if "0.500 log cm/s" in line or line.endswith("0.50")]) == 2
    assert not any("nearest" in line for line in lines)
    assert f"  {ALL[0].title}: no value" in profile_text(ALL[:1], {ALL[0].name: {}}, {})
