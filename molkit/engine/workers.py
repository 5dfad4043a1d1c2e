"""Persistent worker processes with a time and memory limit per row.

Some structures hang or crash RDKit, and its parser cannot be interrupted from Python. So rows are handled
in processes of their own, that write the number of the row they are on into a shared file. When a worker
dies or stays on one row for too long, that row is marked, and a fresh worker does the rest of its chunk.

Workers are plain child processes (`molkit.engine.child`) that share no state with the caller, so the caller
may hold threads, CUDA or a notebook. They start when there is work for them.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from molkit.engine.child import HEARTBEAT, read_frame, write_frame
from molkit.engine.jobs import IDLE, library_of
from molkit.errors import MolkitError
from molkit.types import Problem

_POLL_SECONDS = 0.05
_UNWATCHED_SECONDS = 1.0  # after a longer pause of the caller (a stopped process), rows get their time anew
_LOOK_AHEAD = 4  # chunks under way or waiting to be given out, per worker


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Job:
    """`function(state, payload, tick, skip)` of a module, `state` being what `setup(*arguments)` gave.

    Both are named "module:function" and imported by the worker. `function` calls `tick(i)` before it works
    on row i of its chunk and tick(-1) when it is done with rows; rows in `skip` (row -> Problem) have
    already killed a worker.
    """

    setup: str
    arguments: tuple[Any, ...]
    function: str


@dataclass
class _Task:
    number: int
    payload: Any
    skip: dict[int, Problem] = field(default_factory=dict)
    failures: int = 0


class WorkerPool:
    """Runs one job over chunks; results come in the order of the chunks.

    `workers` 0 means one for each processor; there are never more than `useful`. A `thing` is what a row
    holds, for sentences.
    """

    def __init__(
        self, job: Job, workers: int = 1, seconds: float = 3.0, memory_mb: int = 1024,
        useful: int | None = None, thing: str = "structure",
    ) -> None:  # fmt: skip
        self._job = job
        self._most = max(workers or processors(), 1)
        if useful is not None:
            self._most = min(self._most, max(useful, 1))
        self._seconds = seconds
        self._memory_mb = memory_mb
        self._thing = thing
        self._events: queue.Queue[tuple[_Worker, Any]] = queue.Queue()
        self._workers: list[_Worker] = []
        self._mapping = False
        weakref.finalize(self, _kill_all, self._workers)  # a pool that is forgotten, or the end of the program

    def _start(self) -> _Worker:
        return _Worker(self._job, self._memory_mb, self._seconds, self._events)

    def map(self, payloads: Iterable[Any], in_order: bool = True) -> Generator[Any]:
        """Result of the job's function for every payload, in order or as they come; bounded look-ahead."""
        if self._mapping:
            raise RuntimeError("this pool is at work already; exhaust or close the other iterator first")
        self._mapping = True
        waiting = (_Task(number, payload) for number, payload in enumerate(payloads))
        done: dict[int, Any] = {}
        given = 0
        try:
            while True:
                while (number := given if in_order else next(iter(done), None)) in done:
                    yield done.pop(number)
                    given += 1
                self._feed(waiting, len(done))
                if not self._busy():
                    return
                self._wait(done)
        finally:
            self._mapping = False
            for worker in self._busy():  # the caller stopped early
                worker.kill()
                self._workers.remove(worker)

    def _busy(self) -> list[_Worker]:
        return [worker for worker in self._workers if worker.task is not None]

    def _feed(self, waiting: Iterator[_Task], done: int) -> None:
        """Give tasks to idle workers, starting new ones, unless too many results wait for a slow chunk."""
        idle = [worker for worker in self._workers if worker.task is None]
        while len(self._busy()) + done < _LOOK_AHEAD * self._most and (idle or len(self._workers) < self._most):
            task = next(waiting, None)
            if task is None:
                return
            if not idle:
                idle.append(self._start())
                self._workers.append(idle[0])
            idle.pop().send(task)

    def _wait(self, done: dict[int, Any]) -> None:
        with contextlib.suppress(queue.Empty):
            worker, message = self._events.get(timeout=_POLL_SECONDS)
            if worker in self._workers and worker.task is not None:
                self._receive(worker, message, done)
        for worker in list(self._workers):
            if worker.stuck_on_row(self._seconds):
                self._replace(worker, self._timeout())

    def _receive(self, worker: _Worker, message: Any, done: dict[int, Any]) -> None:
        task = worker.task
        assert task is not None
        if message is None:
            crash = Problem("crashed", f"{library_of(self._thing)} crashed on this {self._thing}.")
            self._replace(worker, self._timeout() if worker.ended_by_alarm() else crash)
        elif message[0] == "memory":
            reason = f"this {self._thing} needs more than {self._memory_mb} MB of memory, the limit per {self._thing}."
            self._replace(worker, Problem("too_large", reason))
        elif message[0] == "error":
            raise MolkitError(f"a worker process failed: {message[1]}")
        else:
            done[task.number], worker.task = message[1], None

    def _timeout(self) -> Problem:
        return Problem("timeout", f"stopped after {self._seconds:g} s, the limit per {self._thing}.")

    def _replace(self, worker: _Worker, problem: Problem) -> None:
        """Mark the row a worker was on, and give the rest of its chunk to a fresh one."""
        task, row = worker.task, worker.row()
        worker.kill()
        self._workers.remove(worker)
        if task is None:
            return
        if row == IDLE:
            task.failures += 1
            if task.failures > 2:
                raise MolkitError("a worker process died three times outside any row; is there enough memory?")
        else:
            task.skip[row] = problem
        fresh = self._start()
        self._workers.append(fresh)
        fresh.send(task)

    def close(self) -> None:
        """End the worker processes; new ones start if the pool is used again."""
        _kill_all(self._workers)

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _kill_all(workers: list[_Worker]) -> None:
    for worker in workers:
        worker.kill()
    workers.clear()


