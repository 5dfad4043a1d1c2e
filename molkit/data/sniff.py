"""What kind of file this is, from its first bytes, which decide over its name."""

from __future__ import annotations

import codecs
import zipfile
from dataclasses import dataclass
from pathlib import Path

from molkit.data.lines import GZIP_MAGIC, read_blocks
from molkit.errors import InputError

TEXT_SUFFIXES = {
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".txt": "txt",
    ".smi": "smi", ".smiles": "smi", ".cxsmiles": "smi", ".sdf": "sdf", ".sd": "sdf",
}  # fmt: skip
TYPED_SUFFIXES = {".parquet": "parquet", ".xlsx": "xlsx"}

# First bytes of files that are not tables, or not ones molkit reads, and what to do about it.
_REFUSED = (
    (b"BZh", "a bzip2 file; unpack it first, or use gzip"),
    (b"\xfd7zXZ", "an xz file; unpack it first, or use gzip"),
    (b"\x28\xb5\x2f\xfd", "a zstd file; unpack it first, or use gzip"),
    (b"7z\xbc\xaf", "a 7-zip archive; unpack it first"),
    (b"Rar!", "a rar archive; unpack it first"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file (.xls); save it as .xlsx or .csv"),
    (b"\x89HDF", "an HDF5 file; save the table as .csv or .parquet"),
    (b"ARROW1", "an Arrow (feather) file; save the table as .parquet"),
    (b"%PDF", "a PDF document; save the table as .csv"),
    (b"\x89PNG", "an image, not a table"),
    (b"SQLite format 3", "a database; export the table as .csv"),
    (b"\x7fELF", "a program, not a table"),
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Control characters that text files do not contain; NUL is counted apart, damaged text has some.
_CONTROL = bytes(code for code in range(32) if code not in (0, 9, 10, 12, 13, 26, 27))
ZIP_LIMIT = 250_000_000
ZIP_RATIO = 200


@dataclass(frozen=True)
class Kind:
    """The family of a file ("text", "parquet", "xlsx"), the format its name claims, and what to tell."""

    family: str
    claimed: str | None
    notes: tuple[str, ...]


def suffix_format(path: Path) -> tuple[str | None, bool]:
    """The format a file name claims (None if unknown), and whether it claims to be gzip.

    >>> suffix_format(Path("library.SMI.gz"))
    ('smi', True)
    """
    packed = path.suffix.lower() == ".gz"
    suffix = Path(path.stem).suffix.lower() if packed else path.suffix.lower()
    if suffix in TYPED_SUFFIXES:
        return (None, True) if packed else (TYPED_SUFFIXES[suffix], False)
    return TEXT_SUFFIXES.get(suffix), packed


def file_kind(path: Path) -> Kind:
    """What `path` is. Raises InputError for a file that is missing, empty, or not a table."""
    if not path.exists():
        raise InputError(f"{path}: there is no such file.")
    if path.is_dir():
        found = "in which no file is called as images are (.png, .jpg, .tif, .dcm)" if any(path.iterdir()) else "empty"
        raise InputError(
            f"{path}: is a folder, {found}; expected a table file, or a folder with a folder of images for each class."
        )
    if not path.is_file():
        raise InputError(f"{path}: is not a file.")
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty (0 bytes).")
    claimed, packed_name = suffix_format(path)
    with _open(path) as stream:
        head = stream.read(512)
    if head.startswith(b"PAR1"):
        return _typed(path, "parquet", claimed)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        _check_zip(path)
        return _typed(path, "xlsx", claimed)
    if claimed in ("parquet", "xlsx"):
        raise InputError(
            f"{path}: is named .{claimed} but is not such a file; its first bytes are {head[:8]!r}. "
            "If it is text, rename it to .csv."
        )
    packed = head.startswith(GZIP_MAGIC)
    notes: tuple[str, ...] = ()
    if packed and not packed_name:
        notes = ("The file is gzip although its name does not end in .gz; it was unpacked.",)
    if packed_name and not packed:
        notes = ("The file is plain text although its name ends in .gz.",)
    return Kind("text", claimed, notes)


def _open(path: Path):  # type: ignore[no-untyped-def]
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}.") from None


def _typed(path: Path, found: str, claimed: str | None) -> Kind:
    if claimed == found:
        return Kind(found, claimed, ())
    return Kind(found, claimed, (f"The file is {found} although its name says otherwise; it was read as {found}.",))


def _check_zip(path: Path) -> None:
    """Refuse a zip file that is no workbook, or one that unpacks to more than a workbook should."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise InputError(f"{path}: is a damaged zip or Excel file ({error}).") from None
    if not any(member.filename == "xl/workbook.xml" for member in members):
        raise InputError(f"{path}: is a zip archive, which molkit does not open. Unpack it and give the table inside.")
    size = sum(member.file_size for member in members)
    if size > ZIP_LIMIT or (size > 10_000_000 and size > ZIP_RATIO * path.stat().st_size):
        raise InputError(
            f"{path}: the workbook would unpack to {size:,} bytes; the limit is {ZIP_LIMIT:,} bytes and "
            f"{ZIP_RATIO} times its packed size. Save the table as .csv."
        )


def text_sample(path: Path) -> bytes:
    """The first bytes of the text. Raises InputError for pickles, web pages and other binary content."""
    sample = b""
    for block in read_blocks(path):
        sample += block
        if len(sample) >= 4096:
            break
    if not sample.removeprefix(codecs.BOM_UTF8):
        raise InputError(f"{path}: the file is empty.")
    refused = next((what for magic, what in _REFUSED if sample.startswith(magic)), None)
    if sample.startswith((GZIP_MAGIC, b"PK\x03\x04")) or sample[257:262] == b"ustar":
        refused = "an archive inside a gzip file; unpack it first"
    if sample[:1] == b"\x80" and sample[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        refused = "a Python pickle, which molkit never opens; save the table as .csv or .parquet"
    start = sample.removeprefix(codecs.BOM_UTF8).lstrip()[:100].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<?xml")):
        refused = "a web page (HTML or XML), not a table, so no SMILES column was found; download the file again"
    if refused:
        raise InputError(f"{path}: is {refused}.")
    return sample


def text_encoding(path: Path, sample: bytes) -> tuple[str, str]:
    """The encoding of a text file and a sentence on it.

    A byte order mark decides; then UTF-8 if it fits, Windows-1252 if no line of it holds valid UTF-8
    beyond ASCII, and else UTF-8 with the lines that do not fit read as Windows-1252, one by one.
    """
    for mark, encoding in _BOMS:
        if sample.startswith(mark):
            return encoding, f"Encoding: {encoding.upper()} (byte order mark)."
    if sample.count(0) > len(sample) // 5:
        raise InputError(
            f"{path}: every other byte is zero, so it is UTF-16 text without its mark, or no text. "
            "Try --encoding utf-16-le, or save it as UTF-8."
        )
    control = len(sample) - len(sample.translate(None, _CONTROL))
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
        limit = 0.3
    except UnicodeDecodeError:
        limit = 0.02
    if control > limit * len(sample):
        raise InputError(f"{path}: the content is binary, not text. Give a .csv, .smi, .sdf, .parquet or .xlsx file.")
    if limit == 0.3:
        return "utf-8", "Encoding: UTF-8."
    whole = sample[: 1 + max(sample.rfind(b"\n"), sample.rfind(b"\r"))]  # the last line may be cut
    if any(_is_utf8(line) for line in whole.splitlines() if not line.isascii()):
        return "utf-8", "Encoding: UTF-8 with some lines in another encoding, which are read as Windows-1252."
    return "cp1252", "Encoding: Windows-1252 (Western European), as the text is not valid UTF-8."


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
