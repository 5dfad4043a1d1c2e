"""A model file in memory, for estimators that are copied, pickled by their user, and sent to other processes."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import weakref
from pathlib import Path
from typing import Any

from molkit.api import Model, load
from molkit.data.write import atomic_path


class ModelFile:
    """The bytes of a model file, and the model loaded from them when it is first asked for.

    A copy, or the same in another process, begins with the bytes alone and has workers of its own.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._model: Model | None = None
        self._lock = threading.Lock()

    @property
    def model(self) -> Model:
        """The model, in a temporary file that lasts as long as it does."""
        with self._lock:
            if self._model is None:
                folder = Path(tempfile.mkdtemp(prefix="molkit-"))
                path = folder / "model.molkit"
                path.write_bytes(self._content)
                self._model = load(path)
                weakref.finalize(self._model, _remove, folder, os.getpid())
            return self._model

    def save(self, path: str | Path, overwrite: bool) -> None:
        """Write the file; raises MolkitError if `path` exists or cannot be written."""
        with atomic_path(path, overwrite) as unfinished:
            unfinished.write_bytes(self._content)

    def __reduce__(self) -> tuple[Any, ...]:
        return ModelFile, (self._content,)


def _remove(folder: Path, owner: int) -> None:
    if os.getpid() == owner:  # a forked process must leave the file to its parent
        shutil.rmtree(folder, ignore_errors=True)
