"""Every line of the nasty corpus has one outcome, quickly, and the deadly ones never reach RDKit."""

from __future__ import annotations

import subprocess
import sys
import time
from types import ModuleType

from molkit.chem.standardise import Structure, read_structure
from molkit.types import STATUSES, Problem

DEADLY = ("TIMEOUT20s", "CRASH")

# Run apart from the tests: a line that gets past the limits hangs or dies there.
SCRIPT = """
import sys
import molkit.chem.parse as parse
def forbidden(text): raise SystemExit("a deadly line reached RDKit")
parse.Chem.MolFromSmiles = forbidden
print(parse.parse(sys.stdin.read()).status)
"""


def test_each_line_has_one_outcome_within_a_second(nasty: ModuleType) -> None:
    lines = [line for line in nasty.load() if line.rdkit not in DEADLY]
    assert len(lines) > 400
    for line in lines:
        started = time.process_time()
        found = read_structure(line.cell)
        assert time.process_time() - started < 1, line.id
        if isinstance(found, Problem):
            assert found.status in STATUSES[1:], line.id
            assert found.reason, line.id
        else:
            assert found.mol.GetNumAtoms() > 0, line.id


def test_nothing_that_rdkit_refuses_is_accepted(nasty: ModuleType) -> None:
    refused = [line for line in nasty.load() if line.rdkit == "no"]
    assert all(isinstance(read_structure(line.cell), Problem) for line in refused)


def test_ordinary_lines_are_accepted(nasty: ModuleType) -> None:
    ordinary = [
        line
        for line in nasty.load()
        if line.category in ("control-drug", "macrocycle-peptide") and len(line.cell) < 200
    ]
    assert ordinary
    assert all(isinstance(read_structure(line.cell), Structure) for line in ordinary)


def test_deadly_lines_stop_at_the_limits(nasty: ModuleType) -> None:
    deadly = [line for line in nasty.load() if line.rdkit in DEADLY]
    assert len(deadly) == 2
    for line in deadly:
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], input=line.cell, capture_output=True, text=True, timeout=20, check=False
        )
        assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "too_large", ""), line.id
