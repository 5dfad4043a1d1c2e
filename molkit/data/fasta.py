"""Proteins by name from a FASTA file."""

from __future__ import annotations

from pathlib import Path

from molkit.data.lines import read_lines
from molkit.errors import InputError


def read_fasta(path: Path | str) -> dict[str, str]:
    """The sequence of each name as it stands in the file, which may be packed with gzip.

    A name is the first word after `>` (Pearson and Lipman, Proc. Natl. Acad. Sci. USA 1988, 85, 2444); lines that
    begin with `;` are comments. Raises InputError for a file that is none, or names that are missing or not unique.
    """
    found: dict[str, list[str]] = {}
    name = None
    for number, line, damage in read_lines(Path(path), "utf-8"):
        if damage is not None:
            raise InputError(f"{path}, line {number}: {damage.sentence}; expected the text of a FASTA file")
        if line.startswith(">"):
            name = next(iter(line[1:].split()), "")
            if not name:
                raise InputError(f"{path}, line {number}: there is no name after >; write one, such as >P00519")
            if name in found:
                raise InputError(f"{path}, line {number}: the name {name} stands here again; names must be unique")
            found[name] = []
        elif line.strip() and not line.startswith(";"):
            if name is None:
                raise InputError(
                    f"{path}, line {number}: a FASTA file begins with > and a name, got {line.strip()[:40]!r}"
                )
            found[name].append(line.strip())
    if not found:
        raise InputError(f"{path}: there is no sequence in it; a FASTA file has lines >NAME, each above its residues")
    return {name: "".join(lines) for name, lines in found.items()}
