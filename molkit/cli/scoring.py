"""`molkit predict`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from molkit.cli.output import print_json, run_table
from molkit.cli.pages import page_path, read_back, write_page
from molkit.data.sniff import suffix_format
from molkit.data.structures import looks_like_smiles
from molkit.data.table import Source, table_from_values
from molkit.data.write import check_free
from molkit.engine.columns import choose_groups, nearest_names
from molkit.errors import InputError, NothingDone
from molkit.features.inputs import main_input
from molkit.pipeline.looked import Looked, looked_at, of_images
from molkit.pipeline.novelty import open_novelty
from molkit.pipeline.opened import Model, open_models, open_scored, scored_rows
from molkit.pipeline.prevalence import read_prevalences
from molkit.pipeline.progress import Progress
from molkit.pipeline.score import TableResult, score_table
from molkit.pipeline.scoring import Scoring, check_level
from molkit.pipeline.stream import score_values
from molkit.report.figures import save_pictures
from molkit.report.image_cells import MOST_IMAGES
from molkit.report.predict_page import predict_page, predict_pictures, read_predictions
from molkit.report.text import one_prediction


def run_predict(
    models: Sequence[Path],
    table: str,
    out: Path | None,
    columns: str | None,
    smiles_column: str | None,
    level: int = 90,
    prevalences: Sequence[str] = (),
    *,
    inputs: Sequence[str] = (),
    fixed: Mapping[str, str] | None = None,
    novelty: Path | None = None,
    exact: bool,
    overwrite: bool,
    workers: int,
    quiet: bool,
    as_json: bool,
    html: bool = False,
) -> None:
    """Score a table, or a folder of tables, into `out`, or print the prediction of one SMILES."""
    groups = choose_groups(columns)
    path = Path(table)
    if not is_file(table):
        no_such_table(table, plain=out is not None)
        if out is not None:
            raise InputError("-o is for tables; the prediction of one structure is printed (--json for scripts)")
        if html:
            raise InputError("--html is for tables; the prediction of one structure is printed")
        _predict_one(open_models(models), table, groups, exact, level, prevalences, as_json, fixed or {}, novelty)
        return
    if not table.strip():
        raise InputError("(empty text): expected a table, a folder of tables or a SMILES")
    opened = open_models(models)
    if is_one_cell(opened, path) and out is None and not html:
        _predict_one(opened, table, groups, exact, level, prevalences, as_json, fixed or {}, novelty)
        return
    if out is None:
        raise InputError("name the file to write with -o, for instance -o predictions.csv")
    score = partial(
        score_table,
        opened,
        path,
        out,
        groups=groups,
        smiles_column=smiles_column,
        exact=exact,
        level=level,
        prevalences=read_prevalences(prevalences, [model.bundle.model for model in opened]),
        inputs=inputs,
        fixed=fixed,
        novelty=novelty,
        overwrite=overwrite,
        workers=workers,
    )
    look = partial(_looked, opened, inputs=inputs, fixed=fixed, workers=workers)
    run_table(partial(_with_page, score, opened, path, out, smiles_column, overwrite, look) if html else score,
              out, quiet, as_json)  # fmt: skip


def _with_page(
    score: Callable[..., TableResult],
    models: Sequence[Model],
    table: Path,
    out: Path,
    smiles_column: str | None,
    overwrite: bool,
    look: Callable[[Source], Sequence[Looked | None]],
    progress: Progress,
) -> TableResult:
    """Score, and make a page of the table that was written, read again in pieces."""
    path, inputs = page_path(out), [table, *(model.path for model in models)]
    check_free(path, overwrite, inputs)
    result = score(progress=progress)
    source = open_scored(models, table, smiles_column)
    cards = {model.path.name: model.bundle.card for model in models}
    said = [("Table", [table.name]), ("Models", list(cards)), ("Notes", list(result.notes))]
    title, (pieces, left_out) = f"Predictions for {table.name}", read_back(out)
    read = read_predictions(pieces, source.kept, left_out)
    write_page(path, predict_page(title, *read, said, source.smiles, cards, look(source)), overwrite, inputs)
    plots = save_pictures(path.with_suffix(""), predict_pictures(*read), overwrite)
    return replace(result, notes=(*result.notes, f"Page: {path}", f"Plots: {len(plots)} files beside it"))


def _looked(
    models: Sequence[Model],
    source: Source,
    inputs: Sequence[str],
    fixed: Mapping[str, str] | None,
    workers: int,
) -> Sequence[Looked | None]:
    """What the first model sees in the first images of a table; nothing for a model of something else."""
    if not of_images(models[0]):
        return ()
    rows = scored_rows(models, source.names, source.smiles, source.path.parent, inputs, fixed)
    first = next(iter(source.pieces(MOST_IMAGES)), None)
    return () if first is None else looked_at(models[0], rows.cells(first)[models[0].inputs[0].name], workers)


def is_file(text: str) -> bool:
    """Whether a text names a table or a folder of tables, and is no SMILES."""
    try:
        return Path(text).is_file() or (Path(text).is_dir() and not looks_like_smiles(text))
    except (OSError, ValueError):  # a SMILES can be too long for a file name
        return False


def is_one_cell(models: Sequence[Model], path: Path) -> bool:
    """Whether a file is one image or signal for these models, and no table of them."""
    kinds = {one.kind for one in models[0].inputs}
    named = path.suffix.lower() == ".npz" or suffix_format(path)[0] is not None
    return path.is_file() and not named and not kinds.isdisjoint(("image", "signal"))


def no_such_table(text: str, plain: bool = False) -> None:
    """Raise InputError for a text that is meant as a table, by its ending, or, if `plain`, as it is no SMILES."""
    if suffix_format(Path(text))[0] is not None or (plain and not looks_like_smiles(text)):
        raise InputError(f"{text}: there is no such table or folder")


def _predict_one(
    opened: tuple[Model, ...],
    text: str,
    groups: tuple[str, ...],
    exact: bool,
    level: int,
    prevalences: Sequence[str],
    as_json: bool,
    fixed: Mapping[str, str],
    novelty: Path | None,
) -> None:
    one = table_from_values([text])
    left = [own for own in opened[0].inputs if own.name not in fixed]
    if not left:
        raise InputError(f"--fix: all inputs of the model are fixed, so that nothing reads {text[:60]!r}")
    main = main_input(left)
    told = [f"{main.name}:{main.kind}={one.names[0]}"]
    texts = scored_rows(opened, one.names, one.names[0], Path.cwd(), told, fixed).chunk(one).texts
    expected = read_prevalences(prevalences, [model.bundle.model for model in opened])
    wanted = groups if "status" in groups else (*groups, "status")
    told_by = open_novelty(novelty, opened)
    scoring = Scoring(opened, wanted, exact, check_level(level), tuple(expected), told_by)
    with scoring.pool(1) as pool:
        found = score_values(pool, texts, scoring.names)
    row = {name: values[0] for name, values in found.items()}
    if as_json:
        print_json(row)
    else:
        for model, own in zip(scoring.models, scoring.own_names, strict=True):
            shown = row | {name: row[new] for name, new in own.items()}
            lines = one_prediction(model.targets, shown, level, nearest_names(model.bundle.model))
            print(*([f"{model.path.name}:"] if len(opened) > 1 else []), lines, sep="\n")
    if row["status"] != "ok":
        raise NothingDone(f"no prediction: {row['reason']}")
