"""The page of ADMET profiles: all rows counted, colour only for what is certain, profiles that agree with the table."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parsed import HOSTILE, Page
from profiles import ALL, INPUTS, cut, drug_quantiles, profiled, verdicts

from molkit.data.table import Table
from molkit.profile.columns import column_names
from molkit.profile.endpoints import ENDPOINTS, choose_endpoints
from molkit.report import admet_page as module
from molkit.report import admet_read
from molkit.report.admet_cells import number_text
from molkit.report.admet_page import admet_page
from molkit.report.admet_read import read_profile

QUANTILES = drug_quantiles()


def made(table: Table, endpoints: Any = ALL, kept: Any = INPUTS, title: str = "t", **more: Any) -> str:
    return admet_page(title, read_profile(cut(table), endpoints, kept), QUANTILES, **more)


def section(text: str, heading: str) -> str:
    """The part of a page below a heading."""
    return text.split(f">{heading}</h2>")[1].split("</section>")[0]


def test_every_row_and_status_is_accounted_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admet_read, "MOST_ROWS", 20)
    monkeypatch.setattr(module, "MOST_ROWS", 20)
    text = made(profiled(151))
    assert "The first 20 of 151 rows" in text
    assert "ok: 121 (80.1%)" in text
    assert "invalid_syntax: 30 (19.9%)" in text
    problems = Page(section(text, "Rows without a value"))
    assert "first 20 of 30" in problems.text
    assert problems.cells[0] == ["row", "name", "smiles", "status", "reason"]
    assert [(row[0], row[1], row[-1]) for row in problems.cells[1:]] == [
        (str(row + 1), f"m{row}", f"bad {row}") for row in range(151) if row % 5 == 3
    ][:20]
    rows = Page(section(text, "Molecules")).cells
    assert [row[rows[0].index("name")] for row in rows[1:]] == [f"m{row}" for row in range(20)]


def test_the_summary_counts_verdicts_and_takes_medians() -> None:
    table = profiled(90)
    summary = Page(section(made(table), "Summary")).cells
    for endpoint, line in zip(ALL, summary[1:], strict=True):
        said = dict(zip(summary[0], line, strict=True))
        counts = Counter(verdicts(table, endpoint))
        names = column_names(endpoint)
        values = [float(cell) for cell in table.columns[names["value"]] if cell]
        assert said["endpoint"].startswith(endpoint.title)
        assert float(said["median"]) == pytest.approx(np.median(values), rel=0.01, abs=0.01)
        assert float(said["median of drugs"]) == pytest.approx(QUANTILES[endpoint.name][50], rel=0.01, abs=0.01)
        out = [domain == "out" for domain in table.columns[names["in_domain"]] if domain]
        assert said["out of domain"] == f"{np.mean(out):.1%}"
        wanted = [counts["welcome"], counts[""], counts["unwelcome"]] if endpoint.welcome else ["", "", ""]
        assert [said["✓ welcome"], said["open"], said["✗ unwelcome"]] == [str(count) for count in wanted]


COLOURED = re.compile(r'<td class="number"(?: data-value="[^"]*")?>(?:<span class="value (good|bad)">)?([✓✗?]?)')


def test_a_value_is_coloured_only_where_its_verdict_is_certain(monkeypatch: pytest.MonkeyPatch) -> None:
    table = profiled(40)
    body = section(made(table), "Molecules").split("<tbody>")[1]
    heads = Page(section(made(table), "Molecules")).cells[0]
    rows = [re.findall(r"<td.*?</td>", row) for row in body.split("</tr>")[:40]]
    seen = set()
    for endpoint in ALL:
        place, names = heads.index(endpoint.name), column_names(endpoint)
        for row, verdict in enumerate(verdicts(table, endpoint)):
            match = COLOURED.match(rows[row][place])
            assert match is not None
            out = table.columns[names["in_domain"]][row] == "out"
            sign = {"welcome": "✓", "unwelcome": "✗"}.get(str(verdict), "?" if out else "")
            assert (match[1], match[2]) == ({"welcome": "good", "unwelcome": "bad"}.get(str(verdict)), sign)
            seen.add((match[1], sign))
    assert seen == {("good", "✓"), ("bad", "✗"), (None, ""), (None, "?")}


def articles_of(text: str) -> list[str]:
    return re.findall(r"<article.*?</article>", text, re.DOTALL)


def lines_of(text: str) -> list[list[str]]:
    """The lines of endpoints in profiles, without the title and the track."""
    return [row[2:] for row in Page(text).cells if len(row) == 9 and row[0] != "Endpoint"]


def test_a_profile_says_what_the_table_says() -> None:
    table = profiled(5)
    text = made(table)
    articles = articles_of(text)
    assert len(articles) == 5
    for row, article in enumerate(articles):
        assert f"Row {row + 1}: m{row}" in article
        for endpoint, line in zip(ALL, lines_of(article), strict=True):
            names = column_names(endpoint)
            cells = {role: table.columns[name][row] for role, name in names.items()}
            if row == 3:
                assert set(line) == {""}
                continue
            value, spread, percentile, domain, nearest, similarity, measured = line
            assert float(value.strip("✓✗? ")) == pytest.approx(float(cells["value"]), rel=0.01, abs=0.01)
            assert float(percentile.removesuffix(" %")) == pytest.approx(float(cells["percentile"]), abs=0.51)
            assert domain.split()[1] == cells["in_domain"]
            assert nearest == cells["nearest_name"]
            assert float(similarity) == pytest.approx(float(cells["nearest_similarity"]), abs=0.0051)
            if endpoint.classes:
                assert (spread, measured) == (cells["set"], cells["nearest_value"])
            else:
                ends = [float(end) for end in spread.split(" to ")]
                assert ends == pytest.approx([float(cells["low"]), float(cells["high"])], rel=0.01)
                assert float(measured) == pytest.approx(float(cells["nearest_value"]), rel=0.01)
    assert "bad 3" in articles[3]


def test_what_the_script_gets_is_what_profiles_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stored texts, places and marks of each row against the profiles of a page that has one for each."""
    table = profiled(15)
    monkeypatch.setattr(module, "_FEW", 15)
    plain = articles_of(made(table))
    monkeypatch.setattr(module, "_FEW", 12)
    (kept,) = re.findall(r'<pre class="stored" hidden>(.*?)</pre>', made(table))
    stored = json.loads(kept)
    texts = stored["texts"]
    for article, (heading, lines) in zip(plain, stored["rows"], strict=True):
        found = Page(article)
        assert texts[heading] in found.text
        assert [[texts[text] for text in line[4:]] for line in lines] == lines_of(article)
        spots = [(a["href"], float(str(a["x"]))) for _, a in found.elements if a.get("class") == "spot"]
        assert spots == [("#" + texts[line[0]], line[1]) for line in lines]
        bars = [[float(str(a["x"])), float(str(a["width"]))] for _, a in found.elements if a.get("class") == "interval"]
        assert bars == [line[2:4] for line in lines]


