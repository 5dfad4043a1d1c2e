"""`molkit tune`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from molkit.cli.output import listening, printable
from molkit.cli.training import check_outputs, settled, tell_trained
from molkit.errors import MolkitError
from molkit.pipeline.phrases import count
from molkit.report.figures import save_pictures
from molkit.report.progress import duration
from molkit.report.tuning import tuning_picture, tuning_table
from molkit.tuning.study import study_path
from molkit.tuning.tune import TuneResult, limits_of, tune_bundle


def run_tune(
    table: Path,
    out: Path | None,
    config_path: Path | None,
    options: dict[str, Any],
    budget: str | None,
    trials: int | None,
    *,
    plot: bool,
    html: bool,
    overwrite: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Search and train from a table; print what was found, then everything that `molkit train` tells and writes."""
    config, out = settled(table, out, config_path, options)
    limits = limits_of(budget, trials)
    check_outputs(out, table, html, overwrite)
    study = study_path(out)
    try:
        with listening(quiet) as progress:
            result = tune_bundle(table, out, config, limits, overwrite, progress)
    except KeyboardInterrupt:
        if study.exists():
            shown = printable(str(study))
            print(f"molkit: the search is kept in {shown}; repeat the command to go on", file=sys.stderr)
        raise
    pictures = _picture(result, out, overwrite) if plot else []
    if not as_json:
        trials_made = count(len(result.trials), "trial")
        print(f"Searched for {duration(result.seconds)}, {trials_made}; kept in {printable(str(study))}")
        print(tuning_table(result.found))
        for path in pictures:
            print(f"-> {printable(str(path))}")
    more = {"tuning": _content(result, pictures)}
    tell_trained(
        result.trained, out, table, more, plot=plot, html=html, overwrite=overwrite, quiet=quiet, as_json=as_json
    )


def _content(result: TuneResult, pictures: list[Path]) -> dict[str, Any]:
    return {
        "study": str(result.study),
        "metric": result.goal.name,
        "higher_is_better": result.goal.higher,
        "seconds": result.seconds,
        "learners": [asdict(found) for found in result.found],
        "differences": [asdict(difference) for difference in result.differences],
        "trials": [asdict(trial) for trial in result.trials],
        "plots": [str(path) for path in pictures],
    }


def _picture(result: TuneResult, out: Path, overwrite: bool) -> list[Path]:
    try:
        picture = tuning_picture(result.found, result.trials, result.goal)
        return save_pictures(out.with_suffix(""), [picture], overwrite)
    except MolkitError as error:  # the model is saved; a picture is no reason to fail
        print(f"molkit: no plot: {printable(str(error))}", file=sys.stderr)
        return []
