"""`molkit tdc`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from molkit.cli.output import listening, print_json
from molkit.config import RunConfig, config_from_dict, read_config
from molkit.errors import InputError
from molkit.pipeline.submission import RESULT, choose_sets, official_metrics, submission


def run_tdc(
    folder: Path,
    out: Path,
    sets: str | None,
    seeds: str,
    config: Path | None,
    options: dict[str, Any],
    *,
    quiet: bool,
    as_json: bool,
) -> None:
    """Train and score the sets of a folder and say the mean and spread of each."""
    given = {key: value for key, value in options.items() if value is not None}
    run_config: RunConfig = read_config(config, given) if config else config_from_dict(given)
    metrics = official_metrics()
    wanted = [name.strip() for name in sets.split(",") if name.strip()] if sets is not None else None
    chosen = {name: metrics[name] for name in choose_sets(folder, wanted, metrics)}
    with listening(quiet) as progress:
        result = submission(folder, out, chosen, run_config, _seeds(seeds), progress)
    if as_json:
        print_json(result)
        return
    for name, (mean, spread) in result.items():
        print(f"{name:<{max(map(len, result))}}  {chosen[name]:<8}  {mean:.3f} ± {spread:.3f}")
    if not quiet:
        print(f"{len(result)} sets -> {out / RESULT}")


def _seeds(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"--seeds: expected numbers such as 1,2,3,4,5, got {text!r}") from None