@pytest.mark.parametrize("rows", [1, 2, 12, 13])
def test_every_link_leads_somewhere(rows: int) -> None:
    found = Page(made(profiled(rows)))
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {str(attributes["href"]) for tag, attributes in found.elements if tag in ("a", "use")}
    assert links <= {"#", *(f"#{name}" for name in ids)}
    assert found.open == []


@pytest.mark.parametrize("rows", [1, 3, 14])
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_and_cells_are_only_shown(text: str, rows: int) -> None:
    names = [column_names(ENDPOINTS[name]) for name in ("hERG", "Caco2_Wang")]
    roles = ("set", "in_domain", "nearest_name", "nearest_value", "low", "percentile", "value")
    over = {columns[role]: text for columns in names for role in roles if role in columns}
    table = profiled(
        rows, **{text: text, **over, "alerts": text, "reason": text, "note": text, "molecular_weight": text}
    )
    endpoints = choose_endpoints("hERG,Caco2_Wang,AMES")
    found = Page(made(table, endpoints, [*INPUTS, text], text, said=[(text, [text])], structure="smiles"))
    assert found.open == []
    assert found.inert


def test_input_columns_of_our_names_stay_theirs() -> None:
    table = profiled(14, choose_endpoints("hERG"))
    ours = {name: f"{name}_molkit" for name in ("hERG", "status", "smiles_std")}
    columns = {"hERG": ["theirs"] * 14, "status": ["new"] * 14, "smiles_std": ["?"] * 14, "row": ["a"] * 14}
    columns |= {ours.get(name, name): values for name, values in table.columns.items()}
    text = made(
        Table(tuple(columns), columns), choose_endpoints("hERG"), [*INPUTS, "hERG", "status", "smiles_std", "row"]
    )
    rows = Page(section(text, "Molecules")).cells
    first = dict(zip(rows[0], rows[1], strict=True))
    assert (first["hERG"], first["status"], first["row"]) == ("theirs", "new", "a")
    assert (first["row_molkit"], first["status_molkit"]) == ("1", "ok")
    assert float(first["hERG_molkit"].strip("✓✗? ")) == pytest.approx(float(table.columns["hERG"][0]), abs=0.01)
    assert "ok: 11" in text


@pytest.mark.parametrize("rows", [0, 1, 4])
def test_a_table_without_profiles_is_a_page(rows: int) -> None:
    columns = {"name": ["x"] * rows}
    assert Page(admet_page("t", read_profile(cut(Table(("name",), columns)), ALL, ["name"]), {})).open == []
    assert Page(admet_page("t", read_profile(cut(profiled(rows)), ALL, INPUTS), {})).open == []


def test_columns_that_were_not_asked_for_are_not_missed() -> None:
    """Only values: no interval, no domain, so nothing is certain and nothing coloured."""
    table = profiled(6)
    kept = {name: table.columns[name] for name in (*INPUTS, *ENDPOINTS)}
    text = made(Table(tuple(kept), kept))
    assert not re.search(r'class="(value )?(good|bad)"', text)
    assert len(lines_of(section(text, "Profiles"))) == 6 * len(ALL)


@given(st.floats(-1e12, 1e12))
def test_a_number_keeps_three_digits(value: float) -> None:
    assert float(number_text(value)) == pytest.approx(value, rel=0.00501)
