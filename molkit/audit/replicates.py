"""Several values of one compound: how far they lie apart, which contradict each other, which look copied or misread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from molkit.audit.compounds import Compounds
from molkit.audit.finding import Finding, counted, row_numbers, verb
from molkit.audit.measured import Values
from molkit.audit.targets import compound_values
from molkit.evaluation.noise import Noise, NumberNoise, noise_floor

MANY = 0.01  # share of the compounds from which doubtful ones spoil the scores; fewer are worth a look
WIDE = 0.5  # log units between values of one compound that are worth a look
TOO_WIDE = 1.0  # log units from which `molkit train --max-spread 1` leaves a compound out
_THOUSAND = 0.011  # log units by which a spread may differ from exactly 3 (or 6), for values of two decimals


@dataclass(frozen=True)
class Replicates:
    """How far repeated values lie apart: of the same compound, and of the same compound in the same salt form.

    `mixed` is how many repeated compounds stand in several salt forms. The noise of the assay is `noise` if
    there are none, else `same_form` (None: every repeat is another form).
    """

    noise: Noise | None
    same_form: Noise | None
    mixed: int

    @property
    def floor(self) -> Noise | None:
        """The noise of the assay, as far as the repeats tell."""
        return self.same_form if self.mixed else self.noise


def find_replicates(compounds: Compounds, values: Values) -> Replicates:
    """The noise floor of a target: standard deviation within compounds, copied values counted once.

    Pooled over compounds, with sums of squares about each one's mean. Of two values a, b of a compound this is the
    same quantity as SD(a - b) / sqrt(2), the usual figure of duplicate measurements (Bland & Altman, BMJ 1996, 313,
    744; for public pKi: Kramer et al., J. Med. Chem. 2012, 55, 5165), and uses compounds with more values as well.
    """
    numbers = (values.compared if values.classes is None else values.values)[compounds.rows]
    forms = compounds.forms()
    measured = ~np.isnan(numbers)
    kinds = np.unique(np.stack([compounds.of[measured], forms[measured]]), axis=1)
    mixed = int(np.sum(np.bincount(kinds[0]) > 1)) if kinds.size else 0
    noise = noise_floor(numbers, compounds.of, values.kind)
    return Replicates(noise, noise_floor(numbers, forms, values.kind) if mixed else noise, mixed)


def replicate_findings(compounds: Compounds, values: Values, found: Replicates) -> list[Finding]:
    """Noise floor, wide replicates and contradicting classes of a target."""
    findings = [] if found.noise is None else [_noise(found, values)]
    return findings + (_conflicts(compounds, values) if values.classes is not None else _spreads(compounds, values))


def _noise(found: Replicates, values: Values) -> Finding:
    assert found.noise is not None
    unit = values.step.strip() if isinstance(found.noise, NumberNoise) else ""
    table = {"figure": list(vars(found.noise)), "value": list(vars(found.noise).values())}
    said = found.noise.sentence(unit).removeprefix("Noise floor: ")
    if found.mixed:
        said += (
            f" But {counted(found.mixed, 'of these compounds stands', 'of these compounds stand')} in several salt "
            "forms, whose values may truly differ"
        )
        said += _within_forms(found.same_form, unit)
    return Finding("noise", "note", "Noise floor", said, table=table, target=values.name)


def _within_forms(noise: Noise | None, unit: str) -> str:
    if noise is None:
        return ", and none is repeated in one form: this is no noise of the assay."
    if isinstance(noise, NumberNoise):
        return (
            f"; within one form the standard deviation is {noise.sd:.2f} {unit}".rstrip()
            + f" ({noise.compounds:,} compounds)."
        )
    return f"; within one form {noise.disagreement:.1%} of pairs disagree ({noise.compounds:,} compounds)."


def spreads(numbers: np.ndarray, groups: Sequence[np.ndarray]) -> list[tuple[int, float, np.ndarray]]:
    """Groups with several values: their place, the range of the values, and the rows that have one."""
    found = []
    for place, rows in enumerate(groups):
        own = rows[~np.isnan(numbers[rows])]
        if len(own) > 1:
            found.append((place, float(np.ptp(numbers[own])), own))
    return found


def _spreads(compounds: Compounds, values: Values) -> list[Finding]:
    found = spreads(values.compared, compounds.members())
    if not values.log_units:
        return []
    wide = sorted((one for one in found if one[1] > WIDE), key=lambda one: -one[1])
    findings = []
    if wide:
        findings.append(_wide(compounds, values, wide, len(found)))
    thousand = [
        one
        for one in found
        if min(abs(one[1] - 3), abs(one[1] - 6)) <= _THOUSAND and not _several_forms(compounds, one[2])
    ]
    if thousand:
        findings.append(_thousandfold(compounds, values, thousand))
    return findings


def _several_forms(compounds: Compounds, rows: np.ndarray) -> bool:
    """Whether rows of a compound were written as different salts."""
    return len({compounds.form(int(row)) for row in rows}) > 1


def _wide(compounds: Compounds, values: Values, wide: list[tuple[int, float, np.ndarray]], of: int) -> Finding:
    far = sum(spread > TOO_WIDE for _, spread, _ in wide)
    of_all = _measured(compounds, values)
    rows = np.sort(np.concatenate([rows for _, _, rows in wide])) + 1
    log = "--log " if values.scale == "decades" else ""
    out = (
        f" {counted(far, 'of them lies', 'of them lie')} more than {TOO_WIDE:g} apart; "
        f"`molkit train {log}--max-spread {TOO_WIDE:g}` leaves {verb(far, 'it', 'them')} out."
        if far
        else ""
    )
    return Finding(
        "spread",
        "problem" if far > MANY * of_all else "caution",
        "Replicates far apart",
        f"{len(wide):,} of {counted(of, 'compound')} with several exact values of '{values.name}' "
        f"{verb(len(wide), 'has', 'have')} them more than {WIDE:g} log units apart (at most {wide[0][1]:.2f}).{out}"
        f"{_advice(sum(_several_forms(compounds, rows) for _, _, rows in wide), len(wide))}",
        tuple(rows.tolist()),
        {
            "structure": [compounds.smiles[place] for place, _, _ in wide],
            "range (log units)": [spread for _, spread, _ in wide],
            "values": [", ".join(f"{values.values[row]:g}" for row in rows) for _, _, rows in wide],
            "rows": [row_numbers(rows) for _, _, rows in wide],
            "several salt forms": [_several_forms(compounds, rows) for _, _, rows in wide],
            "left out by --max-spread 1": [spread > TOO_WIDE for _, spread, _ in wide],
        },
        values.name,
    )


def _advice(mixed: int, wide: int) -> str:
    """What to make of wide replicates, `mixed` of which are different salts."""
    salts = f" In {mixed:,} of them the rows are different salts or solvates, which may truly differ." if mixed else ""
    if mixed == wide:
        return salts
    return (
        f"{salts} Look {'the others' if mixed else 'them'} up: a wrong unit, sign or structure is likelier than noise."
    )


def _thousandfold(compounds: Compounds, values: Values, found: list[tuple[int, float, np.ndarray]]) -> Finding:
    """Exactly three decades apart is a unit, not a measurement (Kramer et al., J. Med. Chem. 2012, 55, 5165)."""
    rows = np.sort(np.concatenate([rows for _, _, rows in found])) + 1
    return Finding(
        "thousandfold",
        "problem",
        "Replicates a thousandfold apart",
        f"{counted(len(found), 'compound')} {verb(len(found), 'has', 'have')} values of '{values.name}' that "
        "differ by a "
        "factor of 1,000 or 1,000,000 almost exactly: most likely the same value in nM and µM. Look up the units.",
        tuple(rows.tolist()),
        {
            "structure": [compounds.smiles[place] for place, _, _ in found],
            "values": [", ".join(f"{values.values[row]:g}" for row in rows) for _, _, rows in found],
            "rows": [row_numbers(rows) for _, _, rows in found],
        },
        values.name,
    )


def _conflicts(compounds: Compounds, values: Values) -> list[Finding]:
    members = compounds.members()
    same = _contradicting(values, members)
    grave = "problem" if len(same) > MANY * _measured(compounds, values) else "caution"
    found = []
    if same:
        found.append(
            _conflict(
                compounds, values, same, "conflict", grave, "Contradicting classes",
                f"{counted(len(same), 'compound')} {verb(len(same), 'has', 'have')} both classes of '{values.name}'. "
                "Training takes the majority and drops ties; look up which is right.",
            )
        )  # fmt: skip
    groups = [np.sort(np.concatenate([members[i] for i in own])) for own in _by_group(compounds)]
    alike = _contradicting(values, groups)
    if len(alike) > len(same):
        found.append(
            _conflict(
                compounds, values, alike, "twin_conflict", "caution", "Stereoisomers and tautomers that contradict",
                f"{counted(len(alike), 'group')} of compounds that are the same but for stereochemistry, salt or "
                f"tautomer {verb(len(alike), 'has', 'have')} both classes of '{values.name}' ({len(same):,} of them "
                "within one compound). No model that ignores these differences can get them right.",
            )
        )  # fmt: skip
    return found


def _measured(compounds: Compounds, values: Values) -> int:
    """How many compounds have a value."""
    return int(np.sum(~np.isnan(compound_values(compounds, values))))


def _by_group(compounds: Compounds) -> list[list[int]]:
    groups: dict[int, list[int]] = {}
    for compound, group in enumerate(compounds.leak.tolist()):
        groups.setdefault(group, []).append(compound)
    return list(groups.values())


def _contradicting(values: Values, groups: Sequence[np.ndarray]) -> list[np.ndarray]:
    measured = [rows[~np.isnan(values.values[rows])] for rows in groups]
    return [rows for rows in measured if len(rows) > 1 and np.ptp(values.values[rows]) > 0]


def _conflict(
    compounds: Compounds, values: Values, found: list[np.ndarray], kind: str, severity: str, title: str, sentence: str
) -> Finding:
    place = {int(row): int(compound) for row, compound in zip(compounds.rows, compounds.of, strict=True)}
    assert values.classes is not None
    structures = [list(dict.fromkeys(compounds.smiles[place[int(row)]] for row in rows)) for rows in found]
    table: dict[str, list[Any]] = {
        "structure": [own[0] for own in structures],
        "others": [" | ".join(own[1:]) for own in structures],
        "classes": [", ".join(values.classes[int(values.values[row])] for row in rows) for rows in found],
        "rows": [row_numbers(rows) for rows in found],
    }
    rows = np.sort(np.concatenate(found)) + 1
    return Finding(kind, severity, title, sentence, tuple(rows.tolist()), table, values.name)
