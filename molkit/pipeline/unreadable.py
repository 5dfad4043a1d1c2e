"""What is said of rows that cannot be read, of which a table that is read wrongly has most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from molkit.features.inputs import Input
from molkit.pipeline.samples import CellsOf
from molkit.types import Problem

_MOST = 0.5  # of the rows
_FEW_RESIDUES = 30  # names of proteins are shorter, proteins hardly ever are


def mostly_unreadable(problems: Mapping[int, Problem], rows: int) -> bool:
    """Whether so many of these rows have a problem that something else than single cells is wrong."""
    return len(problems) > _MOST * rows


def common_problem(problems: Mapping[int, Problem]) -> int:
    """The first row whose problem is the commonest one."""
    count = Counter(problem.reason for problem in problems.values())
    return max(sorted(problems), key=lambda row: count[problems[row].reason])


def names_hint(inputs: Sequence[Input], cells: CellsOf, problem: Problem) -> str:
    """What to do if the proteins that have this problem are names, " "-led; "" if they do not look so."""
    for one in inputs:
        at_fault = len(inputs) == 1 or problem.reason.startswith(f"{one.name}: ")
        if one.kind != "sequence" or "@" in one.source or not at_fault:
            continue
        lengths = [len(cell) for cell in set(cells[one.name]) if isinstance(cell, str) and cell]
        if lengths and np.median(lengths) < _FEW_RESIDUES:
            given = f"{one.name}={one.source or one.name}@FILE.fasta"
            return f" If these are names, give their sequences: --input {given}."
    return ""
