"""`molkit check`: everything that the audit looks for in one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from molkit.audit.balance import balance_findings
from molkit.audit.cliffs import SAME_SCAFFOLD, cliff_findings
from molkit.audit.compounds import Compounds, audit_pool, read_compounds
from molkit.audit.curve import learning_curve
from molkit.audit.diversity import diversity_findings
from molkit.audit.finding import Audit, Curve, Finding, by_severity
from molkit.audit.leaks import leak_findings
from molkit.audit.measured import Values, on_scale, read_values
from molkit.audit.neighbours import Neighbours, find_neighbours
from molkit.audit.outliers import outlier_findings
from molkit.audit.overlap import overlap_findings
from molkit.audit.placeholders import placeholder_findings
from molkit.audit.repeated import repeated_findings
from molkit.audit.replicates import find_replicates, replicate_findings
from molkit.audit.rows import check_rows
from molkit.audit.scales import find_scale, scale_findings
from molkit.audit.structures import remark_findings, structure_findings
from molkit.audit.suggest import suggest_targets
from molkit.audit.units import type_findings, unit_findings
from molkit.chem.policy import Policy
from molkit.data.columns import find_column
from molkit.data.image_table import is_images
from molkit.data.labels import read_labels
from molkit.data.structures import choose_structures, no_structures
from molkit.data.table import Table, frame_to_table, read_table
from molkit.data.tables import open_table
from molkit.errors import InputError
from molkit.evaluation.noise import NumberNoise
from molkit.pipeline.progress import Progress, quiet

_POOLED = ("mixed_units", "mixed_types")
_MIXED: Curve | str = "Values of several units or kinds stand in one column: no model of them would mean anything."
_FEWEST_REPEATED = 10  # compounds with repeated values, before their noise is set beside a learning curve


@dataclass(frozen=True)
class CheckOptions:
    """What an audit was told; `log` says whether values are to be compared as log10 (None: by looking).

    `inputs`, as NAME=COLUMN, are what is read of a row if that is not one structure, `reading` options of reading them;
    `split_column` says train, valid or test.
    """

    targets: tuple[str, ...] = ()
    smiles_column: str | None = None
    task: str | None = None
    unit: str | None = None
    relation: str | None = None
    log: bool | None = None
    mixtures: str = "reject"
    curve: bool = True
    seed: int = 0
    workers: int = 0
    inputs: tuple[str, ...] = ()
    reading: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    split_column: str | None = None


def check(
    data: Any,
    target: str | Sequence[str] | None = None,
    test: Any = None,
    *,
    progress: Progress = quiet,
    **options: Any,
) -> Audit:
    """What is wrong with a table file or DataFrame before training, and what may be expected of it.

    `target` names one or several columns; without it only structures are checked. `test` is another table that the
    training table must not overlap with. `options` are those of `CheckOptions`. Raises InputError for what is no
    table, or has no such column.
    """
    options |= {name: tuple(options[name]) for name in ("inputs",) if name in options}
    targets = () if target is None else (target,) if isinstance(target, str) else tuple(target)
    try:
        told = CheckOptions(targets=targets, **options)
    except TypeError as error:
        raise InputError(f"molkit.check: {str(error).partition('() ')[2] or error}") from None
    return check_tables(data, test, told, progress)


def check_tables(data: Any, test: Any, options: CheckOptions, progress: Progress) -> Audit:
    """The audit of a table, and of what it shares with another if `test` is given."""
    if options.task not in (None, "regression", "binary", "multiclass"):
        raise InputError(f"--task {options.task!r}: expected regression, binary or multiclass")
    if options.inputs or (isinstance(data, str | Path) and is_images(data)):
        if test is not None:
            raise InputError("--test is for molecules; name the parts of one table with --split-column instead")
        return check_rows(data, options, progress)
    name, table, structure, notes = _opened(data, options.smiles_column)
    targets = tuple(find_column(table.names, wanted, "--target") for wanted in options.targets)
    if len(set(targets)) < len(targets) or structure in targets:
        raise InputError("--target: expected different columns, none of them the structures")
    other = None if test is None else _opened(test, options.smiles_column)
    policy = Policy(mixtures=options.mixtures)
    with audit_pool(policy, options.workers, options.curve and bool(targets)) as pool:
        compounds = read_compounds(pool, table.columns[structure], table.faults, progress, "reading structures")
        held = None
        if other is not None:
            held = read_compounds(pool, other[1].columns[other[2]], other[1].faults, progress, "reading the test file")
    findings = [
        *structure_findings(compounds, table.columns[structure], options.mixtures),
        *repeated_findings(compounds),
        *diversity_findings(compounds),
        *remark_findings(table.remarks),
    ]
    measured = {column: _values(table, column, targets, options, findings) for column in targets}
    curves = _target_findings(table, structure, compounds, measured, options, findings, progress)
    if not targets:
        findings += [found for found in [suggest_targets(table, (structure,))] if found is not None]
    if held is not None and other is not None:
        findings += overlap_findings(compounds, held, _in_both(other[1], measured, targets, options))
        findings += _without_target(other[1], measured)
    counts = {"rows": len(table), "readable": len(compounds.rows), "compounds": len(compounds)}
    return Audit(name, structure, targets, counts, by_severity(findings), curves, tuple(notes))


def _opened(data: Any, smiles_column: str | None) -> tuple[str, Table, str, list[str]]:
    """Name, table, structure column and notes of a table file or frame."""
    if isinstance(data, str | Path):
        source = open_table(data, smiles_column=smiles_column)
        assert source.smiles is not None
        return Path(data).name, read_table(source), source.smiles, list(source.notes)
    if not hasattr(data, "columns") and not hasattr(data, "keys"):
        raise InputError(f"expected a table file or a DataFrame, got {type(data).__name__}")
    table = frame_to_table(data)
    structure, note = choose_structures(table.names, table.columns, smiles_column)
    if structure is None:
        raise no_structures("the table", table.names)
    return "the table", table, structure, [note]


def _values(
    table: Table, column: str, targets: tuple[str, ...], options: CheckOptions, findings: list[Finding]
) -> Values | None:
    """One target with its scale; what is wrong with its cells goes to `findings`."""
    values, wrong = read_values(table, column, targets, options.task, options.unit, options.relation)
    findings += wrong
    if not any(finding.severity == "problem" for finding in wrong):
        findings += _refused(table, column, options)
    if values is None or values.classes is not None:
        return values
    if options.log is not None:
        positive = not np.any(values.exact <= 0)
        scale = "decades" if options.log and positive else "log" if options.log else "linear"
        return on_scale(values, scale, "as told")
    return find_scale(values)


def _refused(table: Table, column: str, options: CheckOptions) -> list[Finding]:
    """What training would refuse in the column, other than several units, which have a finding of their own."""
    try:
        read_labels(table, [column], task=options.task, unit=options.unit, relation=options.relation)
    except InputError as error:
        if "several units" in str(error):
            return []
        return [Finding("refused", "problem", "Training would refuse this", str(error), target=column)]
    return []


def _target_findings(
    table: Table,
    structure: str,
    compounds: Compounds,
    measured: dict[str, Values | None],
    options: CheckOptions,
    findings: list[Finding],
    progress: Progress,
) -> tuple[Curve, ...]:
    """Adds what is found of every target; returns the learning curve of the first that has one."""
    usable = [values for values in measured.values() if values is not None]
    near = find_neighbours(compounds.bits, SAME_SCAFFOLD) if usable else None
    curves: list[Curve] = []
    for values in usable:
        assert near is not None
        replicates = find_replicates(compounds, values)
        findings += replicate_findings(compounds, values, replicates)
        findings += _one_target(table, structure, compounds, values, near, tuple(measured))
        if options.curve and not curves:
            floor = replicates.floor if isinstance(replicates.floor, NumberNoise) else None
            floor = None if floor is None or floor.compounds < _FEWEST_REPEATED else floor
            found = _MIXED
            if not any(finding.kind in _POOLED and finding.target == values.name for finding in findings):
                found = learning_curve(compounds, values, floor, options.seed, options.workers, progress)
            if isinstance(found, Curve):
                curves.append(found)
            else:
                findings.append(Finding("no_curve", "note", "No learning curve", found, target=values.name))
    return tuple(curves)


def _one_target(
    table: Table, structure: str, compounds: Compounds, values: Values, near: Neighbours, targets: tuple[str, ...]
) -> list[Finding]:
    aside = {structure, values.name, *(column for column in (values.units, values.signs) if column)}
    found = [
        *balance_findings(compounds, values),
        *unit_findings(table, values),
        *type_findings(table, values, targets),
        *leak_findings(table, values, aside),
        *cliff_findings(compounds, values, near),
        *outlier_findings(compounds, values, near),
    ]
    if values.classes is None:
        found += [*scale_findings(values), *placeholder_findings(values)]
    return _said_once(found)


_OF_CELLS = ("outlier", "impossible", "repeated_value", "unlike_neighbours")


def _said_once(findings: list[Finding]) -> list[Finding]:
    """Findings without those that tell of marks for missing values only: these are no limits, tails or outliers."""
    marks = {row for finding in findings if finding.kind == "placeholder" for row in finding.rows}
    return [finding for finding in findings if finding.kind not in _OF_CELLS or not marks.issuperset(finding.rows)]


def _without_target(table: Table, measured: dict[str, Values | None]) -> list[Finding]:
    """Targets that the test file does not have."""
    return [
        Finding("test_target", "note", "Values of the test file",
                f"The test file has no column '{name}', so no values were compared.", target=name)
        for name in measured if name not in table.names
    ]  # fmt: skip


def _in_both(
    table: Table, measured: dict[str, Values | None], targets: tuple[str, ...], options: CheckOptions
) -> list[tuple[Values, Values]]:
    """Targets that stand in the test file as well, read the same way."""
    pairs = []
    for name, ours in measured.items():
        if ours is None or name not in table.names:
            continue
        beside = [target for target in targets if target in table.names]
        theirs, _ = read_values(table, name, beside, ours.kind, options.unit, options.relation)
        if theirs is not None:
            pairs.append((ours, on_scale(theirs, ours.scale, ours.scale_reason)))
    return pairs
