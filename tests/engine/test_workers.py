"""The worker pool: order, one poisoned row costs one row, nothing is left running."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from molkit.engine.workers import Job, WorkerPool
from molkit.errors import MolkitError

HERE = Path(__file__).resolve().parent
TREAT = Job("poisoned_jobs:setup", (), "poisoned_jobs:treat")


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(HERE))


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(TREAT, workers=2, seconds=0.5, memory_mb=400) as made:
        yield made


def children() -> set[int]:
    """Process numbers of this process's living children."""
    found = set()
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):
            found |= {int(child) for child in (task / "children").read_text().split()}
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def soon_gone(pids: set[int]) -> bool:
    end = time.monotonic() + 60  # far more than is needed on a machine that is not busy
    while any(alive(pid) for pid in pids) and time.monotonic() < end:
        time.sleep(0.05)
    return not any(alive(pid) for pid in pids)


def test_results_come_in_order_whichever_is_ready_first(pool: WorkerPool) -> None:
    chunks = [[f"wait:{0.2 if i % 4 == 0 else 0.0}", f"c{i}"] for i in range(12)]
    results = list(pool.map(chunks))
    assert [result[1] for result in results] == [f"C{i}" for i in range(12)]
    assert len({result[-1] for result in results}) == 2  # both processes took part


def test_results_come_as_they_are_ready_where_no_order_is_wanted(pool: WorkerPool) -> None:
    list(pool.map([["wait:0.1"]] * 4))  # both workers have started
    chunks = [["wait:0.4", "slow"], *([f"c{i}"] for i in range(12))]
    found = [result[-2] for result in pool.map(chunks, in_order=False)]
    assert sorted(found) == sorted(chunk[-1].upper() for chunk in chunks)
    assert found[0] != "SLOW"


@pytest.mark.parametrize(
    ("poison", "status"), [("hang", "timeout"), ("spin", "timeout"), ("crash", "crashed"), ("eat", "too_large")]
)
def test_a_poisoned_row_costs_itself_only(pool: WorkerPool, poison: str, status: str) -> None:
    chunks = [["a", "b", poison, "c"], ["d"], [poison, "e"], ["f", poison, poison, "g"], [poison]]
    results = [result[:-1] for result in pool.map(chunks)]
    assert results == [[status if cell == poison else cell.upper() for cell in chunk] for chunk in chunks]


def test_time_to_recover_from_a_hang(pool: WorkerPool) -> None:
    list(pool.map([["a"], ["b"]]))  # the processes have started

    def seconds() -> float:
        started = time.monotonic()
        assert next(iter(pool.map([["a", "hang", "b"]])))[:-1] == ["A", "timeout", "B"]
        return time.monotonic() - started

    assert any(seconds() < 0.5 + 1.5 for _ in range(3))  # the limit, and a fresh process; a busy machine gets new tries


def test_a_slow_row_under_the_limit_is_no_timeout(pool: WorkerPool) -> None:
    assert next(iter(pool.map([["wait:0.3"] * 5])))[:-1] == ["WAIT:0.3"] * 5


def test_a_pause_of_the_caller_is_no_timeout() -> None:
    """A stopped terminal job: on waking, the row that was under work must get its time anew."""
    with WorkerPool(TREAT, workers=2, seconds=0.5) as pool:
        results = pool.map([["first"], ["wait:0.4", "wait:0.4", "wait:0.4"], *[["x"]] * 6])
        next(results)
        time.sleep(0.1)
        workers = [worker.process.pid for worker in pool._workers]
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(1.2)  # the caller does not look either
        for pid in workers:
            os.kill(pid, signal.SIGCONT)
        assert next(results)[:-1] == ["WAIT:0.4"] * 3


def test_death_outside_rows_is_tried_again(tmp_path: Path) -> None:
    job = Job("poisoned_jobs:setup", (), "poisoned_jobs:treat_after_death")
    with WorkerPool(job, 1) as pool:
        assert next(iter(pool.map([[f"once:{tmp_path / 'marker'}", "a"]])))[1] == "A"


def test_death_outside_rows_again_and_again_is_an_error(pool: WorkerPool) -> None:
    with pytest.raises(MolkitError, match="died three times outside any row"):
        list(pool.map([["die outside"]]))
    assert next(iter(pool.map([["a"]])))[0] == "A"  # and the pool can be used again


@pytest.mark.parametrize(
    ("job", "chunk", "said"),
    [
        (Job("poisoned_jobs:broken_setup", (), "poisoned_jobs:treat"), ["a"], r"ValueError: no such model \(.*line"),
        (Job("poisoned_jobs:nothing", (), "poisoned_jobs:treat"), ["a"], "AttributeError.*nothing"),
        (Job("no_such_module:setup", (), "no_such_module:treat"), ["a"], "ModuleNotFoundError.*no_such_module"),
        (TREAT, ["refuse"], "told so"),
        (TREAT, ["fail"], r"KeyError: .*surprise.*poisoned_jobs.py, line"),
    ],
)
def test_an_error_of_the_job_is_one_line(job: Job, chunk: list[str], said: str) -> None:
    with WorkerPool(job) as pool, pytest.raises(MolkitError, match=said) as caught:
        list(pool.map([chunk]))
    assert "\n" not in str(caught.value)


