"""`molkit predict`."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from molkit.bundle import read_bundle
from molkit.cli.output import print_json, run_table
from molkit.data.sniff import suffix_format
from molkit.data.structures import looks_like_smiles
from molkit.engine.columns import choose_groups, output_names, targets_from
from molkit.errors import InputError, NothingDone
from molkit.pipeline.score import score_table, score_values, scoring_job, scoring_pool
from molkit.report.text import one_prediction


def run_predict(
    model: Path,
    table: str,
    out: Path | None,
    columns: str | None,
    smiles_column: str | None,
    *,
    overwrite: bool,
    workers: int,
    quiet: bool,
    as_json: bool,
) -> None:
    """Score a table into `out`, or print the prediction of one SMILES."""
    groups = choose_groups(columns)
    path = Path(table)
    if not _is_file(path):
        if suffix_format(path)[0] is not None:
            raise InputError(f"{table}: there is no such table")
        if out is not None:
            raise InputError("-o is for tables; the prediction of one structure is printed (--json for scripts)")
        _predict_one(model, table, groups, as_json)
        return
    if path.is_dir():
        raise InputError(f"{table or '(empty text)'}: is a folder; expected a table or a SMILES")
    if out is None:
        raise InputError("name the file to write with -o, for instance -o predictions.csv")
    score = partial(
        score_table,
        model,
        path,
        out,
        groups=groups,
        smiles_column=smiles_column,
        overwrite=overwrite,
        workers=workers,
    )
    run_table(score, out, quiet, as_json)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file() or (path.is_dir() and not looks_like_smiles(str(path)))
    except (OSError, ValueError):  # a SMILES can be too long for a file name
        return False


def _predict_one(model: Path, text: str, groups: tuple[str, ...], as_json: bool) -> None:
    bundle = read_bundle(model)
    content = bundle.model
    targets = targets_from(content)
    groups = groups if "status" in groups else (*groups, "status")
    names = output_names(content, groups)
    with scoring_pool(scoring_job(model, groups, bundle.sha256), content, 1, 1) as pool:
        found = score_values(pool, [text], names)
    row = {name: values[0] for name, values in found.items()}
    if as_json:
        print_json(row)
    else:
        print(one_prediction(targets, row))
    if row["status"] != "ok":
        raise NothingDone(f"no prediction: {row['reason']}")
