"""molkit.chem.limits: the short cut for short texts never hides a text that is over a limit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from molkit.chem.limits import Limits, _count

SMALL = Limits(characters=20, heavy_atoms=8, rings=4, open_rings=10, nesting=6)


@given(st.text("CN()123456789[]H", max_size=SMALL.harmless_length))
def test_harmless_texts_are_under_every_limit(text: str) -> None:
    assert _count(text, SMALL) is None


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 300), st.integers(1, 99))
def test_harmless_length_is_no_longer_than_the_densest_text(atoms: int, rings: int, nesting: int, opened: int) -> None:
    limits = Limits(heavy_atoms=atoms, rings=rings, nesting=nesting, open_rings=opened)
    length = limits.harmless_length
    for dense in ("C" * length, "(" * length, "11" * (length // 2), "1234567890"[:length]):
        assert _count(dense, limits) is None
