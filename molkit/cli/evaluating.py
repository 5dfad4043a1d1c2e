"""`molkit evaluate`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from molkit.bundle import finite
from molkit.cli.models import model_path
from molkit.cli.output import listening, print_json, print_notes, printable
from molkit.data.write import atomic_path, check_free
from molkit.errors import InputError, NothingDone, OutputError
from molkit.pipeline.evaluate import EvaluateResult, evaluate_model, evaluate_table
from molkit.pipeline.scale import model_unit
from molkit.pipeline.scored import EvaluateOptions, Scored
from molkit.report.figures import Picture, save_pictures
from molkit.report.plots import file_name, model_pictures
from molkit.report.text import class_table, coverage_table, entity_table, score_table
from molkit.report.trust_plots import coverage_of, error_by_similarity_plot

_MOST_LISTED = 10


def run_evaluate(
    files: Sequence[Path],
    options: EvaluateOptions,
    out: Path | None,
    plots: Path | None,
    *,
    overwrite: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Score a table, or a model on a table; print the scores, write them, draw them."""
    model, table = _model_and_table(files)
    inputs = [path for path in (model, table) if path is not None]
    if out is not None:
        if out.suffix != ".json":
            raise InputError(f"{out}: scores are written as .json")
        check_free(out, overwrite, inputs)
    with listening(quiet) as progress:
        if model is None:
            result = evaluate_table(table, options, progress)
        else:
            result = evaluate_model(model, table, options, progress)
    content = _content(result, model, table)
    if out is not None:
        with atomic_path(out, overwrite, inputs) as unfinished:
            unfinished.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    pictures = _draw(result, plots, overwrite) if plots is not None else []
    if as_json:
        print_json({**content, "plots": [str(path) for path in pictures]})
    else:
        _print(result, quiet)
        if pictures and result.seen is not None and result.seen.any() and not result.seen.all():
            print_notes([f"The plots show only {result.noun}s that the model has not learned from."], quiet)
        for path in [*([out] if out else []), *pictures]:
            print(f"-> {printable(str(path))}")
    if not any(score.n for score in result.scores):
        raise NothingDone(f"{table}: no row has both a measured value and a prediction, so there is no score")


def _model_and_table(files: Sequence[Path]) -> tuple[Path | None, Path]:
    if len(files) > 2:
        raise InputError(f"expected a table, or a model file and a table, got {len(files)} files")
    model, table = (model_path(files[0]), files[1]) if len(files) == 2 else (None, files[0])
    if table.suffix == ".molkit":
        raise InputError(f"{table}: is a model file; name the table to score it on after it")
    if model is not None and model.suffix != ".molkit":
        raise InputError(f"{model}: the first of two files is a model, named NAME.molkit; got another")
    return model, table


def _content(result: EvaluateResult, model: Path | None, table: Path) -> dict[str, Any]:
    """Everything that was found, as it is written."""
    return {
        "table": str(table),
        "model": None if model is None else str(model),
        "rows": result.rows,
        "scores": [asdict(score) for score in result.scores],
        "noise": {name: asdict(floor) for name, floor in result.noise.items()},
        "trust": finite(asdict(result.trust)),
        "confusions": [asdict(found) for found in result.confusions],
        "breakdowns": [asdict(found) for found in result.breakdowns],
        "failures": result.failures,
        "notes": list(result.notes),
    }


def _print(result: EvaluateResult, quiet: bool) -> None:
    print_notes(result.notes, quiet)
    for name, rows in result.failures.items():
        if rows:
            told = [f"row {row}: {reason}" for row, reason in list(rows.items())[:_MOST_LISTED]]
            more = [f"and {len(rows) - _MOST_LISTED} more"] if len(rows) > _MOST_LISTED else []
            count = "1 measured row has" if len(rows) == 1 else f"{len(rows):,} measured rows have"
            print_notes([f"{name}: {count} no prediction:", *told, *more], quiet)
    tables = [*map(class_table, result.confusions), *map(entity_table, result.breakdowns)]
    print("\n\n".join([score_table(result.scores, result.noun), *tables]))
    for found in result.trust.intervals:
        if table := coverage_table(found, result.noun):
            print(f"\n{table}")
    print_notes(result.trust.sentences, quiet)
    units = {score.target: score.unit for score in reversed(result.scores)}
    for name, floor in result.noise.items():
        print(f"{printable(name)}: {floor.sentence(units[name], result.noun)}")


def _draw(result: EvaluateResult, folder: Path, overwrite: bool) -> list[Path]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: the folder for plots cannot be made: {error.strerror}") from error
    paths = []
    for place, scored in enumerate(result.scored):
        if scored.p.ndim == 1 or scored.target.classes:
            name = f"{place + 1}-" if len(result.scored) > 1 else ""
            stem = folder / (name + file_name(scored.target.name))
            paths += save_pictures(stem, _pictures(scored, result), overwrite)
    return paths


def _pictures(scored: Scored, result: EvaluateResult) -> list[Picture]:
    target = scored.target
    coverage = [coverage_of(found) for found in result.trust.intervals if found.target == target.name]
    new = np.full(len(scored.y), True) if result.seen is None else ~result.seen
    shown = new if new.sum() > 1 else np.full(len(new), True)  # what the model was fitted on would flatter it
    if target.kind == "multiclass":
        return model_pictures(target, scored.y[shown], scored.p[shown])
    similarity, error = scored.beside.similarity[new], (scored.y - scored.p)[new]
    told = np.isfinite(similarity) & np.isfinite(error)
    by_similarity = [error_by_similarity_plot(similarity, error, unit=model_unit(target))] if told.sum() > 1 else []
    return [*model_pictures(target, scored.y[shown], scored.p[shown]), *coverage, *by_similarity]
