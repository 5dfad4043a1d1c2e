"""A job over pairs of which a cell of either input may end the worker process while it is read or featurized."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from molkit.chem.policy import Policy
from molkit.engine.inputs import InputReader, read_rows
from molkit.engine.jobs import Cells
from molkit.features.inputs import KINDS, Input
from molkit.types import Problem


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _read(cell: str) -> str | Problem:
    if cell == "crash":
        _die()
    return cell or Problem("empty", "nothing there.")


class Lengths:
    """The length of every item; one of them ends the process."""

    kind = "lengths"

    def __call__(self, items: Sequence[str]) -> np.ndarray:
        found = []
        for item in items:
            if item == "crash later":
                _die()
            found.append([float(len(item))])
        return np.array(found, np.float32).reshape(-1, 1)


def setup() -> tuple[InputReader, ...]:
    KINDS["sequence"] = replace(KINDS["sequence"], reader=lambda: _read, remarks=None)
    return tuple(InputReader(Input(name, "sequence"), Policy(), {f"{name}/lengths": Lengths()}) for name in "ab")


def lengths(
    readers: Sequence[InputReader], payload: Cells, tick: Callable[[int], None], skip: Mapping[int, Problem]
) -> list[Any]:
    """For each row the lengths of both cells, or the reason why there are none; the process number last."""
    read = read_rows(readers, payload, tick, skip, enumerate_stereo=False)
    found: list[Any] = [read.problems[row].reason if row in read.problems else None for row in range(read.size)]
    for place, row in enumerate(read.rows.tolist()):
        columns = [read.columns[f"{name}/lengths"] for name in "ab"]
        found[row] = [float(np.asarray(column.values)[column.index[place], 0]) for column in columns]
    return [*found, os.getpid()]
