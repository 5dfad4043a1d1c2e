"""Worker processes for the tests, forked from one process that has loaded what they need.

A worker that is started as for users loads RDKit, and for networks torch, which costs far more than the few rows that
a test gives it. Those of `tests/engine/test_workers.py` and of commands that run as processes start as for users.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from typing import Any

from molkit.engine import child, workers

JOBS = (
    "molkit.engine.embed", "molkit.engine.fingerprints", "molkit.engine.pack", "molkit.engine.prepare",
    "molkit.engine.reconstruct", "molkit.engine.score", "molkit.engine.scorer", "molkit.profile.chunk",
    "molkit.tuning.trials",
)  # fmt: skip
OWNER = os.getpid()
PATH = os.environ.get("PYTHONPATH")
START_AS_FOR_USERS = workers._start_child


class Forked:
    """What `WorkerPool` uses of a `subprocess.Popen`."""

    def __init__(self, arguments: tuple[str, ...]) -> None:
        context = forking()
        requests, own_requests = context.Pipe(duplex=False)
        own_answers, answers = context.Pipe(duplex=False)
        given = (arguments, dict(os.environ), os.getcwd(), requests, answers)
        self.process = context.Process(target=_work, args=given, daemon=True)  # killed at the end, not waited for
        self.process.start()
        requests.close()
        answers.close()
        self.pid = self.process.pid
        self.stdin = _file(own_requests, "wb")
        self.stdout = _file(own_answers, "rb")

    def kill(self) -> None:
        if os.getpid() == OWNER:  # a fork of the tests leaves their workers alone, as with `subprocess.Popen`
            self.process.kill()

    def wait(self) -> int | None:
        if os.getpid() == OWNER:
            self.process.join()
            return self.process.exitcode
        return 0


def start_child(*arguments: str) -> Any:
    """Stands in for `molkit.engine.workers._start_child`."""
    if os.getpid() != OWNER or os.environ.get("PYTHONPATH") != PATH:  # a fork, or jobs that only the test has
        return START_AS_FOR_USERS(*arguments)
    return Forked(arguments)


@cache
def forking() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*JOBS, "torch", "molkit.nn", "lightgbm"])
    return context


def _file(end: Connection, mode: str) -> Any:
    with end:
        return os.fdopen(os.dup(end.fileno()), mode)


def _work(
    arguments: tuple[str, ...], environment: dict[str, str], folder: str, requests: Connection, answers: Connection
) -> None:
    gc.freeze()  # what was loaded before needs no look by the collector
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    null = os.open(os.devnull, os.O_WRONLY)
    for place, own in enumerate((requests.fileno(), answers.fileno(), null)):
        os.dup2(own, place)
    requests.close()
    answers.close()
    sys.stdin = os.fdopen(0, "r", closefd=False)
    sys.argv = ["molkit.engine.child", *arguments]
    child.main()
