"""What runs in a worker process: read a chunk, do the job's function on it, write the answer.

Standard input brings the job and then chunks, standard output takes one answer for each; both are pickles
between two halves of the same program, and nothing foreign is ever read here. The row under work stands in
a small shared file, because a hung or crashed process can no longer tell it.
"""

from __future__ import annotations

import contextlib
import importlib
import mmap
import os
import pickle
import signal
import struct
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from molkit.engine.jobs import IDLE, Tick
from molkit.errors import MolkitError

HEARTBEAT = struct.Struct("<q")
_HEADER = struct.Struct("<Q")
_GRACE_SECONDS = 1.0  # processor time beyond the limit after which the system ends a row nobody watches


def write_frame(stream: Any, message: Any) -> None:
    """One message with its length before it."""
    data = pickle.dumps(message, protocol=5)
    stream.write(_HEADER.pack(len(data)))
    stream.write(data)
    stream.flush()


def read_frame(stream: Any) -> Any:
    """The next message, None at the end of the stream."""
    try:
        header = stream.read(_HEADER.size)
        if len(header) < _HEADER.size:
            return None
        size = _HEADER.unpack(header)[0]
        data = stream.read(size)
    except (OSError, ValueError):
        return None
    return pickle.loads(data) if len(data) == size else None


def main() -> None:
    """Answer every chunk on standard input with one message on standard output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the caller decides when a worker ends
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get between the messages
    tick = _open_heartbeat(sys.argv[1], float(sys.argv[3]))
    setup, arguments, name = read_frame(requests) or ("", (), "")
    state = function = None
    while (request := read_frame(requests)) is not None:
        try:
            if function is None:
                state, function = _load(setup)(*arguments), _load(name)
                _limit_memory(int(sys.argv[2]))
            answer = ("result", function(state, request[0], tick, request[1]))
            tick(IDLE)
        except MemoryError:
            answer = ("memory", None)  # the row stays in the shared file
        except MolkitError as error:
            answer = ("error", str(error))
        except Exception as error:
            answer = ("error", _place(error))
        write_frame(answers, answer)


def _open_heartbeat(path: str, seconds: float) -> Tick:
    """The function that notes the row under work, and ends this process if the caller is gone.

    It also sets an alarm in processor time: a caller that was killed can no longer stop a hung row, and
    the libraries that hang let no other thread of this process run.
    """
    caller = os.getppid()
    with open(path, "r+b") as file:
        heartbeat = mmap.mmap(file.fileno(), HEARTBEAT.size)
    with contextlib.suppress(OSError):  # Windows keeps the name of an open file
        os.unlink(path)
    pack = HEARTBEAT.pack_into
    alarm: Any = getattr(signal, "setitimer", None)
    if alarm is None:
        return lambda row: pack(heartbeat, 0, row)
    kind = signal.ITIMER_PROF

    def tick(row: int) -> None:
        if os.getppid() != caller:
            os._exit(1)
        pack(heartbeat, 0, row)
        alarm(kind, 0.0 if row == IDLE else seconds + _GRACE_SECONDS)

    return tick


def _load(name: str) -> Callable[..., Any]:
    module, _, function = name.partition(":")
    loaded: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return loaded


def _limit_memory(memory_mb: int) -> None:
    """At most `memory_mb` beyond what is in use now, where the system can limit it (not on Windows)."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + memory_mb * (1 << 20)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _place(error: Exception) -> str:
    """What was raised and where, in one line."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return f"{text} ({Path(frame.filename).name}, line {frame.lineno})"


if __name__ == "__main__":
    main()
