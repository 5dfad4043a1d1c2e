"""Keeps RDKit's messages from stderr, without touching how the program around molkit has set its logs."""

from __future__ import annotations

from types import TracebackType

from rdkit import rdBase


class _Quiet:
    """A context to be entered by many, inside each other; the outermost blocks and restores the logs.

    Blocking costs 6 us, a fifteenth of parsing a molecule, so a loop over molecules enters it once.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._block: rdBase.BlockLogs | None = None

    def __enter__(self) -> None:
        if self._depth == 0:
            self._block = rdBase.BlockLogs()
        self._depth += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._block = None


QUIET = _Quiet()
