"""Progress on standard error: nothing for short work, a line with the time left for anything longer."""

from __future__ import annotations

import sys
import time
from typing import TextIO

_QUIET_SECONDS = 2.0
_PLAIN_INTERVAL = 5.0  # seconds between lines where there is no terminal to rewrite one in


class ProgressLine:
    """A listener for `molkit.pipeline.progress.Progress`."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._stage = ""
        self._started = self._shown = 0.0
        self._before = 0  # done when the stage was first heard of, perhaps by an interrupted run
        self._width = 0

    def __call__(self, stage: str, done: int, total: int, figures: dict[str, float]) -> None:
        now = time.monotonic()
        if stage != self._stage:
            self._end()
            self._stage, self._started, self._shown, self._before = stage, now, 0.0, done
        if now - self._started < _QUIET_SECONDS:
            return
        terminal = self._stream.isatty()
        if now - self._shown < (0.1 if terminal else _PLAIN_INTERVAL) and done != total:
            return
        self._shown = now
        rate = (done - self._before) / max(now - self._started, 1e-9)
        self._write(_line(stage, done, total, rate, figures), terminal)

    def _write(self, line: str, terminal: bool) -> None:
        if not terminal:
            print(line, file=self._stream, flush=True)
            return
        print("\r" + line.ljust(self._width), end="", file=self._stream, flush=True)
        self._width = len(line)

    def _end(self) -> None:
        if self._width:
            print(file=self._stream, flush=True)
        self._width = 0

    def close(self) -> None:
        """Leave the line."""
        self._end()
        self._stage = ""


def _line(stage: str, done: int, total: int, rate: float, figures: dict[str, float]) -> str:
    shown = "".join(f"  {name} {value:.4g}" for name, value in figures.items() if value == value)
    if not total:
        return f"{stage}: {done:,} ({rate:,.3g}/s){shown}"
    left = max(total - done, 0) / rate if rate else 0.0
    return f"{stage}: {done:,} of {total:,} ({rate:,.3g}/s), {duration(left)} left{shown}"


def duration(seconds: float) -> str:
    """Minutes and seconds.

    >>> duration(75)
    '1 min 15 s'
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
