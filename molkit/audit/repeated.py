"""Rows of the same compound, and different compounds that are stereoisomers or tautomers of each other."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from molkit.audit.compounds import Compounds
from molkit.audit.finding import Finding, counted, row_numbers, verb


def repeated_findings(compounds: Compounds) -> list[Finding]:
    """Rows of the same compound, and different compounds that are stereoisomers or tautomers of each other."""
    return [finding for finding in (_duplicates(compounds), _twins(compounds)) if finding is not None]


def _duplicates(compounds: Compounds) -> Finding | None:
    members = compounds.members()
    several = [i for i, rows in enumerate(members) if len(rows) > 1]
    if not several:
        return None
    rows = np.sort(np.concatenate([members[i] for i in several])) + 1
    sizes = np.bincount(compounds.leak[compounds.of])
    alike = f"Stereochemistry and tautomers aside, {counted(int((sizes > 1).sum()), 'structure')} would."
    return Finding(
        "duplicate",
        "note",
        "Repeated compounds",
        f"{counted(len(several), 'compound')} {verb(len(several), 'stands', 'stand')} in several rows "
        f"({len(rows):,} rows with the same full InChIKey after standardising). Training makes each one compound: the "
        f"median of numbers, the majority of classes. {alike}",
        tuple(rows.tolist()),
        {
            "structure": [compounds.smiles[i] for i in several],
            "times": [len(members[i]) for i in several],
            "rows": [row_numbers(members[i]) for i in several],
        },
    )


def _twins(compounds: Compounds) -> Finding | None:
    groups: dict[int, list[int]] = defaultdict(list)
    for compound, group in enumerate(compounds.leak.tolist()):
        groups[group].append(compound)
    twins = [own for own in groups.values() if len(own) > 1]
    if not twins:
        return None
    members = compounds.members()
    stereo = [
        len({compounds.leak_keys[i][0] for i in own}) == 1 and compounds.leak_keys[own[0]][0] != "" for own in twins
    ]
    rows = np.sort(np.concatenate([members[i] for own in twins for i in own])) + 1
    return Finding(
        "twin",
        "caution",
        "Stereoisomers and tautomers",
        f"{counted(len(twins), 'group')} of different compounds differ in stereochemistry, isotopes or "
        "protonation only "
        f"({sum(stereo):,}) or are tautomers ({len(twins) - sum(stereo):,}), in {len(rows):,} rows. A random split "
        "elsewhere may put them on both sides; molkit's splits keep each group together.",
        tuple(rows.tolist()),
        {
            "structure": [compounds.smiles[own[0]] for own in twins],
            "others": [" | ".join(compounds.smiles[i] for i in own[1:]) for own in twins],
            "same connectivity": stereo,
            "rows": [row_numbers(np.sort(np.concatenate([members[i] for i in own]))) for own in twins],
        },
    )
