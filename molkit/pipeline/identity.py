"""What decides the results of a run, for its journal: files, columns, versions, processor."""

from __future__ import annotations

import contextlib
import importlib.metadata
import platform
from pathlib import Path
from typing import Any

from molkit.data.library import library_files
from molkit.data.table import Source
from molkit.pipeline.cells import Rows
from molkit.pipeline.prepared import installed_versions


def library_identity(source: Source, rows: Rows | None = None) -> dict[str, Any]:
    """What a journal remembers of a library, of what is read of its rows, and of this installation."""
    plain = rows is None or (
        not rows.fixed and list(rows.told.values()) == [source.smiles]
    )  # as journals of molecules have always said it
    read = {"structures in": source.smiles} if rows is None or plain else {"inputs": rows.told}
    files = {file.name: file for file in library_files(source)}  # of one folder
    files |= {f"{place}/{file.name}": file for place, file in enumerate(rows.files if rows else ())}
    stats = {name: file.stat() for name, file in files.items()}
    return {
        "library": {name: [stat.st_size, stat.st_mtime_ns] for name, stat in stats.items()},
        **read,
        "versions": installed_versions() | {name: importlib.metadata.version(name) for name in ("numpy", "torch")},
        "processor": _processor(),
    }


def _processor() -> str:
    """What may decide the last digits of a number."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(": ")[2] for line in lines if line.startswith("model name"))
    return platform.processor() or platform.machine()
