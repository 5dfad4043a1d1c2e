"""Which columns belong to a target: its relation and unit, and the layout of known exports.

ChEMBL activity exports have "Standard Value", "Standard Relation", "Standard Units" and "Standard
Type"; CDD Vault exports put the unit in the header and the sign in the cell or in a modifier column.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from molkit.data.cells import is_blank, read_number, read_sign
from molkit.data.columns import find_column, plain_name
from molkit.data.table import Table
from molkit.data.units import base_name, header_unit
from molkit.errors import InputError

_RELATION_WORDS = ("relation", "qualifier", "modifier", "operator", "qual", "censor", "sign", "prefix")
_UNIT_WORDS = ("units", "unit", "uom")
_SAMPLE = 2000


@dataclass(frozen=True)
class Export:
    """The targets and the id column of a recognised export, and what to tell."""

    targets: list[str]
    id: str | None
    notes: tuple[str, ...]


def find_export(table: Table) -> Export:
    """Recognise a ChEMBL or CDD Vault export. Raises InputError with the numeric columns if it is none."""
    by_plain = {plain_name(name): name for name in reversed(table.names)}
    value = by_plain.get("standard_value")
    if value is not None and ("standard_relation" in by_plain or "standard_units" in by_plain):
        _one_type(table, by_plain.get("standard_type"), value)
        key = by_plain.get("molecule_chembl_id")
        return Export([value], key, (f"ChEMBL export: the target is '{value}'.",))
    vault = any(name.startswith("cdd_") or name in ("molecule_name", "batch_name") for name in by_plain)
    numeric = numeric_columns(table)
    measured = [name for name in numeric if header_unit(name)]
    if vault and measured:
        found = ", ".join(f"'{name}'" for name in measured)
        return Export(measured, by_plain.get("molecule_name"), (f"CDD Vault export: the targets are {found}.",))
    listed = ", ".join(f"'{name}'" for name in numeric[:30]) or "none"
    raise InputError(f"Say which column to model with --target. The columns of numbers are: {listed}.")


def _one_type(table: Table, column: str | None, value: str) -> None:
    if column is None:
        return
    cells = zip(table.columns[column], table.columns[value], strict=True)
    counts = Counter(str(kind).strip() for kind, cell in cells if not is_blank(cell) and not is_blank(kind))
    if len(counts) > 1:
        listed = ", ".join(f"{count} {kind}" for kind, count in counts.most_common(8))
        raise InputError(f"The ChEMBL export mixes several kinds of value (column '{column}'): {listed}. Keep one.")


def numeric_columns(table: Table) -> list[str]:
    """The columns in which most filled cells are numbers."""
    return [name for name in table.names if _is_numeric(table, name)]


def _is_numeric(table: Table, name: str) -> bool:
    filled = [cell for cell in table.columns[name][:_SAMPLE] if not is_blank(cell)]
    return bool(filled) and sum(read_number(cell).kind == "number" for cell in filled) >= 0.8 * len(filled)


def relation_column(
    table: Table, target: str, targets: Sequence[str], told: str | None, notes: list[str]
) -> str | None:
    """The column with the relation signs of a target: as told ("none" for none), or by name and content.

    Raises InputError if a column of signs is there that says "not equal" for measured rows but belongs
    to another quantity (ChEMBL's standard relation beside a pIC50, where the sign would be reversed).
    """
    if told is not None:
        return (
            None if told.lower() == "none" and told not in table.names else find_column(table.names, told, "--relation")
        )
    for name in _beside(table, target, targets, _RELATION_WORDS):
        filled = [cell for cell in table.columns[name] if not is_blank(cell)]
        # Mostly signs: a cell that is none is then an error that names its row, not a reason to look away.
        if not filled or sum(read_sign(cell) is not None for cell in filled) < 0.5 * len(filled):
            continue
        if _is_foreign(name, target, table):
            _refuse_foreign(table, name, target)
            continue
        notes.append(f"Relations of '{target}' are in column '{name}'.")
        return name
    return None


def units_column(table: Table, target: str, targets: Sequence[str]) -> str | None:
    """The column that gives the unit of each value of a target, by name."""
    for name in _beside(table, target, targets, _UNIT_WORDS):
        if not _is_foreign(name, target, table) and not _is_numeric(table, name):
            return name
    return None


def _beside(table: Table, target: str, targets: Sequence[str], words: Sequence[str]) -> Iterator[str]:
    """Columns whose name has one of `words` and that can belong to the target, the surest first:
    named after it, a neighbour of it, or, if it is the only target, any."""
    base = plain_name(base_name(target)).removesuffix("_value")
    place = table.names.index(target)
    ranked = []
    for index, name in enumerate(table.names):
        parts = plain_name(base_name(name)).split("_")
        if name in targets or not any(part.rstrip("s") in words or part in words for part in parts):
            continue
        rest = "_".join(part for part in parts if part.rstrip("s") not in words and part not in words)
        if rest == base:
            ranked.append((0, index, name))
        elif len(targets) == 1 or (not rest and abs(index - place) == 1):
            ranked.append((1 + (abs(index - place) != 1), index, name))
    return iter([name for _, _, name in sorted(ranked)])


def _is_foreign(name: str, target: str, table: Table) -> bool:
    """Whether a "standard ..." column belongs to the "standard value" column, which is not the target."""
    plain = {plain_name(column) for column in table.names}
    return (
        plain_name(name).startswith(("standard_", "published_", "uo_", "qudt_"))
        and "standard_value" in plain
        and plain_name(target) != "standard_value"
    )


def _refuse_foreign(table: Table, name: str, target: str) -> None:
    pairs = zip(table.columns[name], table.columns[target], strict=True)
    count = sum(1 for sign, cell in pairs if not is_blank(cell) and (read_sign(sign) or (0, False))[0])
    if count:
        raise InputError(
            f"Column '{name}' marks {count} rows as bounds (> or <) of the standard value, not of '{target}' "
            "(whose sign may be the reverse). Use --target 'standard value', or --relation with a column "
            f"made for '{target}', or --relation none after removing those rows."
        )
