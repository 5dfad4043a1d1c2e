"""Opening a table of any kind molkit reads, and saying what was found in it."""

from __future__ import annotations

import codecs
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from molkit.data import sdf
from molkit.data.columns import unique_names
from molkit.data.delimited import (
    DELIMITER_NAMES,
    Layout,
    choose_delimiter,
    read_delimited,
    read_records,
)
from molkit.data.headers import has_header, invented_names, refuse_unnamed, told_inside
from molkit.data.lines import Line, read_lines
from molkit.data.smi import looks_like_smi, read_smi, smi_header
from molkit.data.sniff import file_kind, suffix_format, text_encoding, text_sample
from molkit.data.structures import (
    NO_STRUCTURES,
    choose_structures,
    is_smiles_name,
    no_structures,
)
from molkit.data.table import (
    Source,
    Table,
    frame_to_table,
    read_table,
    table_from_values,
)
from molkit.errors import InputError

__all__ = [
    "Source",
    "Table",
    "frame_to_table",
    "is_table_path",
    "open_table",
    "read_table",
    "table_from_values",
    "written_table",
]

SAMPLE_LINES = 1000
SAMPLE_CHARACTERS = 1 << 20


def is_table_path(text: str) -> bool:
    """Whether a name ends as the tables do that molkit reads.

    >>> [is_table_path(text) for text in ("a.csv", "lib.smi.gz", "CCO", "model.molkit")]
    [True, True, False, False]
    """
    return suffix_format(Path(text))[0] is not None


def open_table(
    path: str | Path,
    *,
    smiles_column: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
    require_smiles: bool = True,
) -> Source:
    """Look at a table file and find its format, encoding, delimiter, header and structure column.

    The options say what to take instead of looking. Raises InputError for what is not a table, has no
    structure column (unless `require_smiles` is False, then `Source.smiles` is None), or is damaged
    where it is looked at (else the pieces raise it).
    """
    path = Path(path)
    kind = file_kind(path)
    if kind.family != "text":
        from molkit.data.typed import open_typed

        return _checked(open_typed(path, kind.family, smiles_column, header, kind.notes), require_smiles)
    sample = text_sample(path)
    notes = list(kind.notes)
    if encoding is None:
        encoding, note = text_encoding(path, sample)
    else:
        encoding, note = _known_encoding(encoding)
    notes.append(note)
    lines = _sample(path, encoding)
    if not any(text.strip() for _, text, _ in lines):
        raise InputError(f"{path}: the file holds only blank lines, as far as its first {len(lines):,}.")
    if delimiter is not None:
        delimiter = _known_delimiter(delimiter)
    if _is_sdf(kind.claimed, lines):
        return _open_sdf(path, encoding, smiles_column, notes, kind.claimed)
    if kind.claimed == "sdf":
        raise InputError(f"{path}: is named .sdf but has no mol block ('{sdf.END}' or '$$$$' line) near its beginning.")
    if _is_smi(kind.claimed, lines, delimiter):
        return _open_smi(path, encoding, smiles_column, notes, header, lines)
    mark = delimiter or told_inside(lines) or choose_delimiter(lines, "\t" if kind.claimed == "tsv" else ",")
    return _checked(_open_delimited(path, encoding, smiles_column, notes, header, lines, mark), require_smiles)


def written_table(path: Path) -> Source:
    """A table that molkit wrote: nothing about its layout has to be found out by looking."""
    delimiter = {"csv": ",", "tsv": "\t"}.get(suffix_format(path)[0] or "")
    return open_table(path, delimiter=delimiter, encoding="utf-8", header=True, require_smiles=False)


def _checked(source: Source, require_smiles: bool) -> Source:
    if source.smiles is None and require_smiles:
        raise no_structures(source.path, source.names)
    notes = tuple(note for note in source.notes if note != NO_STRUCTURES)  # who needs none misses none
    return replace(source, notes=notes)


def _sample(path: Path, encoding: str) -> list[Line]:
    lines: list[Line] = []
    size = 0
    for line in islice(read_lines(path, encoding), SAMPLE_LINES):
        lines.append(line)
        size += len(line[1])
        if size > SAMPLE_CHARACTERS:
            break
    return lines


def _known_encoding(encoding: str) -> tuple[str, str]:
    try:
        name = codecs.lookup(encoding).name
        "".encode(name)
        codecs.getincrementaldecoder(name)
    except LookupError:
        raise InputError(f"--encoding {encoding!r} is not known; try utf-8, utf-16, latin-1 or cp1252.") from None
    return name, f"Encoding: {name}, as told."


def _known_delimiter(delimiter: str) -> str:
    words = {word: mark for mark, word in DELIMITER_NAMES.items()} | {"\\t": "\t"}
    mark = words.get(delimiter.lower(), delimiter)
    if len(mark) != 1 or mark in '"\r\n':
        raise InputError(f"--delimiter {delimiter!r} is not one character; try one of {', '.join(words)}.")
    return mark


