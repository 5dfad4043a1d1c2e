"""What is odd about the structures: unreadable ones, salts, mixtures, metals, undefined stereo."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from molkit.audit.compounds import Compounds
from molkit.audit.finding import Finding, counted, listed, short, verb

_REMOVED = ("removed salt: ", "removed solvent: ", "removed component: ")


def structure_findings(compounds: Compounds, cells: Sequence[Any], mixtures: str) -> list[Finding]:
    """Everything about single structures; `cells` are as written, `mixtures` is the policy's."""
    found = [
        _unreadable(compounds, cells),
        _mixtures(compounds, cells, mixtures),
        _metals(compounds, cells),
        _salts(compounds),
        _undefined_stereo(compounds),
        _changed(compounds),
    ]
    return [finding for finding in found if finding is not None]


def _is_mixture(compounds: Compounds, row: int) -> bool:
    """Whether several organic components are why a row is refused, or which were removed."""
    if row in compounds.problems:
        return "mixture" in compounds.problems[row].reason and compounds.written.get(row, (1, []))[0] > 1
    return any(note.startswith("removed component") and "[" not in note and _organic(note)
               for note in compounds.notes.get(row, ()))  # fmt: skip


def _organic(note: str) -> bool:
    return "C" in note.replace("Cl", "") or "c" in note.partition(": ")[2]


def _unreadable(compounds: Compounds, cells: Sequence[Any]) -> Finding | None:
    bad = {
        row: problem
        for row, problem in compounds.problems.items()
        if not _is_mixture(compounds, row) and not compounds.written.get(row, (1, []))[1]
    }
    if not bad:
        return None
    kinds = Counter(problem.status.replace("_", " ") for problem in bad.values())
    shown = listed([f"{count:,} {kind}" for kind, count in kinds.most_common()])
    first_row, first = next(iter(bad.items()))
    return Finding(
        "unreadable",
        "problem",
        "Structures that cannot be read",
        f"{counted(len(bad), 'row')} of {compounds.size:,} {verb(len(bad), 'has', 'have')} no usable structure "
        f"({shown}) and would be left out of training. The first: {first.sentence(first_row + 1)}",
        tuple(row + 1 for row in bad),
        {
            "row": [row + 1 for row in bad],
            "status": [problem.status for problem in bad.values()],
            "reason": [problem.reason for problem in bad.values()],
            "as written": [_cell(cells[row]) for row in bad],
        },
    )


def _mixtures(compounds: Compounds, cells: Sequence[Any], policy: str) -> Finding | None:
    rows = [row for row in range(compounds.size) if _is_mixture(compounds, row)]
    if not rows:
        return None
    many = f"{counted(len(rows), 'row')} {verb(len(rows), 'is a mixture', 'are mixtures')} of organic components"
    done = "the largest component is kept; check that it is the one that was measured"
    if policy == "reject":
        done = (
            f"training leaves {verb(len(rows), 'it', 'them')} out; give each component a row of its own, or keep the "
            "largest with --mixtures largest"
        )
    reasons = [
        compounds.problems[row].reason if row in compounds.problems else "; ".join(compounds.notes[row]) for row in rows
    ]
    return Finding(
        "mixture",
        "caution",
        "Mixtures",
        f"{many}: {done}.",
        tuple(row + 1 for row in rows),
        {"row": [row + 1 for row in rows], "as written": [_cell(cells[row]) for row in rows], "reason": reasons},
    )


def _metals(compounds: Compounds, cells: Sequence[Any]) -> Finding | None:
    rows = {row: metals for row, (_, metals) in compounds.written.items() if metals}
    if not rows:
        return None
    refused = [row for row in rows if row in compounds.problems]
    names = Counter(metal for metals in rows.values() for metal in metals)
    kinds = listed([f"{count:,} {name}" for name, count in names.most_common()], 8)
    stripped = len(rows) - len(refused)
    parts = []
    if refused:
        parts.append(
            f"{len(refused):,} {verb(len(refused), 'is', 'are')} left out of training (the reasons are listed)"
        )
    if stripped:
        parts.append(f"in {stripped:,} the metal is a counter-ion and is taken off")
    return Finding(
        "metal",
        "caution" if refused else "note",
        "Metals",
        f"{counted(len(rows), 'row')} {verb(len(rows), 'holds', 'hold')} a metal ({kinds}): {'; '.join(parts)}.",
        tuple(row + 1 for row in rows),
        {
            "row": [row + 1 for row in rows],
            "metal": [", ".join(metals) for metals in rows.values()],
            "used": [row not in compounds.problems for row in rows],
            "reason": [compounds.problems[row].reason if row in compounds.problems else "" for row in rows],
            "as written": [_cell(cells[row]) for row in rows],
        },
    )


