"""`molkit train`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from molkit.cli.output import listening, print_json, print_notes, print_rejected, printable
from molkit.config import config_from_dict, read_config
from molkit.data.write import check_free
from molkit.errors import InputError
from molkit.pipeline.train import TrainResult, train_bundle
from molkit.report.plots import parity_plot
from molkit.report.text import score_table


def run_train(
    table: Path,
    out: Path | None,
    config_path: Path | None,
    options: dict[str, Any],
    *,
    plot: bool,
    overwrite: bool,
    quiet: bool,
    as_json: bool,
) -> TrainResult:
    """Train from a table, print the scores, draw the plots beside the model file."""
    given = {key: value for key, value in options.items() if value is not None}
    config = read_config(config_path, given) if config_path else config_from_dict(given, "options")
    out = out or Path(table.name.split(".")[0] + ".molkit")
    if out.suffix != ".molkit":
        raise InputError(f"{out}: a model file is named NAME.molkit")
    check_free(out, overwrite, [table])
    with listening(quiet) as progress:
        result = train_bundle(table, out, config, overwrite, progress)
    pictures = _plots(result, out, plot)
    if as_json:
        print_json(
            {
                "model": str(out),
                "sha256": result.sha256,
                "scores": [asdict(score) for score in result.scores],
                "notes": result.notes,
                "rejected": result.rejected,
            }
        )
        return result
    print_notes(result.notes, quiet)
    print_rejected(result.rejected, quiet)
    print(score_table(result.scores) if result.scores else "No rows were kept for testing, so there are no scores.")
    print("\n".join(f"-> {printable(str(path))}" for path in (out, *pictures)))
    return result


def _plots(result: TrainResult, out: Path, plot: bool) -> list[Path]:
    """Predicted against measured for each regression target; made again with the model, so replaced with it."""
    truth, predicted = result.test
    paths = []
    for k, target in enumerate(result.targets):
        if not plot or target.kind != "regression" or np.isfinite(truth[:, k]).sum() < 2:
            continue
        name = f"{out.stem}-{k + 1}-{_file_name(target.name)}" if len(result.targets) > 1 else out.stem
        path = out.with_name(f"{name}-parity.png")
        paths.append(parity_plot(path, target, truth[:, k], predicted[:, k], overwrite=True))
    return paths


def _file_name(text: str) -> str:
    """A target's name as part of a file name: nothing that could leave the folder."""
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in text)[:60]
