"""Several units in one column, and several kinds of measurement: reported with a proposal, never converted."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import numpy as np

from molkit.audit.finding import Finding, counted, listed
from molkit.audit.measured import Values
from molkit.data.cells import is_blank
from molkit.data.columns import plain_name
from molkit.data.table import Table
from molkit.data.units import plain_unit

# -log10 of the unit in mol/L.
_MOLAR = {"M": 0, "mM": 3, "uM": 6, "nM": 9, "pM": 12, "fM": 15}
_PREFIXES = {"": "M", "m": "mM", "u": "uM", "n": "nM", "p": "pM", "f": "fM"}
_MASS = re.compile(
    r"(?:k|m|u|n|p|mc)?g\s*(?:/|\s|per|\.)\s*(?:m|u|d)?(?:L|l)(?:-1|\^-1)?|(?:k|m|u|n|p)?g\.(?:m|u|d)?[Ll]-1"
)
NEGATIVE_LOG = frozenset(
    {"pIC50", "pEC50", "pKi", "pKd", "-log mol/L", "-log10 mol/L", "-log M", "-log(M)", "-log10(M)"}
)
# What "50" and constants of inhibition and binding are called; text of a type column.
_ENDPOINT = re.compile(
    r"(?i)^p?(?:(?:IC|EC|AC|GI|CC|ED|ID|LD|LC|MIC|TD|XC)\s?\d{0,2}|K[ibdm]|Potency|Inhibition|Activity"
    r"|-?log\W*(?:IC50|EC50|Ki|Kd))$"
)
_TYPE_WORDS = ("type", "endpoint", "parameter", "measure", "measurement", "readout")


def concentration(unit: str) -> int | None:
    """-log10 of a unit in mol/L, so that p = this - log10(value); None if it is no molar concentration.

    >>> [concentration(unit) for unit in ("nM", "µM", "umol/L", "nmol.L-1", "mg/mL", "")]
    [9, 6, 6, 9, None, None]
    """
    text = plain_unit(unit)
    if text in _MOLAR:
        return _MOLAR[text]
    match = re.fullmatch(r"([munpf]?)mols?\s*(?:/|per|\.|\s)\s*[lL](?:-1|\^-1|iter|itre)?", text)
    return _MOLAR[_PREFIXES[match[1]]] if match else None


def is_mass_concentration(unit: str) -> bool:
    """Whether a unit is a mass in a volume.

    >>> [is_mass_concentration(unit) for unit in ("mg/mL", "µg/mL", "ug.mL-1", "nM", "mg/kg")]
    [True, True, True, False, False]
    """
    return _MASS.fullmatch(plain_unit(unit)) is not None


def unit_findings(table: Table, values: Values) -> list[Finding]:
    """Several units in the units column of a target, each with what it could be converted by."""
    if values.units is None:
        return []
    cells = table.columns[values.units]
    measured = np.flatnonzero(~np.isnan(values.values))
    units = {int(row): "" if is_blank(cells[row]) else plain_unit(str(cells[row])) for row in measured}
    counts = Counter(units.values())
    if len(counts) < 2:
        return []
    main = counts.most_common(1)[0][0]
    rows = [row + 1 for row, unit in units.items() if unit != main]
    shown = listed([f"{count:,} in {unit or '(blank)'}" for unit, count in counts.most_common()])
    ways = {unit: _way(unit) for unit in counts}
    molar = [unit for unit in counts if concentration(unit) is not None]
    several = (
        f"Proposed: one scale for all of them, {'; '.join(f'{unit}: {ways[unit]}' for unit in molar)}."
        if len(molar) > 1
        else "Keep the rows of one unit."
    )
    mass = [unit for unit in counts if is_mass_concentration(unit)]
    heavy = f" {', '.join(mass)}: {_MASS_REASON}." if mass else ""
    return [
        Finding(
            "mixed_units",
            "problem",
            "Several units",
            f"'{values.name}' is given in several units (column '{values.units}'): {shown}. Training refuses this, and "
            f"nothing is converted here. {several}{heavy}",
            tuple(rows),
            {
                "unit": [unit or "(blank)" for unit in counts],
                "rows": list(counts.values()),
                "median": [
                    float(np.median([values.values[r] for r, u in units.items() if u == unit])) for unit in counts
                ],
                "conversion": list(ways.values()),
            },
            values.name,
        )
    ]


_MASS_REASON = (
    "no conversion is offered, since it needs the molar mass of what was weighed, the salt with its water, and "
    "the table "
    "gives the parent's structure at best"
)


def _way(unit: str) -> str:
    """What makes a value of this unit comparable, or why nothing does."""
    power = concentration(unit)
    if power is not None:
        return f"p = {power} - log10(value)" if power else "p = -log10(value)"
    if is_mass_concentration(unit):
        return _MASS_REASON
    return "the unit is missing; look it up" if not unit else "no molar concentration; keep it apart"


def type_findings(table: Table, values: Values, targets: tuple[str, ...]) -> list[Finding]:
    """Columns that say that a target mixes kinds of measurement, such as IC50 and Ki, which are never pooled.

    An IC50 depends on the substrate and its concentration, a Ki does not (Cheng & Prusoff, Biochem. Pharmacol. 1973,
    22, 3099); pooling them costs accuracy (Landrum & Riniker, J. Chem. Inf. Model. 2024, 64, 1560).
    """
    found = []
    measured = np.flatnonzero(~np.isnan(values.values))
    for name in table.names:
        if name in targets or not set(plain_name(name).split("_")) & set(_TYPE_WORDS):
            continue
        kinds = {int(row): _kind(table.columns[name][row]) for row in measured}
        counts = Counter(kind for kind in kinds.values() if kind)
        known = sum(count for kind, count in counts.items() if _ENDPOINT.match(kind))
        if len(counts) < 2 or known < 0.5 * sum(counts.values()):
            continue
        main = counts.most_common(1)[0][0]
        rows = [row + 1 for row, kind in kinds.items() if kind != main]
        shown = listed([f"{count:,} {kind}" for kind, count in counts.most_common()])
        medians = [float(np.median([values.values[r] for r, k in kinds.items() if k == kind])) for kind in counts]
        found.append(
            Finding(
                "mixed_types",
                "problem",
                "Several kinds of measurement",
                f"'{values.name}' mixes kinds of measurement (column '{name}'): {shown}. They are different quantities "
                f"and are never pooled: keep the {counted(counts[main], f'{main} row')}, or make a column for each.",
                tuple(rows),
                {"kind": list(counts), "rows": list(counts.values()), "median": medians},
                values.name,
            )
        )
    return found


def _kind(cell: Any) -> str:
    return "" if is_blank(cell) else str(cell).strip()
