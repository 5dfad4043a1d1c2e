"""`molkit train`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from molkit.cli.output import listening, print_json, print_notes, print_rejected, printable
from molkit.cli.pages import page_path, write_page
from molkit.config import RunConfig, config_from_dict, read_config
from molkit.data.quantities import quantities
from molkit.data.sniff import suffix_format
from molkit.data.write import check_free
from molkit.errors import InputError, MolkitError
from molkit.pipeline.train import TrainResult, train_bundle
from molkit.report.figures import save_pictures
from molkit.report.plots import file_name
from molkit.report.text import class_table, entity_table, score_table
from molkit.report.train_page import target_pictures, train_page


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
    html: bool = True,
) -> TrainResult:
    """Train from a table, print the scores, write the plots and a page beside the model file."""
    settings, out = settled(table, out, config_path, options)
    check_outputs(out, table, html, overwrite)
    with listening(quiet) as progress:
        result = train_bundle(table, out, settings, overwrite, progress)
    tell_trained(result, out, table, {}, plot=plot, html=html, overwrite=overwrite, quiet=quiet, as_json=as_json)
    return result


def settled(table: Path, out: Path | None, config_path: Path | None, options: dict[str, Any]) -> tuple[RunConfig, Path]:
    """The configuration that options and a file make, and the model file; raises InputError."""
    given = {key: value for key, value in options.items() if value is not None}
    config = read_config(config_path, given) if config_path else config_from_dict(given, "options")
    ways = [name for name in ("split", "split_column", "split_file") if name in given]
    if len(ways) > 1:
        shown = " and ".join("--" + name.replace("_", "-") for name in ways)
        raise InputError(f"{shown}: each is a split; give one of them")
    out = out or Path(_stem(table.name) + ".molkit")
    if out.suffix != ".molkit":
        raise InputError(f"{out}: a model file is named NAME.molkit")
    return config, out


def check_outputs(out: Path, table: Path, html: bool, overwrite: bool) -> None:
    """Raise InputError where the model file, or the page that is wanted, would replace something."""
    check_free(out, overwrite, [table])
    if html:
        check_free(page_path(out), overwrite, [table])


def tell_trained(
    result: TrainResult,
    out: Path,
    table: Path,
    more: Mapping[str, Any],
    *,
    plot: bool,
    html: bool,
    overwrite: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Print the scores, write the plots and a page beside the model file; `more` is added to the JSON."""
    if as_json:
        drawn, page = _plots(result, out, plot, overwrite), _page(result, out, table, html, overwrite)
        print_json(
            {
                "model": str(out),
                "sha256": result.sha256,
                **asdict(result.findings),
                "costs": [asdict(cost) for cost in result.costs],
                "notes": result.notes,
                "rejected": result.rejected,
                "plots": [str(path) for path in drawn],
                "page": None if page is None else str(page),
                **more,
            }
        )
        return
    print_notes(result.notes, quiet)
    print_rejected(result.rejected, quiet)
    print(f"Scores on the {result.findings.scored_on}:")
    tables = [*map(class_table, result.findings.confusions), *map(entity_table, result.findings.breakdowns)]
    print("\n\n".join([score_table(result.scores, result.findings.noun), *tables]))
    print_notes(result.sentences, quiet)
    print(f"-> {printable(str(out))}")
    if drawn := _plots(result, out, plot, overwrite):
        shown = ", ".join(sorted({path.stem.removeprefix(out.stem + "-") for path in drawn}))
        print(f"-> {printable(str(out.with_suffix('')))}-*.png, .svg: {printable(shown)}")
    if page := _page(result, out, table, html, overwrite):
        print(f"-> {printable(str(page))}")


def _page(result: TrainResult, out: Path, table: Path, html: bool, overwrite: bool) -> Path | None:
    """The page beside the model file, if one is wanted and can be written."""
    if not html:
        return None
    path = page_path(out)
    try:
        write_page(path, train_page(f"{out.stem}: a model from {table.name}", result), overwrite, [table])
    except MolkitError as error:  # the model is saved; a page is no reason to fail
        print(f"molkit: no page: {printable(str(error))}", file=sys.stderr)
        return None
    return path


def _stem(name: str) -> str:
    """A table's file name without the suffixes of its format."""
    plain = name.removesuffix(".gz")
    return plain.rpartition(".")[0] if suffix_format(Path(plain))[0] else plain


def _plots(result: TrainResult, out: Path, plot: bool, overwrite: bool) -> list[Path]:
    """Pictures of the scored predictions of each target, and of training, beside the model file."""
    paths: list[Path] = []
    told = quantities(result.targets) if plot else ()
    for place, own in enumerate(told):
        name = f"{out.stem}-{place + 1}-{file_name(own.target.name)}" if len(told) > 1 else out.stem
        try:
            paths += save_pictures(out.with_name(name), target_pictures(result, own), overwrite)
        except MolkitError as error:  # the model is saved; a picture is no reason to fail
            print(f"molkit: no plot: {printable(str(error))}", file=sys.stderr)
    return paths
