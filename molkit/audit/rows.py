"""`molkit check --input ...`: the audit of pairs, images, records, signals and plain rows, without molecules' own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from molkit.audit.finding import Audit, Finding, by_severity, counted, listed, short
from molkit.audit.leaks import leak_findings
from molkit.audit.measured import Values, on_scale, read_values
from molkit.audit.things import degree_findings, repeated_things, shared_things, table_rows
from molkit.config import RunConfig
from molkit.data.classes import class_key, says_class, told_classes
from molkit.data.columns import find_column
from molkit.data.labels import read_parts
from molkit.data.table import Table, frame_to_table, read_table
from molkit.data.targets import class_codes
from molkit.features.inputs import Input, noun_of
from molkit.pipeline.cells import Rows, learned_rows, open_rows
from molkit.pipeline.makers import table_columns
from molkit.pipeline.progress import Progress
from molkit.pipeline.samples import CellsOf, Samples, read_samples
from molkit.pipeline.unreadable import common_problem, mostly_unreadable, names_hint

if TYPE_CHECKING:
    from molkit.audit.audit import CheckOptions

_RARE = 0.05  # share of a class from which it is worth a look
_FEWEST = 5  # rows of a class
_MISSING = 0.05  # share of blank cells from which a column is listed
_MOSTLY = 0.5
_SHOWN = 8


@dataclass(frozen=True)
class Labelled:
    """A target over the rows of a table: numbers, or codes of its `classes` (None for numbers); NaN where blank."""

    name: str
    values: np.ndarray
    classes: tuple[str, ...] | None


def check_rows(data: Any, options: CheckOptions, progress: Progress) -> Audit:
    """What is wrong with a table whose rows the inputs of `options` read, or with a folder or .npz of images."""
    reading = {name: dict(own) for name, own in options.reading.items()}
    config = RunConfig(
        targets=options.targets or None, inputs=options.inputs or None, reading=reading, task=options.task,
        unit=options.unit, relation=options.relation, split_column=options.split_column, mixtures=options.mixtures,
        smiles_column=options.smiles_column,
    )  # fmt: skip
    if isinstance(data, str | Path):
        source, config = open_rows(data, config)
        table, name, folder, notes = read_table(source), Path(data).name, source.path.parent, list(source.notes)
    else:
        table, name, folder, notes = frame_to_table(data), "the table", Path.cwd(), []
    rows = learned_rows(table, "", folder, config)
    targets = tuple(find_column(table.names, wanted, "--target") for wanted in config.targets or ())
    told = RunConfig(mixtures=options.mixtures)
    cells = rows.cells(table)
    samples = read_samples(cells, table.faults, rows.inputs, [], told, options.workers, progress)
    unreadable = _unreadable(table, rows.inputs, cells, samples)
    findings = [*unreadable, *_columns(table, rows.inputs, targets, config.task)]
    labels = [own for target in targets for own in _target(table, rows, target, targets, config, findings)]
    parts = None if config.split_column is None else read_parts(table, config.split_column, {})
    findings += repeated_things(rows.inputs, samples, labels)
    findings += shared_things(rows.inputs, samples, parts)
    for own in labels:
        findings += [*_balance(own, noun_of(rows.inputs)), *degree_findings(rows.inputs, samples, own, options.seed)]
    read = ", ".join(f"{one.name}={_few(one.source)}" for one in rows.inputs)
    counts = {"rows": len(table), "readable": len(samples.rows)}
    named = {row: table.file(row) for finding in findings for row in finding.rows} if table.files else {}
    said = (*notes, *rows.notes)
    return Audit(name, read, targets, counts, by_severity(findings), (), said, noun_of(rows.inputs), named)


def _few(source: str) -> str:
    names = source.split(",")
    return source if len(names) < _SHOWN else f"{names[0]}, {names[1]} and {len(names) - 2} more columns"


def _unreadable(table: Table, inputs: Sequence[Input], cells: CellsOf, samples: Samples) -> list[Finding]:
    if not samples.problems:
        return []
    rows = sorted(samples.problems)
    reasons = [samples.problems[row].sentence(row + 1, table.file(row + 1)) for row in rows]
    kinds = Counter(samples.problems[row].status for row in rows)
    shown = ", ".join(f"{status} {count:,}" for status, count in kinds.most_common())
    most = mostly_unreadable(samples.problems, len(table))
    example = common_problem(samples.problems)
    said = (
        f"{counted(len(rows), 'row')} of {len(table):,} cannot be read ({shown}). {reasons[rows.index(example)]}"
        + most * names_hint(inputs, cells, samples.problems[example])
    )
    return [Finding("unreadable", "problem" if most else "caution", "Rows that cannot be read", said, table_rows(rows),
                    {"row": list(table_rows(rows)), "why": reasons})]  # fmt: skip


def _columns(table: Table, inputs: Sequence[Input], targets: Sequence[str], task: str | None) -> list[Finding]:
    """Columns that are read and lack cells, or say the same in every row."""
    plain = [name for one in inputs if one.kind == "table" for name in table_columns(one, table.names)]
    classes = {name: told_classes(table.columns[name], task) for name in targets}
    blank = {name: float(np.mean([not says_class(cell, classes.get(name, ())) for cell in table.columns[name]]))
             for name in (*plain, *targets)}  # fmt: skip
    lacking = {name: share for name, share in blank.items() if share >= _MISSING}
    found = []
    if lacking:
        order = sorted(lacking, key=lambda name: -lacking[name])
        shown = listed([f"'{name}' {lacking[name]:.0%}" for name in order], _SHOWN)
        severity = "caution" if any(share > _MOSTLY for share in lacking.values()) else "note"
        found.append(Finding("missing", severity, "Missing cells", f"Blank are {shown} of the cells.",
                             table={"column": order, "share": [lacking[name] for name in order]}))  # fmt: skip
    constant = [name for name in plain if len({class_key(cell) for cell in table.columns[name]}) == 1]
    if constant:
        said = f"The same in every row, so that nothing can be learned from: {listed(constant, _SHOWN)}."
        found.append(Finding("constant", "note", "Constant columns", said, table={"column": constant}))
    return found


def _target(
    table: Table, rows: Rows, name: str, targets: Sequence[str], config: RunConfig, findings: list[Finding]
) -> list[Labelled]:
    """A target as numbers or codes, nothing if it cannot be used; what is wrong with its cells goes to `findings`."""
    values, wrong = read_values(table, name, targets, config.task, config.unit, config.relation)
    several = any(finding.kind == "classes" and finding.severity == "note" for finding in wrong)
    findings += wrong
    if values is not None:
        findings += _leaks(table, rows, values, targets, config.split_column)
        return [Labelled(name, values.exact, values.classes)]
    if not several:
        return []
    found = told_classes(table.columns[name], config.task)
    return [Labelled(name, class_codes(table.columns[name], list(found)), tuple(found.values()))]


def _leaks(
    table: Table, rows: Rows, values: Values, targets: Sequence[str], split_column: str | None
) -> list[Finding]:  # fmt: skip
    """Columns that give the target away, whether or not an input reads them."""
    read = {name for one in rows.inputs if one.kind == "table" for name in table_columns(one, table.names)}
    others = {one.source for one in rows.inputs} | {values.name, split_column or "", *targets}
    advice = (
        "What is known only with the outcome must not be an input: leave such columns out."
        if read
        else f"A model reads {' and '.join(one.name for one in rows.inputs)} only; keep such a column out of them."
    )
    return leak_findings(table, on_scale(values, "linear", ""), others - read, advice)


def _balance(labels: Labelled, noun: str) -> list[Finding]:
    """How many rows each class has."""
    if labels.classes is None:
        return []
    codes = labels.values[~np.isnan(labels.values)].astype(np.int64)
    counts: Mapping[str, int] = dict(
        zip(labels.classes, np.bincount(codes, minlength=len(labels.classes)).tolist(), strict=True)
    )
    rarest = min(counts.values())
    few = rarest < _FEWEST or rarest < _RARE * len(codes)
    shown = listed([f"{short(name)!r} {count:,}" for name, count in counts.items()], _SHOWN)
    said = f"{counted(len(codes), noun)} of {len(counts)} classes: {shown}."
    hint = " Look at recall, F1, MCC and PR-AUC rather than accuracy, and at --imbalance." * few
    return [Finding("balance", "caution" if few else "note", "Class balance", said + hint,
                    table={"class": list(counts), f"{noun}s": list(counts.values())},
                    target=labels.name)]  # fmt: skip
