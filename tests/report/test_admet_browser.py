"""The page of ADMET profiles in a real browser: a click fills the one profile with the row that was clicked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import PROGRAM, Tab, chromium
from parsed import HOSTILE
from profiles import INPUTS, cut, drug_quantiles, profiled

from molkit.profile.endpoints import choose_endpoints
from molkit.report import admet_page as module
from molkit.report.admet_page import admet_page
from molkit.report.admet_read import read_profile

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs Chromium")
ROWS = 30
ENDPOINTS = choose_endpoints("hERG,Caco2_Wang,VDss_Lombardo,PPBR_AZ")
SHOWN = """(article => [article.querySelector("h3").textContent,
  ...[...article.querySelectorAll("dd")].map(fact => fact.textContent),
  ...[...article.querySelectorAll("[data-endpoint] td")].map(cell => cell.className + cell.textContent),
  ...[...article.querySelectorAll(".spot")].map(spot => spot.getAttribute("href") + Number(spot.getAttribute("x"))),
  ...[...article.querySelectorAll(".interval")].map(bar => bar.getAttribute("x") + bar.getAttribute("width")),
  (svg => document.querySelector(svg?.querySelector("use")?.getAttribute("href") ?? "none") ?? svg)(
    article.querySelector(".head .drawing svg"))?.innerHTML])"""


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with chromium(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def page_file(folder: Path, few: int) -> Path:
    """A page of 30 rows with hostile names of compounds and cells; with `few` rows or less all profiles are in it."""
    texts = {"note": HOSTILE[0], "hERG_nearest_name": HOSTILE[1], HOSTILE[2]: HOSTILE[9]}
    read = read_profile(cut(profiled(ROWS, ENDPOINTS, **texts)), ENDPOINTS, [*INPUTS, HOSTILE[2]])
    path = folder / f"{few}.html"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_FEW", few)
        path.write_text(admet_page("t", read, drug_quantiles(ENDPOINTS)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def profiles(tab: Tab, tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """What the profile of each row says where all are in the page."""
    tab.open(page_file(tmp_path_factory.mktemp("all"), ROWS))
    return tab.run(f"[...document.querySelectorAll('.profile')].map({SHOWN})")  # type: ignore[no-any-return]


@pytest.fixture
def opened(tab: Tab, profiles: list[list[str]], tmp_path: Path) -> Tab:
    tab.events.clear()
    tab.open(page_file(tmp_path, 12))
    return tab


def shown(tab: Tab) -> list[str]:
    return tab.run(f"{SHOWN}(document.querySelector('#profile'))")  # type: ignore[no-any-return]


def test_a_click_on_a_row_shows_its_profile(opened: Tab, profiles: list[list[str]]) -> None:
    assert len(profiles) == ROWS
    assert opened.run("document.querySelectorAll('.profile').length") == 1
    assert shown(opened) == profiles[0]
    for row in (7, 3, 29, 0):
        opened.run(f"document.querySelector('a[data-row=\"{row}\"]').click()")
        assert shown(opened) == profiles[row]
    assert opened.run("location.hash") == "#profile"
    assert opened.run("typeof window.hacked") == "undefined"
    assert opened.said == []
    assert len(opened.requests) == 1


def test_the_next_row_is_that_of_the_table_as_it_is_sorted_and_filtered(opened: Tab, profiles: list[list[str]]) -> None:
    following = "document.querySelector('[data-go=\"1\"]').click()"
    opened.run(following)
    assert shown(opened) == profiles[1]
    heads = (
        "[...document.querySelectorAll('#profile')[0].closest('main').querySelectorAll('.filters ~ .wide th button')]"
    )
    opened.run(f"{heads}.find(head => head.textContent === 'row').click()")
    opened.run(f"{heads}.find(head => head.textContent === 'row').click()")  # from the last row to the first
    opened.run(following)
    assert shown(opened) == profiles[0]
    opened.run(following)
    assert shown(opened) == profiles[0]  # none follows
    opened.run(
        "(field => { field.value = 'invalid_syntax'; field.dispatchEvent(new Event('input')); })"
        "(document.querySelector('.any'))"
    )
    opened.run("document.querySelector('[data-go=\"-1\"]').click()")
    assert shown(opened) == profiles[3]


def test_bars_and_bands_are_as_wide_as_they_say(opened: Tab) -> None:
    """What is drawn, in pixels, against the numbers: uniform in the width of the track."""
    widths = opened.run(
        "[...document.querySelectorAll('#profile .track')].map(track => ['axis', 'most', 'half'].map("
        "name => track.querySelector('.' + name).getBoundingClientRect().width))"
    )
    said = opened.run(
        "[...document.querySelectorAll('#profile .track')].map(track => ['most', 'half'].map("
        "name => Number(track.querySelector('.' + name).getAttribute('width'))))"
    )
    for (axis, *bands), numbers in zip(widths, said, strict=True):
        assert axis > 100
        assert [100 * band / axis for band in bands] == pytest.approx(numbers, abs=0.5)
