"""Train, load and predict from Python."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from molkit.bundle import Bundle
from molkit.config import RunConfig, config_from_dict
from molkit.data.table import Table, frame_to_table
from molkit.engine.columns import DEFAULT_GROUPS, choose_groups, targets_from
from molkit.engine.workers import WorkerPool
from molkit.errors import InputError
from molkit.features.inputs import inputs_from_dict
from molkit.frames import Predictions, as_table, beside, structure_column
from molkit.pipeline.cells import Rows, check_not_told, learned_rows
from molkit.pipeline.novelty import open_novelty
from molkit.pipeline.opened import Model as StreamModel
from molkit.pipeline.opened import open_bundle, scored_rows
from molkit.pipeline.prevalence import named_prevalences
from molkit.pipeline.progress import Progress, quiet
from molkit.pipeline.scoring import Scoring, check_level
from molkit.pipeline.stream import score_values
from molkit.report.html import model_html
from molkit.types import Target

if TYPE_CHECKING:
    import pandas as pd

    from molkit.pipeline.autoencode import AutoencodeResult
    from molkit.profile.endpoints import Endpoint


@dataclass(frozen=True)
class Model:
    """A loaded model file; worker processes start at the first prediction and stay."""

    path: Path
    bundle: Bundle = field(repr=False)
    _pools: dict[tuple[Any, ...], WorkerPool] = field(default_factory=dict, repr=False, compare=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def targets(self) -> tuple[Target, ...]:
        """What is predicted."""
        return targets_from(self.bundle.model)

    @property
    def card(self) -> str:
        """The model card, Markdown."""
        return self.bundle.card

    @property
    def scores(self) -> list[dict[str, Any]]:
        """Scores on the test part, one dictionary each."""
        return list(self.bundle.model["scores"])

    def predict(
        self,
        structures: str | Sequence[str] | Mapping[str, Sequence[Any]] | pd.DataFrame,
        *,
        smiles_column: str | None = None,
        columns: str | Sequence[str] = DEFAULT_GROUPS,
        level: int = 90,
        prevalence: float | Mapping[str, float] | None = None,
        workers: int = 1,
        exact: bool = False,
        inputs: Sequence[str] = (),
        fixed: Mapping[str, str] | None = None,
        novelty: AutoencodeResult | str | Path | None = None,
    ) -> Predictions:
        """Predictions for one SMILES, a list of them, or a DataFrame: every row comes back, in order.

        A model of one other input (images, sequences, .wav files) takes one cell or a list of them too; one of several
        inputs, or of plain columns, takes a DataFrame or a dictionary of columns. Paths are those from the working
        folder. The own columns of a DataFrame, or of a dictionary of columns, are kept beside the new ones.
        `columns` are groups as in `molkit predict --columns`; `level` is the percentage of values that intervals and
        prediction sets cover; `prevalence` is the share of positives to expect, of the one target of two classes or
        by target; `exact` takes no shortcut that the model allows. `inputs` say which columns hold what the
        model reads, as NAME=COLUMN, if not those of the training table; `fixed` are cells that all rows share. With the
        file of an autoencoder of molecules as `novelty`, columns `novelty` and `in_library` say how unlike its library
        a structure is.
        """
        groups = choose_groups(columns if isinstance(columns, str) else ",".join(columns))
        model = StreamModel(self.path, self.bundle)
        told_by = open_novelty(novelty, [model])
        scoring = Scoring((model,), groups, exact, check_level(level), self._expected(prevalence), told_by)
        table = as_table(structures, cell_column(self.bundle))
        if not model.of_molecules:
            check_not_told(smiles_column, [one.name for one in model.inputs])
        smiles = structure_column(table, smiles_column) if model.of_molecules else None
        texts = scored_rows([model], table.names, smiles, Path.cwd(), inputs, fixed).chunk(table).texts
        with self._lock:  # a pool takes one table at a time
            found = score_values(self._pool(scoring, workers), texts, scoring.names)
        return beside(table, structures, found)

    def _expected(self, prevalence: float | Mapping[str, float] | None) -> tuple[tuple[str, float], ...]:
        if prevalence is None:
            return ()
        given = tuple(prevalence.items()) if isinstance(prevalence, Mapping) else (("", prevalence),)
        return named_prevalences(given, [self.bundle.model])

    def _pool(self, scoring: Scoring, workers: int) -> WorkerPool:
        key = (os.getpid(), workers, scoring.arguments)  # a forked process has no part in its parent's workers
        if key not in self._pools:
            self.close()
            self._pools[key] = scoring.pool(workers)
        return self._pools[key]

    def close(self) -> None:
        """End the worker processes; a later prediction starts new ones."""
        for pool in self._pools.values():
            pool.close()
        self._pools.clear()

    def __reduce__(self) -> tuple[Any, ...]:
        return load, (self.path,)  # a copy, or the same model in another process, has workers of its own

    def _repr_html_(self) -> str:
        return model_html(self.bundle.model, self.bundle.card, self._examples())

    def _examples(self) -> list[tuple[str, str]]:
        """The training structures with the lowest, middle and highest value of the first target."""
        if "training.json" not in self.bundle.entries:
            return []
        smiles = self.bundle.json("training.json").get("smiles")
        if smiles is None:  # pairs and sequences are not drawn
            return []
        values = self.bundle.arrays("training.safetensors")["values"][:, 0]
        order = [i for i in values.argsort().tolist() if values[i] == values[i]]
        name = self.targets[0].name
        return [(smiles[i], f"{name} {values[i]:.3g}") for i in (order[0], order[len(order) // 2], order[-1])]


def cell_column(bundle: Bundle) -> str:
    """What the column of a bare list of cells is called that a model reads."""
    inputs = inputs_from_dict(bundle.model["inputs"])
    return "smiles" if inputs[0].kind == "smiles" or len(inputs) > 1 else inputs[0].source or inputs[0].name


def load(path: str | Path) -> Model:
    """A model file, checked; raises BundleError if it is damaged or no model."""
    path = Path(path).resolve()
    return Model(path, open_bundle(path))


def train(
    data: str | Path | pd.DataFrame,
    target: str | Sequence[str] | None = None,
    out: str | Path | None = None,
    *,
    overwrite: bool = False,
    progress: Progress = quiet,
    **options: Any,
) -> Model:
    """Train a model on a table file or DataFrame and write it to `out`; images also on their folder or .npz file.

    What is read of a row, if not one structure, is said by `inputs`: `["drug=smiles", "protein=sequence"]`,
    `["image=path"]`, `["recording:signal=path"]`, `["patient=*"]` (see `molkit train --input`).
    Without `out` the file lasts as long as the program. `options` are those of `molkit.config.RunConfig`.
    Raises MolkitError with what to do.
    """
    from molkit.pipeline.train import train_bundle, train_table

    config, path = settled_run(target, out, options, "molkit.train")
    if isinstance(data, (str, Path)):
        train_bundle(data, path, config, overwrite, progress)
    else:
        table, rows = _labelled(data, config)
        train_table(table, rows.inputs, rows.cells(table), path, config, overwrite, progress, list(rows.notes))
    return load(path)


def tune(
    data: str | Path | pd.DataFrame,
    target: str | Sequence[str] | None = None,
    out: str | Path | None = None,
    *,
    budget: str | float | None = None,
    trials: int | None = None,
    overwrite: bool = False,
    progress: Progress = quiet,
    **options: Any,
) -> Model:
    """Search for the options of learners, then train with the best of them, as `train` does.

    The search ends after `budget` ("90s", "20m", "2h"; a number is minutes) or `trials` in all, whichever comes first.
    It is kept beside `out` in NAME.study.db, so that a repeated call goes on. With `workers=1` it repeats exactly.
    """
    from molkit.tuning.tune import limits_of, tune_bundle, tune_table

    config, path = settled_run(target, out, options, "molkit.tune")
    limits = limits_of(budget, trials)
    if isinstance(data, (str, Path)):
        tune_bundle(data, path, config, limits, overwrite, progress)
    else:
        table, rows = _labelled(data, config)
        tune_table(table, rows.inputs, rows.cells(table), path, config, limits, overwrite, progress, list(rows.notes))
    return load(path)


def settled_run(
    target: str | Sequence[str] | None, out: str | Path | None, options: dict[str, Any], where: str
) -> tuple[RunConfig, Path]:
    """The configuration of a call and where its model file goes."""
    if target is not None:
        options["targets"] = [target] if isinstance(target, str) else list(target)
    return config_from_dict(options, where), Path(out) if out is not None else _lasting_folder() / "model.molkit"


def _labelled(data: Any, config: RunConfig) -> tuple[Table, Rows]:
    """A DataFrame as a table, and what is read of its rows."""
    if not hasattr(data, "columns") and not isinstance(data, Mapping):
        raise InputError(f"expected a table file or a DataFrame, got {type(data).__name__}")
    table = frame_to_table(data)
    smiles = structure_column(table, config.smiles_column) if config.inputs is None else ""
    return table, learned_rows(table, smiles, Path.cwd(), config)


def join(
    tables: Sequence[str | Path],
    target: str | Sequence[str] | None = None,
    out: str | Path | None = None,
    *,
    names: Sequence[str] = (),
    apart: Sequence[str | Path] = (),
    overwrite: bool = False,
    workers: int = 0,
    progress: Progress = quiet,
) -> pd.DataFrame | Path:
    """One table of several files, an endpoint each, as `molkit join` makes it: a DataFrame, or the path `out`.

    `target` is the measured column, one for all files or one for each; compounds of the files `apart` are left out.
    Raises MolkitError with what to do.
    """
    from molkit.pipeline.join import JoinOptions, join_files, join_tables

    targets = (target,) if isinstance(target, str) else tuple(target or ())
    options = JoinOptions(targets, tuple(names), tuple(map(Path, apart)))
    paths = [Path(table) for table in tables]
    if out is not None:
        join_files(paths, Path(out), options, overwrite=overwrite, workers=workers, progress=progress)
        return Path(out)
    import pandas as pd

    return pd.DataFrame(join_tables(paths, options, workers=workers, progress=progress).table.columns)


def admet(
    structures: str | Sequence[str] | Mapping[str, Sequence[Any]] | pd.DataFrame,
    endpoints: str | Sequence[str] | None = None,
    *,
    smiles_column: str | None = None,
    level: int = 90,
    workers: int = 1,
) -> Predictions:
    """ADMET profile of one SMILES, a list of them, or a DataFrame by the shipped models: every row, in order.

    `endpoints` are names or sections of `molkit.profile.endpoints`, all 22 by default. Worker processes start at the
    first call and stay for the next one with the same endpoints.
    """
    from molkit.profile.endpoints import choose_endpoints
    from molkit.profile.run import profile_values

    table = as_table(structures)
    texts = table.columns[structure_column(table, smiles_column)]
    chosen, level = choose_endpoints(endpoints), check_level(level)
    with _PROFILING:  # a pool takes one table at a time
        pool = _profile_pool(os.getpid(), chosen, level, workers)
        found = profile_values(texts, chosen, pool, level)
    return beside(table, structures, found)


_PROFILING = threading.Lock()


@lru_cache(maxsize=1)
def _profile_pool(process: int, endpoints: tuple[Endpoint, ...], level: int, workers: int) -> WorkerPool:
    """The pool of the latest profile; a forked process has no part in its parent's."""
    from molkit.profile.run import profile_pool

    return profile_pool(endpoints, level, workers)


def _lasting_folder() -> Path:
    folder = tempfile.mkdtemp(prefix="molkit-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
