"""What a chemist wants to see of a hit: rules, scores, alerts and a drawing. A pure function of a chunk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from rdkit import Chem

from molkit.chem import accessibility, drug_likeness
from molkit.chem.alerts import ALL_CATALOGUES, alerts, own_alerts, read_pattern
from molkit.chem.draw import drawn_block, svg
from molkit.chem.identity import inchikey
from molkit.chem.policy import Policy, policy_from_dict
from molkit.chem.quiet import QUIET
from molkit.chem.rules import RULES, rule_properties, violations
from molkit.engine.columns import DRAWN
from molkit.engine.jobs import IDLE, Cells, Tick
from molkit.engine.structures import guarded, read_chunk
from molkit.types import Problem

FLAGS = (*RULES, "qed", "sa_score", "alerts", "inchikey", "flags_note")
PICTURE = "drawing"


@dataclass(frozen=True)
class Flagger:
    """The structure policy, and the user's own patterns by name."""

    policy: Policy
    patterns: Sequence[tuple[str, Chem.Mol]]


def load_flagger(policy: dict[str, Any], patterns: Sequence[tuple[str, str]] = ()) -> Flagger:
    """Set-up of a worker, from plain values; `patterns` are names and SMARTS."""
    guarded(accessibility.load_scorer)  # before memory is limited; where it is missing, each row says so
    read = [(name, read_pattern(smarts)) for name, smarts in patterns]
    return Flagger(policy_from_dict(policy), [(name, pattern) for name, pattern in read if pattern is not None])


def flag_chunk(flagger: Flagger, cells: Cells, tick: Tick, skip: Mapping[int, Problem]) -> dict[str, list[Any]]:
    """The columns `FLAGS`, a drawing (SVG) and a drawn mol block of every row of the chunk.

    A violated rule is named with the value, an alert by its catalogue and name; an empty cell means none. What
    could not be computed is an empty cell too, and `flags_note` says why.
    """
    chunk = read_chunk(cells.texts, flagger.policy, tick, {**cells.faults, **skip}, enumerate_stereo=False)
    columns: dict[str, list[Any]] = {name: [None] * chunk.size for name in (*FLAGS, PICTURE, DRAWN)}
    with QUIET:
        for row, structure in chunk.structures.items():
            tick(row)
            for name, value in _flags(flagger, structure.mol).items():
                columns[name][row] = value
    tick(IDLE)
    for row, problem in chunk.problems.items():
        columns["flags_note"][row] = problem.reason
    return columns


def _flags(flagger: Flagger, mol: Chem.Mol) -> dict[str, Any]:
    """Every flag of one structure; one that fails leaves the others alone."""
    properties = guarded(partial(rule_properties, mol))
    steps: dict[str, Callable[[], Any]] = {
        **{rule: partial(_broken, rule, properties) for rule in RULES},
        "qed": lambda: round(drug_likeness.qed(mol), 3),
        "sa_score": lambda: round(accessibility.synthetic_accessibility(mol), 2),
        "alerts": lambda: "; ".join([*alerts(mol, ALL_CATALOGUES), *own_alerts(mol, flagger.patterns)]) or None,
        "inchikey": lambda: inchikey(mol) or None,
        PICTURE: lambda: svg(mol),
        DRAWN: lambda: drawn_block(mol),
    }
    found = {name: guarded(step) for name, step in steps.items()}
    failed = [f"{name}: {value.reason}" for name, value in found.items() if isinstance(value, Problem)]
    found = {name: None if isinstance(value, Problem) else value for name, value in found.items()}
    return {**found, "flags_note": "; ".join(failed) or None}


def _broken(rule: str, properties: Any) -> Any:
    return properties if isinstance(properties, Problem) else "; ".join(violations(rule, properties)) or None
