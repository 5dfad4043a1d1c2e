"""Where measured values come from and what may be done with them: as told, or as a data card says of the file."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from molkit.data.cards import Card, CardFile, cards
from molkit.errors import InputError


@dataclass(frozen=True)
class Origin:
    """Source and licence of a table, None where nobody has said, and what is known to be wrong with it.

    `card` names the data card of which the table is, and `exact` says that its file is the published one; else it
    has only the name and the columns of it. Several licences in one text are given as they stand.
    """

    source: str | None = None
    licence: str | None = None
    card: str | None = None
    exact: bool = False
    defects: tuple[str, ...] = ()


def find_origin(
    path: Path | None, names: Sequence[str], source: str | None = None, licence: str | None = None
) -> Origin:
    """The origin of a table with the columns `names`, read from the file `path` if there is one.

    What the user says (`source`, `licence`) goes before what a card says. A card is known by the SHA-256 of one of
    its files, packed or not, else by the name of one and its columns if these fit no other card.
    """
    card, exact = _card(path, names) if path is not None else (None, False)
    if card is None:
        return Origin(source, licence)
    return Origin(source or card.source, licence or card.licence, card.name, exact, card.defects)


def _card(path: Path, names: Sequence[str]) -> tuple[Card | None, bool]:
    try:
        known = [(card, file) for card in cards().values() for file in card.files]
    except InputError:  # an installation without its cards can still train
        return None, False
    hashes = _hashes(path, {file.bytes for _, file in known})
    same = [card for card, file in known if file.sha256 in hashes]
    if same:
        return same[0], True
    alike = {card.name: card for card, file in known if _fits(path, names, file)}
    return (next(iter(alike.values())), False) if len(alike) == 1 else (None, False)


def _fits(path: Path, names: Sequence[str], file: CardFile) -> bool:
    own, published = (name.lower().removesuffix(".gz") for name in (path.name, Path(file.path).name))
    return own == published and len(file.columns) > 1 and set(file.columns) <= set(names)


def _hashes(path: Path, sizes: set[int]) -> set[str]:
    """SHA-256 of a file that has one of some sizes, and of what a .gz file holds; none of a file that is gone."""
    found = set()
    try:
        if path.stat().st_size in sizes:
            with path.open("rb") as stream:
                found.add(hashlib.file_digest(stream, "sha256").hexdigest())
        if path.suffix == ".gz":
            with gzip.open(path) as unpacked:
                content = unpacked.read(max(sizes) + 1)
            found.add(hashlib.sha256(content).hexdigest())
    except (OSError, EOFError, zlib.error):
        pass
    return found
