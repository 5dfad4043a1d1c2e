"""Train the models of the ADMET profile, score them on the official test files, and place drugs among them.

    MOLKIT_CACHE=FOLDER python scripts/train_admet.py

Measured values are those of Therapeutics Data Commons, read through the data cards: `molkit.data.fetch` finds them in
MOLKIT_CACHE (by default the user's cache) or downloads them, and refuses other bytes. Models are fitted on train_val
alone; twelve sets have their official test file here, which is read once, after the model is finished. A model that is
there already is not trained again; delete it to do so. With all models there, the drugs of the Repurposing Hub are
predicted and their quantiles written beside the folder. The same versions and seed give the same bytes.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from molkit.config import RunConfig
from molkit.data.cards import find_card
from molkit.data.classes import class_key
from molkit.data.fetch import fetch
from molkit.data.table import Table, read_table
from molkit.data.tables import open_table
from molkit.data.write import open_writer
from molkit.pipeline.evaluate import evaluate_model
from molkit.pipeline.official import add_scores
from molkit.pipeline.opened import open_models
from molkit.pipeline.progress import quiet
from molkit.pipeline.scored import EvaluateOptions
from molkit.pipeline.stream import open_stream
from molkit.pipeline.train import train_table
from molkit.profile.endpoints import ENDPOINTS, MODELS, Endpoint, choose_endpoints
from molkit.profile.reference import REFERENCE, to_quantiles, write_reference

# The default recipe without networks, which would cost seconds to start and several times the rate, and, for large
# sets, without forest and linear model, which add little or nothing out of fold. Of small sets, fewer trees beside the
# other two are as good as the usual number. See docs/benchmarks.md.
FEW_ROWS = 1500
FEW = ("boosting", "forest", "linear")
FEW_OPTIONS = {"boosting": {"trees": 120, "learning_rate": 0.1}, "forest": {"trees": 40, "rows_per_leaf": 5}}
MANY = ("boosting",)
TEST = "official test file"
DRUGS = "broad_repurposing"


def recipe(endpoint: Endpoint, rows: int, seed: int, workers: int, named: bool) -> RunConfig:
    """How a model of the profile is trained on a table of so many rows."""
    return RunConfig(
        targets=(endpoint.name,),
        smiles_column="Drug",
        task=endpoint.kind,
        unit=endpoint.unit if endpoint.kind == "regression" else None,
        metric=find_card(endpoint.card).metric,
        id="Drug_ID" if named else None,
        learners=FEW if rows <= FEW_ROWS else MANY,
        options=FEW_OPTIONS if rows <= FEW_ROWS else {},
        threshold="half",  # one chosen on a few hundred rows is worse than none on most of the small sets
        split="none",
        seed=seed,
        max_isomers=1,
        workers=workers,
    )


def read(path: Path, endpoint: Endpoint) -> Table:
    """A file of the set, its column Y under the endpoint's name; some files write the classes as 0.0 and 1.0."""
    table = read_table(open_table(path, smiles_column="Drug"))
    names = tuple(endpoint.name if name == "Y" else name for name in table.names)
    columns = {endpoint.name if name == "Y" else name: cells for name, cells in table.columns.items()}
    if endpoint.classes:
        columns[endpoint.name] = [class_key(cell) for cell in columns[endpoint.name]]
    columns["Drug_ID"] = [named(cell.removesuffix(".mol")) for cell in columns["Drug_ID"]]
    return Table(names, columns, table.first_row, table.faults, table.remarks)


def named(text: str) -> str:
    """A name in letters, or a ChEMBL number; "" for a number or a sign that means something in this set alone."""
    return text if re.search("[A-Za-z]{3}", text) and not text.startswith("Drug ") else ""


def train(endpoint: Endpoint, folder: Path, seed: int, workers: int) -> Path:
    """Fit and write the model of an endpoint."""
    files = {path.name: path for path in fetch(endpoint.card)}
    table, out = read(files["train_val.csv"], endpoint), folder / endpoint.model.name
    config = recipe(endpoint, len(table), seed, workers, any(table.columns["Drug_ID"]))
    train_table(table, "Drug", out, config, True, quiet, [], [files["train_val.csv"]])
    return out


def test(endpoint: Endpoint, model: Path, workers: int) -> None:
    """Score a finished model on the official test file, if there is one, and put that into its card."""
    files = {path.name: path for path in fetch(endpoint.card)}
    if "test.csv" not in files:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test.csv"
        renamed = read(files["test.csv"], endpoint)
        with open_writer(path, list(renamed.names)) as writer:
            writer.write(renamed.columns)
        options = EvaluateOptions(targets=(endpoint.name,), smiles_column="Drug", workers=workers)
        add_scores(model, evaluate_model(model, path, options), TEST)


def place_drugs(folder: Path, workers: int) -> dict[str, Any]:
    """Quantiles of all endpoints over the drugs of the Repurposing Hub that give a value."""
    card, models = find_card(DRUGS), open_models(folder / endpoint.model.name for endpoint in choose_endpoints(None))
    found: dict[str, list[Any]] = {}
    with open_stream(models, fetch(DRUGS)[0], ("pred", "status"), workers=workers) as stream:
        for _, columns in stream.pieces():
            for name, cells in columns.items():
                found.setdefault(name, []).extend(cells)
    kept = [row for row, status in enumerate(found["status"]) if status == "ok"]
    values = {name: np.array([found[f"{name}_pred"][row] for row in kept]) for name in ENDPOINTS}
    values |= {name: np.clip(values[name], 0, own.most) for name, own in ENDPOINTS.items() if own.most is not None}
    return {
        "list": f"{len(kept):,} approved and investigated drugs: {card.source}, {card.licence.partition(';')[0]}",
        "compounds": len(kept),
        "models": {name: model.bundle.sha256 for name, model in zip(ENDPOINTS, models, strict=True)},
        "quantiles": {name: to_quantiles(own) for name, own in values.items()},
    }


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("-o", "--out", type=Path, default=MODELS, help="folder for the model files")
    parser.add_argument("--endpoints", help="some of the endpoints, by comma")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=0)
    options = parser.parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)
    for endpoint in choose_endpoints(options.endpoints):
        if (options.out / endpoint.model.name).exists():
            continue
        start = time.process_time()
        with tempfile.TemporaryDirectory(dir=options.out) as unfinished:  # a model has its name once it is scored
            model = train(endpoint, Path(unfinished), options.seed, options.workers)
            test(endpoint, model, options.workers)
            model = model.rename(options.out / model.name)
        print(f"{endpoint.name}: {model.stat().st_size / 1e6:.2f} MB, {time.process_time() - start:.0f} s", flush=True)
    if all((options.out / endpoint.model.name).exists() for endpoint in choose_endpoints(None)):
        write_reference(options.out.parent / REFERENCE.name, place_drugs(options.out, options.workers))


if __name__ == "__main__":
    main()
