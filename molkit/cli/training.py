"""`molkit train`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from molkit.cli.output import listening, print_json, print_notes, print_rejected, printable
from molkit.config import config_from_dict, read_config
from molkit.data.sniff import suffix_format
from molkit.data.write import check_free
from molkit.errors import InputError, MolkitError
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
    if "split" in given and "split_column" in given:
        raise InputError("--split and --split-column: the column is the split; give one of them")
    out = out or Path(_stem(table.name) + ".molkit")
    if out.suffix != ".molkit":
        raise InputError(f"{out}: a model file is named NAME.molkit")
    check_free(out, overwrite, [table])
    with listening(quiet) as progress:
        result = train_bundle(table, out, config, overwrite, progress)
    pictures = _plots(result, out, plot, overwrite) if as_json else []
    if as_json:
        print_json(
            {
                "model": str(out),
                "sha256": result.sha256,
                "scores": [asdict(score) for score in result.scores],
                "notes": result.notes,
                "rejected": result.rejected,
                "plots": [str(path) for path in pictures],
            }
        )
        return result
    print_notes(result.notes, quiet)
    print_rejected(result.rejected, quiet)
    print(score_table(result.scores) if result.scores else "No rows were kept for testing, so there are no scores.")
    print(f"-> {printable(str(out))}")
    for path in _plots(result, out, plot, overwrite):
        print(f"-> {printable(str(path))}")
    return result


def _stem(name: str) -> str:
    """A table's file name without the suffixes of its format."""
    plain = name.removesuffix(".gz")
    return plain.rpartition(".")[0] if suffix_format(Path(plain))[0] else plain


def _plots(result: TrainResult, out: Path, plot: bool, overwrite: bool) -> list[Path]:
    """Predicted against measured for each regression target, beside the model file."""
    truth, predicted = result.test
    paths = []
    for k, target in enumerate(result.targets):
        if not plot or target.kind != "regression" or np.isfinite(truth[:, k]).sum() < 2:
            continue
        name = f"{out.stem}-{k + 1}-{_file_name(target.name)}" if len(result.targets) > 1 else out.stem
        path = out.with_name(f"{name}-parity.png")
        try:
            paths.append(parity_plot(path, target, truth[:, k], predicted[:, k], overwrite))
        except MolkitError as error:  # the model is saved; a picture is no reason to fail
            print(f"molkit: no plot: {printable(str(error))}", file=sys.stderr)
    return paths


def _file_name(text: str) -> str:
    """A target's name as part of a file name: nothing that could leave the folder."""
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in text)[:60]
