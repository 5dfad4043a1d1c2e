"""`--max-spread`: compounds whose repeated values lie far apart are left out of training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from trained import solubility

import molkit
from molkit.bundle import read_bundle
from molkit.errors import InputError

ROWS = solubility(20)
FAST = {"learners": ["linear"], "fold_models": 2, "workers": 1, "with_structures": True}
WIDE, NARROW = "CCCCCCCCCCCCO", "CCCCCCCCCCCCN"


def frame(log: bool = False) -> pd.DataFrame:
    """Two compounds are added, with values 1.5 and 0.5 (or factors of 10**1.5 and 10**0.5) apart."""
    found = pd.DataFrame({"smiles": [row["smiles"] for row in ROWS], "y": [float(row["logS"]) for row in ROWS]})
    more = pd.DataFrame({"smiles": [WIDE, "OCCCCCCCCCCCC", NARROW, NARROW], "y": [-3.0, -4.5, -2.0, -2.5]})
    both = pd.concat([found, more], ignore_index=True)
    return both.assign(y=10.0 ** both["y"]) if log else both


def trained(path: Path, table: pd.DataFrame, **options: object) -> tuple[set[str], str]:
    """Training structures, and all that was noted."""
    molkit.train(table, "y", path, **{**FAST, **options})
    bundle = read_bundle(path)
    return set(bundle.json("training.json")["smiles"]), " ".join(bundle.model["notes"])


@pytest.mark.parametrize("log", [False, True])
def test_wide_compounds_are_left_out_on_the_scale_that_is_modelled(tmp_path: Path, log: bool) -> None:
    kept, said = trained(tmp_path / "m.molkit", frame(log), max_spread=1.0, log=log)
    assert WIDE not in kept
    assert NARROW in kept
    first = len(ROWS) + 1
    assert f"1 compound has exact values of 'y' farther apart{' on log10' if log else ''} and is left out" in said
    assert f"rows {first}, {first + 1} (1.50)" in said


def test_without_it_or_with_a_wide_one_all_stay(tmp_path: Path) -> None:
    everything, said = trained(tmp_path / "a.molkit", frame())
    same, told = trained(tmp_path / "b.molkit", frame(), max_spread=2)
    assert WIDE in everything
    assert everything == same
    assert "max-spread" not in said
    assert "no compound has exact values of 'y' farther apart" in told


def test_bounds_have_no_spread(tmp_path: Path) -> None:
    table = frame().astype({"y": object})
    table.loc[len(ROWS) + 1, "y"] = "<-4.5"
    assert WIDE in trained(tmp_path / "m.molkit", table, max_spread=1)[0]


@pytest.mark.parametrize("value", [0, -1, np.inf, "wide"])
def test_a_spread_is_a_number_above_0(value: object, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"max.spread"):
        molkit.train(frame(), "y", tmp_path / "m.molkit", **{**FAST, "max_spread": value})
