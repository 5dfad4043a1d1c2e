"""molkit.chem.reasons: the place and the advice for texts that RDKit refuses."""

from __future__ import annotations

import random
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem, rdBase

from molkit.chem.reasons import explain
from molkit.types import STATUSES, Problem


def parses(text: str) -> bool:
    with rdBase.BlockLogs():
        return Chem.MolFromSmiles(text) is not None


@pytest.mark.parametrize(
    ("text", "status", "position", "words"),
    [
        ("CN(C)(C)C", "invalid_chemistry", 2, "N has four bonds and no charge. If ammonium is meant, write [N+]."),
        ("CCCC[N:7](C)(C)C", "invalid_chemistry", 5, "write [N+:7]."),
        ("CN(C)(C)CCN(C)(C)C", "invalid_chemistry", 2, "write [N+]."),
        ("CO(C)C", "invalid_chemistry", 2, "O has three bonds and no charge. If oxonium is meant, write [O+]."),
        ("FB(F)(F)F", "invalid_chemistry", 2, "If borate is meant, write [B-]."),
        ("CC(C)(C)(C)C", "invalid_chemistry", 2, "C has five bonds"),
        ("Cc1cccc1", "invalid_chemistry", None, "alternating"),
        ("c1cncc1", "invalid_chemistry", 4, "Did you mean c1c[nH]cc1?"),
        ("CCc", "invalid_chemistry", 3, "Did you mean CCC?"),
        ("CC(C", "invalid_syntax", 3, "never closed"),
        ("CC)C", "invalid_syntax", 3, "never opened"),
        ("CC()C", "invalid_syntax", 4, "empty"),
        ("C1CC2CC1", "invalid_syntax", 5, "Ring bond 2"),
        ("C11", "invalid_syntax", 3, "to itself"),
        ("C[NH2", "invalid_syntax", 2, "never closed"),
        ("CC[Xx]C", "invalid_syntax", 3, "no element"),
        ("CCCL", "invalid_syntax", 4, "Did you mean CCCl?"),
        ("BRCC", "invalid_syntax", 2, "Did you mean BrCC?"),
        ("[na+].CC(=O)[O-]", "invalid_syntax", 1, "Did you mean [Na+].CC(=O)[O-]?"),
        ("[Fe+++]", "invalid_syntax", 1, "[Fe+3]"),
        ("CC=", "invalid_syntax", 3, "leads to no atom"),
        ("C=#C", "invalid_syntax", 3, "Two bond signs"),
        ("'CCO'", "invalid_syntax", 1, "Did you mean CCO?"),
        ("0.731", "invalid_syntax", 1, "number"),
        ("InChI=1S/CH4/h1H4", "invalid_syntax", 1, "InChI"),
        ("LFQSCWFLJHTTHZ-UHFFFAOYSA-N", "invalid_syntax", 1, "InChIKey"),
        ("[C][=C][Ring1][Branch1]", "invalid_syntax", 1, "SELFIES"),
        ("C2H6O", "invalid_syntax", 3, "molecular formula"),
        ("MENFQKVEKIGEGTYGVVYKARNKLTGEVVALKKIRLDTETEG", "invalid_syntax", 1, "a protein sequence; expected a SMILES."),
        ("aspirin", "invalid_syntax", 1, "name"),
        ("[R1]CC", "invalid_syntax", 1, "R group"),
        ("[c,n]1ccccc1", "invalid_syntax", 1, "SMARTS"),
        ("D", "invalid_syntax", 1, "[2H]"),
        ("NaN", "empty", None, "missing"),
    ],
)
def test_place_and_words(text: str, status: str, position: int | None, words: str) -> None:
    assert not parses(text)
    problem = explain(text)
    assert problem.status == status
    assert words in problem.reason
    assert position is None or problem.position == position


def test_house_sentence() -> None:
    assert explain("c1ccccc1CCCN(C)(C)C").sentence(17) == (
        "Row 17, character 12: N has four bonds and no charge. If ammonium is meant, write [N+]. Nothing was changed."
    )


def check(text: str, problem: Problem) -> None:
    """What every explanation promises; a suggestion must parse in RDKit."""
    assert problem.status in STATUSES
    assert problem.reason
    assert problem.position is None or 1 <= problem.position <= len(text)
    for suggestion in re.findall(r"Did you mean (\S+)\?", problem.reason):
        assert parses(suggestion)
    written = re.search(r"If \w+ is meant, write (\[[A-Za-z]+H?\d*[+-](?::\d+)?\])\.", problem.reason)
    if written and problem.status == "invalid_chemistry":
        symbol = re.sub(r"[^A-Za-z].*", "", written[1][1:])
        assert text[(problem.position or 0) - 1 :].lstrip("[0123456789").startswith(symbol[0])


@given(st.text(max_size=80))
def test_any_text_is_explained(text: str) -> None:
    check(text, explain(text))


@given(st.text("CNOScn()[]=#123%+-@H.:/\\lr", max_size=40))
def test_any_almost_smiles_is_explained(text: str) -> None:
    check(text, explain(text))


def test_broken_drugs_are_explained(smiles: str) -> None:
    source = random.Random(smiles)
    for _ in range(60):
        at = source.randrange(len(smiles))
        text = smiles[:at] + source.choice(["", "(", ")", "[", "]", "=", "1", "N", "l", "C("]) + smiles[at + 1 :]
        if text and not parses(text):
            check(text, explain(text))


@pytest.mark.parametrize(
    "text",
    [
        "n1cccc1" * 700,
        "C" * 4000 + "X",
        "CN(C)(C)C" * 500,
        "((((" * 1200,
        "[" * 5000,
        "n1" * 2500,
        "C[C][=C][" * 500,
        "x" * 1_000_000,
    ],
)
def test_long_texts_take_little_time(text: str) -> None:
    started = time.process_time()
    check(text, explain(text))
    assert time.process_time() - started < 2
