"""Data cards: what a data set is, where it comes from, and what is wrong with it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from molkit.errors import InputError, name_hint

KINDS = ("regression", "binary", "multiclass")
SPLITS = ("scaffold", "random", "group", "column", "files")  # column, files: the published parts


@dataclass(frozen=True)
class CardTarget:
    """A column of labels; `unit` is "" where it has none or none is published."""

    column: str
    kind: str
    unit: str = ""


@dataclass(frozen=True)
class CardFile:
    """One file of a set, `path` being its place below the folder named like the set.

    `sha256` and `bytes` are of the published file. A `path` that ends in .gz may hold that file packed.
    `member` is the end of its name inside the zip file at `url`. Without `url` nothing can be
    downloaded. Only tables have `rows`, `columns` (those worth knowing) and a `header` line or not.
    """

    path: str
    sha256: str
    bytes: int
    url: str = ""
    member: str = ""
    rows: int | None = None
    columns: tuple[str, ...] = ()
    header: bool = True


@dataclass(frozen=True)
class Card:
    """A data set; `rows` counts the samples, which may be fewer than the rows of all its files.

    `shipped` sets lie beside their card in `folder`. `structures` and `id` name columns; `split` and
    `metric` are what is recommended.
    """

    name: str
    title: str
    source: str
    licence: str
    rows: int
    files: tuple[CardFile, ...]
    folder: Path
    shipped: bool = False
    structures: tuple[str, ...] = ()
    id: str = ""
    targets: tuple[CardTarget, ...] = ()
    split: str = ""
    split_column: str = ""
    metric: str = ""
    defects: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def task(self) -> str:
        """The kinds of the targets with their number, such as `binary x 12`."""
        counts = {kind: sum(target.kind == kind for target in self.targets) for kind in KINDS}
        shown = [kind if count == 1 else f"{kind} x {count}" for kind, count in counts.items() if count]
        return " + ".join(shown) or "unlabelled"


_STRINGS = ("name", "title", "source", "licence", "url", "id", "split", "split_column", "metric")
_LISTS = ("structures", "columns", "defects", "notes")
_CARD_KEYS: dict[str, type] = {
    **dict.fromkeys(_STRINGS, str), **dict.fromkeys(_LISTS, list),
    "rows": int, "shipped": bool, "header": bool, "files": list, "targets": dict,
}  # fmt: skip
_FILE_KEYS: dict[str, type] = {
    "path": str, "sha256": str, "bytes": int, "url": str, "member": str, "rows": int, "columns": list,
    "header": bool,
}  # fmt: skip
_CARD_MUST = ("name", "title", "source", "licence", "rows", "files")


def read_card(path: Path) -> Card:
    """The card of a TOML file; raises InputError for a missing or unknown key or a value of the wrong type."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path}: expected a data card (TOML): {error}") from error
    _check(values, _CARD_KEYS, _CARD_MUST, str(path))
    base = values.pop("url", "")
    shared: dict[str, Any] = {key: values.pop(key) for key in ("columns", "header") if key in values}
    files = tuple(_file(entry, base, shared, f"{path}: file {place}") for place, entry in enumerate(values["files"], 1))
    targets = tuple(_target(name, entry, str(path)) for name, entry in values.get("targets", {}).items())
    if "split" in values and values["split"] not in SPLITS:
        raise InputError(f"{path}: split should be one of {', '.join(SPLITS)}, got {values['split']!r}")
    texts = {key: tuple(values[key]) for key in _LISTS if key in values}
    return Card(**{**values, **texts, "files": files, "targets": targets, "folder": path.parent})


def _file(entry: Any, base: str, shared: dict[str, Any], where: str) -> CardFile:
    """A file's entry; an `url` that is no full address continues the card's, `shared` is what the card says of all."""
    _check(entry, _FILE_KEYS, ("path", "sha256", "bytes"), where)
    if not re.fullmatch("[0-9a-f]{64}", entry["sha256"]):
        raise InputError(f"{where}: sha256 should be 64 hexadecimal digits, got {entry['sha256']!r}")
    if Path(entry["path"]).is_absolute() or ".." in Path(entry["path"]).parts:
        raise InputError(f"{where}: path should stay inside the set's folder, got {entry['path']!r}")
    url = entry.get("url", "")
    if url and "://" not in url:
        url = base + url
    told = {**shared, **entry, "url": url}
    return CardFile(**{**told, "columns": tuple(told.get("columns", ()))})


def _target(column: str, entry: Any, where: str) -> CardTarget:
    where = f"{where}: target {column!r}"
    _check(entry, {"kind": str, "unit": str}, ("kind",), where)
    if entry["kind"] not in KINDS:
        raise InputError(f"{where}: kind should be one of {', '.join(KINDS)}, got {entry['kind']!r}")
    return CardTarget(column, **entry)


def _check(values: dict[str, Any], known: Mapping[str, type], must: tuple[str, ...], where: str) -> None:
    if not isinstance(values, dict):
        raise InputError(f"{where}: expected keys and values, got {values!r}")
    for key, value in values.items():
        if key not in known:
            raise InputError(f"{where}: unknown key {key!r}{name_hint(key, known)}")
        if type(value) is not known[key]:
            raise InputError(f"{where}: {key} should be {known[key].__name__}, got {value!r}")
        if key in _LISTS and not all(isinstance(item, str) for item in values[key]):
            raise InputError(f"{where}: {key} should be a list of texts, got {value!r}")
    missing = [key for key in must if key not in values]
    if missing:
        raise InputError(f"{where}: {', '.join(missing)} missing")


@cache
def cards() -> dict[str, Card]:
    """The cards of this installation by name: the folder of a card below `datasets` is its name."""
    package = Path(__file__).resolve().parents[1]
    for root in (package / "datasets", package.parent / "datasets"):  # installed, or a checkout
        found = {path.parent.relative_to(root).as_posix(): path for path in sorted(root.rglob("card.toml"))}
        if found:
            return {name: read_card(path) for name, path in found.items()}
    raise InputError("the data cards are missing from this installation; install molkit again")


def find_card(name: str) -> Card:
    """The card of a name; raises InputError with the nearest names, or those of the group of that name."""
    found = find_cards(name)
    if len(found) > 1 or found[0].name != name:
        raise InputError(f"{name} is a group of data sets: {', '.join(card.name for card in found)}")
    return found[0]


def find_cards(name: str) -> tuple[Card, ...]:
    """The card of a name, or all of a group: `tdc_admet` stands for `tdc_admet/ames` and its like."""
    known = cards()
    if name in known:
        return (known[name],)
    group = tuple(card for card in known.values() if card.name.startswith(f"{name}/"))
    if group:
        return group
    last = [full for full in known if full.rpartition("/")[2] == name]  # the group was left out
    hint = f"; did you mean {last[0]!r}?" if last else name_hint(name, known)
    raise InputError(f"there is no data set {name!r}{hint}")


def shipped_path(name: str) -> Path:
    """The table of a data set that comes with molkit; raises InputError for another one or where it is missing."""
    card = find_card(name)
    path = card.folder / card.files[0].path
    if not card.shipped:
        shipped = ", ".join(card.name for card in cards().values() if card.shipped)
        raise InputError(f"the data set {name!r} is not shipped ({shipped} are); molkit data fetch {name} gets it")
    if not path.is_file():
        raise InputError(f"the shipped data set {name!r} is missing from this installation; install molkit again")
    return path
