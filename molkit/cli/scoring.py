"""`molkit predict`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from molkit.cli.output import print_json, run_table
from molkit.data.sniff import suffix_format
from molkit.data.structures import looks_like_smiles
from molkit.engine.columns import choose_groups
from molkit.errors import InputError, NothingDone
from molkit.pipeline.score import score_table
from molkit.pipeline.stream import Scoring, open_models, score_values
from molkit.report.text import one_prediction


def run_predict(
    models: Sequence[Path],
    table: str,
    out: Path | None,
    columns: str | None,
    smiles_column: str | None,
    *,
    exact: bool,
    overwrite: bool,
    workers: int,
    quiet: bool,
    as_json: bool,
) -> None:
    """Score a table, or a folder of tables, into `out`, or print the prediction of one SMILES."""
    groups = choose_groups(columns)
    path = Path(table)
    if not _is_file(table):
        if suffix_format(path)[0] is not None or (out is not None and not looks_like_smiles(table)):
            raise InputError(f"{table}: there is no such table or folder")
        if out is not None:
            raise InputError("-o is for tables; the prediction of one structure is printed (--json for scripts)")
        _predict_one(models, table, groups, exact, as_json)
        return
    if not table.strip():
        raise InputError("(empty text): expected a table, a folder of tables or a SMILES")
    if out is None:
        raise InputError("name the file to write with -o, for instance -o predictions.csv")
    score = partial(
        score_table,
        models,
        path,
        out,
        groups=groups,
        smiles_column=smiles_column,
        exact=exact,
        overwrite=overwrite,
        workers=workers,
    )
    run_table(score, out, quiet, as_json)


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file() or (Path(text).is_dir() and not looks_like_smiles(text))
    except (OSError, ValueError):  # a SMILES can be too long for a file name
        return False


def _predict_one(models: Sequence[Path], text: str, groups: tuple[str, ...], exact: bool, as_json: bool) -> None:
    scoring = Scoring(open_models(models), groups if "status" in groups else (*groups, "status"), exact)
    with scoring.pool(1) as pool:
        found = score_values(pool, [text], scoring.names)
    row = {name: values[0] for name, values in found.items()}
    if as_json:
        print_json(row)
    else:
        for model, own in zip(scoring.models, scoring.own_names, strict=True):
            shown = row | {name: row[new] for name, new in own.items()}
            print(*([f"{model.path.name}:"] if len(models) > 1 else []), one_prediction(model.targets, shown), sep="\n")
    if row["status"] != "ok":
        raise NothingDone(f"no prediction: {row['reason']}")