def _is_sdf(claimed: str | None, lines: list[Line]) -> bool:
    """Whether the text is an SD file: a record's end, or the counts line of a mol block as line 4."""
    texts = [text.rstrip() for _, text, _ in lines]
    if claimed == "sdf":
        return any(text.startswith(sdf.END) or text == "$$$$" for text in texts)
    return any(text.endswith(("V2000", "V3000")) for text in texts[3:4])


def _is_smi(claimed: str | None, lines: list[Line], delimiter: str | None) -> bool:
    """Whether to read white-space separated SMILES: .smi files (and their like) that are no table."""
    if delimiter is not None or claimed not in ("smi", "txt", None):
        return False
    mark = choose_delimiter(lines, "," if claimed != "smi" else "\t")
    first = next(read_records(iter(lines), mark))[1]
    if claimed == "smi":
        return not (len(first) > 2 if mark == "\t" else len(first) > 1 and any(map(is_smiles_name, first)))
    return len(first) < 2 and looks_like_smi(lines)


def _open_sdf(path: Path, encoding: str, wanted: str | None, notes: list[str], claimed: str | None) -> Source:
    if claimed != "sdf":
        notes.append("The content is an SD file although its name says otherwise; it was read as one.")
    overview = sdf.scan_sdf(path, encoding)
    tags, more = sdf.tag_names(overview.tags)
    names = (sdf.TITLE, *tags.values(), sdf.STRUCTURE)
    structure, note = choose_structures(names, {}, wanted or sdf.STRUCTURE)
    if wanted is None:
        note = f"SD file with {overview.records:,} records; structures are the mol blocks."
    read = partial(sdf.read_sdf, path=path, encoding=encoding, tags=tags, names=names)
    return Source(path, "sdf", names, structure, (*notes, *more, note), overview.records, read)


def _open_smi(
    path: Path, encoding: str, wanted: str | None, notes: list[str], header: bool | None, lines: list[Line]
) -> Source:
    found = smi_header(lines)
    if header is None:
        header = found is not None
    names = ("smiles", "name")
    if header:
        words = lines[0][1].split(None, 1)
        names = found or unique_names([*words, *names[len(words) :]])[0]  # type: ignore[assignment]
        notes.append(f"Line 1 is a header: {lines[0][1].strip()[:80]!r}; it is not a row.")
    notes.append("SMILES file: a structure, white space, a name; no header." if not header else "SMILES file.")
    structure = choose_structures(names, {}, wanted or names[0])[0]
    read = partial(read_smi, path=path, encoding=encoding, header=header, names=names, structure=0)
    return Source(path, "smi", names, structure, tuple(notes), None, read, int(header))


def _open_delimited(
    path: Path,
    encoding: str,
    wanted: str | None,
    notes: list[str],
    header: bool | None,
    lines: list[Line],
    mark: str,
) -> Source:
    if lines[0][2] and lines[0][2].cut:
        raise InputError(f"{path}: line 1 {lines[0][2].sentence}; this is no table.")
    cells = [cells for _, cells, _ in read_records(iter(lines), mark)]
    told = told_inside(lines) is not None
    before = next((place for place, row in enumerate(cells) if place >= told and "".join(row).strip()), None)
    if before is None:
        raise InputError(f"{path}: the first {len(cells):,} rows hold only blank cells.")
    first, body = cells[before], cells[before + 1 :]
    if header is None:
        header = has_header(first, body)
    if len(first) > 1:
        notes.append(f"Delimiter: {DELIMITER_NAMES.get(mark, repr(mark))}.")
    if header:
        refuse_unnamed(path, first, body)
        names, more = unique_names(first)
        notes += more
    else:
        names, body = invented_names(first, body), cells[told:]
        notes.append(f"No header; the columns are called {', '.join(names)}.")
    sample = {name: [row[place] for row in body if place < len(row)] for place, name in enumerate(names)}
    structure, note = choose_structures(names, sample, wanted)
    if header and "found by content" in note:
        note += " Line 1 was taken as the header."
    notes.append(note if header else note.replace("found by name", "found by content"))
    if structure is not None:
        notes += _quote_note(sample[structure])
    layout = Layout(mark, len(names), before + 1 if header else int(told))
    place = names.index(structure) if structure is not None else None
    read = partial(read_delimited, path=path, encoding=encoding, layout=layout, names=names, structure=place)
    family = "tsv" if mark == "\t" else "csv"
    return Source(path, family, names, structure, tuple(notes), None, read, layout.skipped)


def _quote_note(cells: list[Any]) -> list[str]:
    filled = [cell for cell in cells if cell]
    if not filled or not all(len(cell) > 2 and cell[0] == cell[-1] == "'" for cell in filled):
        return []
    return ["The structures stand in single quotes, which are kept as text: use double quotes or none."]