def test_what_a_library_prints_does_not_get_into_the_results(pool: WorkerPool) -> None:
    assert next(iter(pool.map([["print", "a"]])))[:-1] == ["PRINT", "A"]


def test_processes_start_only_for_work_and_stay() -> None:
    with WorkerPool(TREAT, workers=8) as pool:
        assert not pool._workers
        first = next(iter(pool.map([["a"]])))[-1]
        assert len(pool._workers) == 1
        assert next(iter(pool.map([["b"]])))[-1] == first


def test_look_ahead_is_bounded() -> None:
    """A slow first chunk must not make the pool read the whole table into memory."""
    taken = []

    def chunks() -> Iterator[list[str]]:
        for i in range(500):
            taken.append(i)
            yield ["wait:0.4"] if i == 0 else ["a"]

    with WorkerPool(TREAT, workers=2) as pool:
        results = pool.map(chunks())
        next(results)
        assert len(taken) < 20
        assert len(list(results)) == 499


def test_two_iterators_at_once_are_refused_rather_than_mixed(pool: WorkerPool) -> None:
    first = pool.map([["a"], ["b"], ["c"]])
    next(first)
    with pytest.raises(RuntimeError, match="at work already"):
        next(pool.map([["d"]]))
    assert [result[0] for result in first] == ["B", "C"]


def test_an_iterator_closed_early_leaves_no_process() -> None:
    before = children()
    with WorkerPool(TREAT, workers=2) as pool:
        results = pool.map([["a"], ["hang"], ["hang"]])
        next(results)
        results.close()  # type: ignore[attr-defined]
        assert next(iter(pool.map([["b"]])))[0] == "B"
        started = children() - before
        assert started
    assert soon_gone(started)


def test_an_error_while_reading_the_input_leaves_no_process(pool: WorkerPool) -> None:
    def chunks() -> Iterator[list[str]]:
        yield ["hang"]
        raise OSError("the input broke")

    with pytest.raises(OSError, match="the input broke"):
        list(pool.map(chunks()))
    assert not pool._busy()


def test_a_forgotten_pool_ends_its_processes() -> None:
    pool = WorkerPool(TREAT, workers=2)
    list(pool.map([["a"], ["b"]]))
    started = {worker.process.pid for worker in pool._workers}
    assert all(map(alive, started))
    del pool
    gc.collect()
    assert soon_gone(started)


def test_an_idle_worker_that_was_killed_is_replaced() -> None:
    with WorkerPool(TREAT) as pool:
        pid = int(next(iter(pool.map([["a"]])))[-1])
        os.kill(pid, signal.SIGKILL)
        assert next(iter(pool.map([["b"]])))[:-1] == ["B"]


def test_pools_run_beside_each_other_in_threads() -> None:
    results: dict[int, list[str]] = {}

    def work(number: int) -> None:
        with WorkerPool(TREAT) as pool:
            results[number] = [result[0] for result in pool.map([[f"{number}-{i}"] for i in range(5)])]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {number: [f"{number}-{i}" for i in range(5)] for number in range(3)}


def test_no_temporary_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with WorkerPool(TREAT, workers=2, seconds=0.3) as pool:
        list(pool.map([["a", "crash"], ["hang"]]))
        assert not list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())


CALLER = """
import sys
from molkit.engine.workers import Job, WorkerPool
with WorkerPool(Job("poisoned_jobs:setup", (), "poisoned_jobs:treat"), 2, seconds=1.0) as pool:
    try:
        for place, result in enumerate(pool.map([["a"], ["b"], [sys.argv[1]], [sys.argv[1]], ["c"]])):
            if place == 1:
                print(*[worker.process.pid for worker in pool._workers], flush=True)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


@pytest.mark.parametrize("poison", ["wait:0.9", "spin"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
def test_a_stopped_caller_leaves_no_worker(poison: str, number: signal.Signals) -> None:
    """Also one killed at once while a row hangs: the system then ends the worker by its processor time."""
    caller = subprocess.Popen([sys.executable, "-c", CALLER, poison], stdout=subprocess.PIPE, text=True)
    assert caller.stdout is not None
    workers = {int(pid) for pid in caller.stdout.readline().split()}
    assert len(workers) == 2
    time.sleep(0.1)
    os.kill(caller.pid, number)
    rest = caller.stdout.read()
    caller.wait()
    caller.stdout.close()
    assert ("interrupted" in rest) == (number == signal.SIGINT)
    assert soon_gone(workers)
