"""What `molkit generate` was told."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from molkit.errors import InputError

HOTTEST = 10.0  # temperature; far above 1 every token is as likely as any other


@dataclass(frozen=True)
class Limits:
    """What a kept molecule has to meet; None is no limit.

    `similarity` are the least and greatest Tanimoto coefficient to the hit, Morgan environments up to radius 2;
    `accessibility` is the greatest score of Ertl and Schuffenhauer, 1 (easy to make) to 10.
    """

    similarity: tuple[float, float] = (0.4, 1.0)
    alerts: int | None = None
    accessibility: float | None = None


@dataclass(frozen=True)
class GenerateOptions:
    """What is wanted: `count` molecules, within `limits`, like `near`, best by `wants` of the `models`.

    `evaluations` are those of the models in a search; `new_to` is a table of molecules that are not new.
    """

    count: int = 100
    near: str | None = None
    limits: Limits = Limits()
    models: tuple[Path, ...] = ()
    wants: tuple[str, ...] = ()
    rank_by: str | None = None
    lowest: bool = False
    evaluations: int = 500
    new_to: Path | None = None
    temperature: float = 0.0
    seed: int = 0
    workers: int = 0

    @property
    def searches(self) -> bool:
        """Whether predictions say which molecules are wanted."""
        return bool(self.wants or self.rank_by or self.lowest)


def check_options(options: GenerateOptions) -> None:
    """Raise InputError for options that are out of range or do not go together."""
    low, high = options.limits.similarity
    if not 0 <= low <= high <= 1:
        raise InputError(
            f"similarity to the hit: expected two limits from 0 to 1, the lower first, got {low} and {high}"
        )
    if options.count < 1:
        raise InputError(f"--count: expected at least 1 molecule, got {options.count}")
    if not math.isfinite(options.temperature) or not 0 <= options.temperature <= HOTTEST:
        raise InputError(f"--temperature: expected 0 to {HOTTEST:g}, got {options.temperature}")
    if options.searches and not options.models:
        raise InputError("--want, --rank-by and --lowest need a model that predicts it; name one with --model")
    if options.searches and options.evaluations < options.count:
        raise InputError(
            f"--evaluations {options.evaluations:,}: a search cannot find {options.count:,} molecules with so few; "
            "give at least --count"
        )
