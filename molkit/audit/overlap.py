"""How far a test file is from the training file: shared compounds, shared leak groups, similarity."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from molkit.audit.compounds import Compounds
from molkit.audit.finding import Finding, counted, verb
from molkit.audit.measured import Values
from molkit.audit.targets import compound_values, shown_values
from molkit.chem.identity import leak_groups
from molkit.domain import SimilarityIndex

_FEW = 0.01  # share of the test compounds from which an overlap spoils the scores
_LOW = 0.4  # similarity under which little is known of a compound
_EDGES = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def overlap_findings(train: Compounds, test: Compounds, pairs: Sequence[tuple[Values, Values]]) -> list[Finding]:
    """What of the test compounds stands in the training file; `pairs` are each target in both files."""
    unread = _unread(test)
    if not len(train) or not len(test):
        return unread
    known = {name: i for i, name in enumerate(train.names)}
    same = np.array([known.get(name, -1) for name in test.names], np.int64)
    groups = leak_groups([*train.leak_keys, *test.leak_keys])
    leaking = np.isin(groups[len(train) :], groups[: len(train)])
    nearest, similarity = SimilarityIndex(train.bits).nearest(test.bits)
    found = [*unread, _shared(train, test, same, leaking, nearest), _similarity(test, similarity)]
    for ours, theirs in pairs:
        found += _differences(train, test, same, ours, theirs)
    return found


def _unread(test: Compounds) -> list[Finding]:
    """The rows of the test file without a usable structure, of which nothing below speaks."""
    bad = test.problems
    if not bad and test.size:
        return []
    said = f"{counted(len(bad), 'row')} of {test.size:,} {verb(len(bad), 'has', 'have')} no usable structure."
    return [
        Finding(
            "test_unreadable",
            "caution" if len(test) else "problem",
            "Unreadable rows of the test file",
            said if test.size else "The test file has no rows.",
            table={
                "test row": [row + 1 for row in bad],
                "status": [problem.status for problem in bad.values()],
                "reason": [problem.reason for problem in bad.values()],
            },
        )
    ]


def _shared(train: Compounds, test: Compounds, same: np.ndarray, leaking: np.ndarray, nearest: np.ndarray) -> Finding:
    copies = int((same >= 0).sum())
    listed = np.flatnonzero((same >= 0) | leaking)
    if not len(listed):
        return Finding(
            "overlap",
            "note",
            "Overlap with the test file",
            f"None of {counted(len(test), 'test compound')} is a training compound, or a stereoisomer or "
            "tautomer of one.",
        )
    members = test.members()
    own = train.members()
    return Finding(
        "overlap",
        "problem" if len(listed) > _FEW * len(test) else "caution",
        "Overlap with the test file",
        f"{len(listed):,} of {counted(len(test), 'test compound')} ({len(listed) / len(test):.1%}) "
        f"{verb(len(listed), 'is', 'are')} in the training file: {copies:,} as the very same compound, "
        f"{len(listed) - copies:,} as a stereoisomer or tautomer. Scores on them are too good: take them out of "
        "one file.",
        table={
            "test row": [int(members[i][0]) + 1 for i in listed],
            "test structure": [test.smiles[i] for i in listed],
            "same compound": [bool(same[i] >= 0) for i in listed],
            "train row": [int(own[same[i] if same[i] >= 0 else nearest[i]][0]) + 1 for i in listed],
            "train structure": [train.smiles[same[i] if same[i] >= 0 else nearest[i]] for i in listed],
        },
    )


def _similarity(test: Compounds, similarity: np.ndarray) -> Finding:
    quantiles = np.quantile(similarity, (0.1, 0.5, 0.9))
    tails = f" (one in ten under {quantiles[0]:.2f}, one in ten over {quantiles[2]:.2f})"
    if quantiles[0] == quantiles[2]:  # as where the files are the same
        tails = ""
    far = float(np.mean(similarity < _LOW))
    counts = np.histogram(similarity, bins=[*_EDGES[:-1], 1.0 + 1e-9])[0]
    advice = (
        " Many are far from the training compounds, so expect larger errors than in cross-validation."
        if far > 0.3
        else ""
    )
    return Finding(
        "similarity",
        "note",
        "Similarity of the test file",
        f"The most similar training compound of a test compound has a Tanimoto coefficient of {quantiles[1]:.2f} in "
        f"the median{tails}; {far:.0%} of the test compounds have none of {_LOW:g} or more.{advice}",
        table={
            "similarity": [f"{low:g} to {high:g}" for low, high in pairwise(_EDGES)],
            "test compounds": counts.tolist(),
        },
    )


def _differences(train: Compounds, test: Compounds, same: np.ndarray, ours: Values, theirs: Values) -> list[Finding]:
    """How the values of compounds in both files differ."""
    if ours.kind != theirs.kind:
        return []
    shared = np.flatnonzero(same >= 0)
    a, b = compound_values(train, ours)[same[shared]], compound_values(test, theirs)[shared]
    both = ~np.isnan(a) & ~np.isnan(b)
    if not both.any():
        return []
    shared, a, b = shared[both], a[both], b[both]
    away = np.abs(a - b)
    order = np.argsort(-away, kind="stable")
    if ours.classes is not None:
        changed = int((away > 0).sum())
        said = (
            f"{changed:,} of {counted(len(shared), 'shared compound')} {verb(changed, 'has', 'have')} another class of "
            f"'{ours.name}' in the test file."
        )
        severity = "problem" if changed else "note"
    else:
        equal = int((away == 0).sum())
        said = (
            f"{counted(len(shared), 'shared compound')} {verb(len(shared), 'has', 'have')} values of "
            f"'{ours.name}' in both "
            f"files: {equal:,} equal, median difference {np.median(away):.2g}{ours.step}, at most {away.max():.2g}."
        )
        severity = "caution" if ours.log_units and away.max() > 1 else "note"
    members, own = test.members(), train.members()
    return [
        Finding(
            "overlap_values",
            severity,
            "Values of shared compounds",
            said,
            table={
                "test row": [int(members[i][0]) + 1 for i in shared[order]],
                "train row": [int(own[same[i]][0]) + 1 for i in shared[order]],
                "structure": [test.smiles[i] for i in shared[order]],
                "train value": shown_values(ours, a[order]),
                "test value": shown_values(theirs, b[order]),
            },
            target=ours.name,
        )
    ]
