"""Scores within each thing of an input: equal things are one, and rows of tables are none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from molkit.features.inputs import Input
from molkit.pipeline.evaluate import _breakdowns, _Scorer
from molkit.pipeline.evaluated import Structures
from molkit.pipeline.scored import Scored
from molkit.pipeline.trusted import Beside
from molkit.types import Identity, Target

N = 60
RNG = np.random.default_rng(0)
INPUTS = (Input("drug", "smiles"), Input("patient", "table"))


def scored() -> Scored:
    y = RNG.normal(size=N)
    return Scored(Target("y", "regression"), y, y + RNG.normal(size=N), Beside(*[np.full(N, np.nan)] * 5))


def test_rows_of_a_table_are_not_taken_for_one_thing() -> None:
    """Three salts of two compounds, and rows of a table that have no key."""
    rows = [(Identity(f"D{row % 3}", f"key {row % 3}", (f"leak {row % 3 // 2}",)), Identity("")) for row in range(N)]
    things = Structures([""] * N, np.arange(N), [*rows[:-1], ()])
    (found,) = _breakdowns([scored()], _Scorer("molkit", INPUTS), things, None)
    assert (found.entity, found.entities, found.counted) == ("drug", 2, 2)
    several = _Scorer("molkit", (Input("drug_a", "smiles"), Input("drug_b", "smiles")))
    assert _breakdowns([scored()], several, replace(things, identities=[(one, one) for one, _ in rows]), None) == ()
    assert _breakdowns([scored()], _Scorer("molkit", INPUTS[1:]), things, None) == ()
