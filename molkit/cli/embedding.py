"""`molkit embed`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from molkit.cli.output import run_table
from molkit.cli.pages import write_page
from molkit.cli.scoring import is_file, no_such_table
from molkit.data.columns import find_column
from molkit.data.table import Source
from molkit.data.vector_file import SUFFIXES, rows_path
from molkit.data.write import atomic_path, check_free, check_table_path
from molkit.engine.columns import own_names
from molkit.errors import InputError
from molkit.pipeline.embed import Encoders, embed_table, open_encoders
from molkit.pipeline.opened import open_scored
from molkit.pipeline.progress import Progress
from molkit.pipeline.projection import MOST_POINTS, Sample, plane_of
from molkit.pipeline.score import TableResult
from molkit.pipeline.scoring import Scoring
from molkit.pipeline.stream import score_values
from molkit.report.figures import drawn
from molkit.report.map_colours import Colours, colours_of
from molkit.report.map_plots import MOST_DRAWN, VectorMap, map_page, map_picture

PICTURES = (".png", ".svg", ".pdf", ".html")


def run_embed(
    model: Path,
    table: str,
    out: Path,
    map_path: Path | None,
    colour: str | None,
    learner: str | None,
    fold: str,
    smiles_column: str | None,
    inputs: Sequence[str],
    fixed: Mapping[str, str],
    seed: int,
    *,
    overwrite: bool,
    workers: int,
    quiet: bool,
    as_json: bool,
) -> None:
    """Write the vectors of every row of a table, and a map of them if one is wanted."""
    if not is_file(table):
        no_such_table(table, plain=True)
        raise InputError(f"{table[:60]!r}: vectors are made of the rows of a table; put structures into one")
    if out.suffix not in SUFFIXES:
        check_table_path(out)
    files = [Path(table), model]
    if out.suffix == ".npy":
        check_free(rows_path(out), overwrite, files)
    if colour is not None and map_path is None:
        raise InputError("--color colours a map; name its file with --map, such as --map map.html")
    encoders = open_encoders(model, learner, fold)
    work = partial(
        embed_table,
        encoders,
        table,
        out,
        smiles_column=smiles_column,
        inputs=inputs,
        fixed=fixed,
        overwrite=overwrite,
        workers=workers,
    )
    if map_path is not None:
        if map_path.suffix not in PICTURES:
            raise InputError(f"{map_path}: a map is a {', '.join(PICTURES)} file")
        check_free(map_path, overwrite, [*files, out])
        source = open_scored([encoders.model], table, smiles_column)
        column = None if colour is None else _column(colour, encoders, source)
        work = partial(_with_map, work, encoders, Path(table), map_path, column, seed, workers, overwrite)
    run_table(work, out, quiet, as_json)


def _column(colour: str, encoders: Encoders, source: Source) -> str:
    """The column of the table, or of the model's predictions, that a map is coloured by; raises InputError for none."""
    predicted = _predictions(encoders)
    if colour in predicted or f"{colour}_pred" in predicted:
        if colour not in source.names:
            return colour if colour in predicted else f"{colour}_pred"
    elif colour not in source.kept and predicted:
        said = f"--color: of the table, or a prediction of {encoders.model.path.name} ({', '.join(predicted)})"
        return find_column(source.kept, colour, said)
    return find_column(source.kept, colour, "--color")


def _predictions(encoders: Encoders) -> list[str]:
    """What the model predicts of a molecule; of other things nothing is predicted for a map."""
    content = encoders.model.bundle.model
    return own_names(content, ["pred"]) if encoders.model.of_molecules and content.get("targets") else []


def _with_map(
    work: Any,
    encoders: Encoders,
    table: Path,
    path: Path,
    column: str | None,
    seed: int,
    workers: int,
    overwrite: bool,
    progress: Progress,
) -> TableResult:
    """Write the vectors, then the map of a sample of their rows."""
    most = MOST_DRAWN if path.suffix == ".html" else MOST_POINTS
    sample = Sample(most, seed)
    result: TableResult = work(progress=progress, tap=sample.add)
    plane = plane_of(sample.vectors, seed)
    colours = None if column is None else _colours(column, sample, encoders, workers)
    fewer = f"{len(sample.rows):,} of the {sample.seen:,} rows that have a vector, drawn at random (seed {seed})."
    notes = (fewer,) if sample.seen > len(sample.rows) else ()
    found = VectorMap(f"Map of {table.name} by {encoders.model.path.name}", plane, colours, notes)
    if path.suffix == ".html":
        said = [("Table", [table.name]), ("Vectors", [encoders.sentence])]
        columns = {"row": sample.rows.tolist(), **sample.columns}
        write_page(path, map_page(found, columns, sample.structures, said), overwrite, [table])
    else:
        with atomic_path(path, overwrite, [table]) as unfinished:
            unfinished.write_bytes(drawn(map_picture(found), path.suffix[1:]))
    return replace(result, notes=(*result.notes, f"Map: {path}. {plane.sentence}", *notes))


def _colours(column: str, sample: Sample, encoders: Encoders, workers: int) -> Colours:
    if column in sample.columns:
        return colours_of(column, sample.columns[column])
    scoring = Scoring((encoders.model,), ("pred", "status"))
    with scoring.pool(workers, len(sample.rows)) as pool:
        said = score_values(pool, sample.structures, scoring.names)[column]
    sample.columns[column] = said
    return colours_of(column, said)