def _salts(compounds: Compounds) -> Finding | None:
    removed: dict[str, list[int]] = defaultdict(list)
    for row, notes in compounds.notes.items():
        for note in notes:
            prefix = next((prefix for prefix in _REMOVED if note.startswith(prefix)), None)
            if prefix:
                removed[note.removeprefix("removed ")].append(row + 1)
    if not removed:
        return None
    rows = sorted({row for own in removed.values() for row in own})
    order = sorted(removed, key=lambda name: -len(removed[name]))
    shown = listed([f"{name.partition(': ')[2]} ({len(removed[name]):,})" for name in order], 5)
    return Finding(
        "salt",
        "note",
        "Salts and solvates",
        f"{counted(len(rows), 'row')} {verb(len(rows), 'is a salt or solvate', 'are salts or solvates')}; the "
        "parent is "
        f"modelled, without {shown}. Values per mass (mg/mL) need the molar mass of the salt that was weighed.",
        tuple(rows),
        {
            "removed": order,
            "rows": [len(removed[name]) for name in order],
            "first rows": [", ".join(map(str, removed[name][:10])) for name in order],
        },
    )


def _undefined_stereo(compounds: Compounds) -> Finding | None:
    of_rows = compounds.stereo[compounds.of]
    rows = compounds.rows[of_rows > 0] + 1
    if not len(rows):
        return None
    centres = of_rows[of_rows > 0]
    share = len(rows) / max(len(compounds.rows), 1)
    return Finding(
        "stereo",
        "note",
        "Undefined stereochemistry",
        f"{counted(len(rows), 'row')} ({share:.0%}) {verb(len(rows), 'leaves', 'leave')} "
        f"{counted(int(centres.sum()), 'stereocentre or double bond', 'stereocentres or double bonds')} undefined "
        f"(at most {int(centres.max())} in one structure). Predictions average over stereoisomers; if one isomer was "
        "measured, draw it.",
        tuple(rows.tolist()),
        {
            "row": rows.tolist(),
            "undefined": centres.tolist(),
            "structure": [compounds.smiles[i] for i in compounds.of[of_rows > 0]],
        },
    )


def _changed(compounds: Compounds) -> Finding | None:
    """Other changes of standardising: charges, dipoles, racemic centres."""
    kinds: Counter[str] = Counter()
    rows = []
    for row, notes in compounds.notes.items():
        other = {note for note in notes if not note.startswith(_REMOVED)}
        kinds.update(other)
        rows += [row + 1] * bool(other)
    if not rows:
        return None
    shown = listed([f"{kind} ({count:,})" for kind, count in kinds.most_common()])
    return Finding(
        "changed",
        "note",
        "Structures rewritten",
        f"{counted(len(rows), 'row')} {verb(len(rows), 'is', 'are')} rewritten into the standard form: {shown}.",
        tuple(rows),
        {"change": list(kinds), "rows": list(kinds.values())},
    )


def _cell(cell: Any) -> str:
    return "" if cell is None else short(cell) if "\n" not in str(cell) else "(mol block)"


def remark_findings(remarks: Mapping[int, str]) -> list[Finding]:
    """What the reader of the table remarked of single rows."""
    if not remarks:
        return []
    row, text = next(iter(remarks.items()))
    return [
        Finding(
            "remark",
            "note",
            "Remarks on reading",
            f"{counted(len(remarks), 'row')} {verb(len(remarks), 'was', 'were')} read with a remark. Row {row}: {text}",
            tuple(remarks),
            {"row": list(remarks), "remark": list(remarks.values())},
        )
    ]
