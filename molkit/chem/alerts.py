"""Structural alerts by name, as flags for a chemist's eye and never as a filter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rdkit import Chem

from molkit.chem.outline import outline
from molkit.chem.prefilter import Prefilter, prefilter
from molkit.chem.quiet import QUIET
from molkit.chem.rdkit_errors import RDKIT_ERRORS
from molkit.errors import InputError

# PAINS: Baell and Holloway, J. Med. Chem. 2010, 53, 2719. Brenk: Brenk et al., ChemMedChem 2008, 3, 435.
CATALOGUES = ("PAINS", "BRENK")
# NIH: Jadhav et al., J. Med. Chem. 2010, 53, 37; Doveston et al., Org. Biomol. Chem. 2015, 13, 859.
ALL_CATALOGUES = (*CATALOGUES, "NIH")
_LONGEST_PATTERN = 2000
# The archive of an entry that is a single SMARTS (class 4): its name, then the length and the bytes of a molecule,
# which begin with RDKit's mark; after them the least number of matches.
_ONE_SMARTS = re.compile(rb"[^\n]*\n0 0 1 4 1 1\n1 0 0 \d+ [^\n]*? (\d+) (?=\xef\xbe\xad\xde)")


def alerts(mol: Chem.Mol, catalogues: Sequence[str] = CATALOGUES) -> list[str]:
    """Names of the matching patterns of catalogues, such as "BRENK: nitro_group".

    >>> alerts(Chem.MolFromSmiles("O=[N+]([O-])c1ccccc1"))
    ['BRENK: nitro_group', 'BRENK: Oxygen-nitrogen_single_bond']
    """
    patterns = _patterns(tuple(catalogues))
    possible = patterns.prefilter.possible(outline(mol))
    return [patterns.names[i] for i in possible if patterns.entries[i].HasFilterMatch(mol)]


@dataclass(frozen=True)
class _Patterns:
    """The patterns of some catalogues in their order; RDKit's entries say which match."""

    names: list[str]
    entries: list[Any]
    prefilter: Prefilter


@lru_cache(maxsize=8)
def _patterns(catalogues: tuple[str, ...]) -> _Patterns:
    entries = [(name, entry) for name in catalogues for entry in _entries(name)]
    return _Patterns(
        [f"{name}: {entry.GetDescription()}" for name, entry in entries],
        [entry for _, entry in entries],
        prefilter([_pattern(entry) for _, entry in entries]),
    )


@lru_cache(maxsize=len(ALL_CATALOGUES))
def _entries(name: str) -> list[Any]:
    from rdkit.Chem import FilterCatalog

    parameters = FilterCatalog.FilterCatalogParams()
    parameters.AddCatalog(getattr(FilterCatalog.FilterCatalogParams.FilterCatalogs, name))
    catalogue = FilterCatalog.FilterCatalog(parameters)
    return [catalogue.GetEntryWithIdx(i) for i in range(catalogue.GetNumEntries())]


def _pattern(entry: Any) -> Chem.Mol | None:
    """The pattern of an entry, which RDKit gives only in its archive; None where the entry is more than that."""
    archive = entry.Serialize()
    match = _ONE_SMARTS.match(archive)
    if match is None:
        return None
    end = match.end() + int(match[1])
    return Chem.Mol(archive[match.end() : end]) if archive[end:].startswith(b" 1 ") else None


def own_alerts(mol: Chem.Mol, patterns: Sequence[tuple[str, Chem.Mol]]) -> list[str]:
    """Names of the matching patterns among a user's own, such as "own: aldehyde".

    >>> own_alerts(Chem.MolFromSmiles("CC=O"), [("aldehyde", Chem.MolFromSmarts("[CX3H1]=O"))])
    ['own: aldehyde']
    """
    return [f"own: {name}" for name, pattern in patterns if mol.HasSubstructMatch(pattern)]


def read_patterns(lines: Iterable[str], where: str) -> list[tuple[str, str]]:
    """Name and SMARTS of each line `name SMARTS`; the SMARTS is the last word, blank and # lines are skipped.

    Raises InputError naming the line, `where` being the file, for a line that is no such pair.

    >>> read_patterns(["# warheads", "Michael acceptor C=CC=O"], "own.smarts")
    [('Michael acceptor', 'C=CC=O')]
    """
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        words = line.strip().rsplit(None, 1)
        if len(words) < 2:
            raise InputError(f"{where}, line {number}: expected a name, white space and a SMARTS, got {line[:60]!r}.")
        first = line.split()[0]
        if _backwards(first, words[1]):
            raise InputError(f"{where}, line {number}: {first[:60]!r} reads as a SMARTS; the name comes first.")
        if read_pattern(words[1]) is None:
            raise InputError(f"{where}, line {number}: {words[1][:60]!r} is not a SMARTS that RDKit can read.")
        found.append((words[0], words[1]))
    if not found:
        raise InputError(f"{where}: holds no pattern; expected lines of a name, white space and a SMARTS.")
    return found


def _backwards(first: str, last: str) -> bool:
    """Whether the first word of a line, not the last, seems to be the SMARTS: names seldom have bonds or brackets."""
    if read_pattern(first) is None:
        return False
    return read_pattern(last) is None or any(mark in first for mark in "[]()=#@:~")


def read_pattern(smarts: str) -> Chem.Mol | None:
    """The query molecule of a SMARTS, None for what is none, has no atom, or is over 2,000 characters."""
    if len(smarts) > _LONGEST_PATTERN or not smarts.isascii():
        return None
    try:
        with QUIET:
            pattern = Chem.MolFromSmarts(smarts)
    except RDKIT_ERRORS:
        return None
    return pattern if pattern is not None and pattern.GetNumAtoms() else None
