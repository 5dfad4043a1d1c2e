"""`molkit demo`: the main job on the data that ships with molkit."""

from __future__ import annotations

from pathlib import Path

from molkit.cli.scoring import run_predict
from molkit.cli.training import run_train
from molkit.data.cards import shipped_path
from molkit.errors import OutputError


def run_demo(folder: Path, overwrite: bool, quiet: bool) -> None:
    """Train on the solubility table, score the list of drugs, and print the commands that do the same."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: the folder cannot be made: {error.strerror}") from error
    table, drugs = shipped_path("solubility"), shipped_path("approved_drugs")
    model, scored = folder / "solubility.molkit", folder / "approved_drugs-scored.csv"
    print(f'$ molkit train {table.name} --target logS --unit "log mol/L" -o {model}')
    run_train(
        table,
        model,
        None,
        {"targets": ("logS",), "unit": "log mol/L"},
        plot=True,
        overwrite=overwrite,
        quiet=quiet,
        as_json=False,
    )
    print(f"\n$ molkit predict {model} {drugs.name} -o {scored}")
    run_predict(
        [model], str(drugs), scored, None, None,
        exact=False, overwrite=overwrite, workers=0, quiet=quiet, as_json=False,
    )  # fmt: skip