def _start_child(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        # -P: a file of the user's working folder must not stand in for a library
        [sys.executable, "-P", "-m", "molkit.engine.child", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
    )


class _Worker:
    """One child process, the row it is on, and the thread that listens to it."""

    def __init__(self, job: Job, memory_mb: int, seconds: float, events: queue.Queue[Any]) -> None:
        handle, self._heartbeat_path = tempfile.mkstemp(prefix="molkit-heartbeat-")
        os.write(handle, HEARTBEAT.pack(IDLE))
        self._heartbeat = mmap.mmap(handle, HEARTBEAT.size)
        os.close(handle)
        self.process = _start_child(self._heartbeat_path, str(memory_mb), str(seconds))
        self.task: _Task | None = None
        self._since = (IDLE, 0.0)
        self._watched = 0.0
        self._events = events
        self._write((job.setup, job.arguments, job.function))
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as answers:
            while (message := read_frame(answers)) is not None:
                self._events.put((self, message))
        self._events.put((self, None))

    def send(self, task: _Task) -> None:
        self.task = task
        self._since = (IDLE, 0.0)
        self._write((task.payload, task.skip))

    def _write(self, message: Any) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):  # a dead worker is noticed by its closed output
            write_frame(self.process.stdin, message)

    def row(self) -> int:
        return int(HEARTBEAT.unpack(self._heartbeat[:])[0])

    def stuck_on_row(self, seconds: float) -> bool:
        row, now = self.row(), time.monotonic()
        if self.task is None or row != self._since[0] or now - self._watched > _UNWATCHED_SECONDS:
            self._since = (row, now)
        self._watched = now
        return row != IDLE and now - self._since[1] > seconds

    def ended_by_alarm(self) -> bool:
        """Whether the system ended it for the processor time of one row; see `molkit.engine.child`."""
        alarm = getattr(signal, "SIGPROF", None)
        return alarm is not None and self.process.wait() == -alarm

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):  # unsent bytes for a dead process
            self.process.stdin.close()
        self._heartbeat.close()
        with contextlib.suppress(OSError):  # the worker removes it as soon as it has it open
            os.unlink(self._heartbeat_path)
