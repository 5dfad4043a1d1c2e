"""Job functions for worker processes that hang, crash or eat memory where a cell says so."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from molkit.errors import MolkitError

Tick = Callable[[int], None]


def setup(*arguments: Any) -> tuple[Any, ...]:
    return arguments


def broken_setup() -> None:
    raise ValueError("no such\nmodel")


def treat(state: Any, payload: list[str], tick: Tick, skip: Mapping[int, Any]) -> list[str]:
    """Each cell in capitals, or the status of the problem that it was skipped for; the process number last."""
    results = []
    for row, cell in enumerate(payload):
        if row in skip:
            results.append(skip[row].status)
            continue
        tick(row)
        _ACTIONS.get(cell.partition(":")[0], lambda cell: None)(cell)
        results.append(cell.upper())
    tick(-1)
    if "die outside" in payload:
        os.kill(os.getpid(), signal.SIGKILL)
    return [*results, str(os.getpid())]


def _hang(cell: str) -> None:
    time.sleep(1000)


def _spin(cell: str) -> None:
    while True:
        pass


def _crash(cell: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _eat(cell: str) -> None:
    bytearray(1 << 30)  # refused at once; smaller pieces would be filled first, for longer than the time limit


def _wait(cell: str) -> None:
    time.sleep(float(cell.partition(":")[2]))


def _print(cell: str) -> None:
    print("noise that must not get between the messages", flush=True)
    os.write(1, b"\x00\x01\x02\x03\x04\x05\x06\x07\x08")


def _refuse(cell: str) -> None:
    raise MolkitError("told so")


def _fail(cell: str) -> None:
    raise KeyError("an inner\nsurprise")


def _die_once(cell: str) -> None:
    """Ends the process outside any row the first time only; the path of a marker file follows the colon."""
    marker = Path(cell.partition(":")[2])
    if not marker.exists():
        marker.touch()
        sys.exit(3)


_ACTIONS = {"hang": _hang, "spin": _spin, "crash": _crash, "eat": _eat, "wait": _wait, "print": _print,
            "refuse": _refuse, "fail": _fail}  # fmt: skip


def treat_after_death(state: Any, payload: list[str], tick: Tick, skip: Mapping[int, Any]) -> list[str]:
    for cell in payload:
        _die_once(cell)
    return treat(state, payload, tick, skip)
