"""How long work tells how far it is, without knowing who listens."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int, dict[str, float]], None]  # stage, done, total (0: unknown), figures


def quiet(stage: str, done: int, total: int, figures: dict[str, float]) -> None:
    """A listener that says nothing."""
