"""Vectors of encoders and autoencoders from Python: made, mapped back, and written from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from molkit.api import Model, cell_column, settled_run
from molkit.errors import InputError
from molkit.frames import Embedding, Predictions, as_table, beside, structure_column
from molkit.pipeline.cells import check_not_told
from molkit.pipeline.opened import Model as StreamModel
from molkit.pipeline.opened import scored_rows
from molkit.pipeline.progress import Progress, quiet

if TYPE_CHECKING:
    import pandas as pd

    from molkit.generation.generate import Generated
    from molkit.pipeline.autoencode import AutoencodeResult


def embed(
    model: Model | str | Path,
    structures: str | Sequence[str] | Mapping[str, Sequence[Any]] | pd.DataFrame,
    *,
    learner: str | None = None,
    fold: int | str = 1,
    smiles_column: str | None = None,
    inputs: Sequence[str] = (),
    fixed: Mapping[str, str] | None = None,
    workers: int = 1,
) -> Embedding:
    """The vectors that a model's encoder makes of one SMILES, a list of them, or a DataFrame: every row, in order.

    The encoder is that of fold model number `fold` of the first network, or the `learner` named; with "all" the
    vectors of all fold models stand side by side, as each has axes of its own. Other inputs, `inputs` and `fixed` are
    as in `Model.predict`. Raises MolkitError for a model without a network.
    """
    from molkit.pipeline.embed import embed_values, open_encoders

    own = StreamModel(model.path, model.bundle) if isinstance(model, Model) else model
    encoders = open_encoders(own, learner, fold)
    table = as_table(structures, cell_column(encoders.model.bundle))
    if not encoders.model.of_molecules:
        check_not_told(smiles_column, [one.name for one in encoders.model.inputs])
    smiles = structure_column(table, smiles_column) if encoders.model.of_molecules else None
    texts = scored_rows([encoders.model], table.names, smiles, Path.cwd(), inputs, fixed).chunk(table).texts
    with encoders.pool(workers, len(texts)) as pool:
        vectors, told = embed_values(encoders, pool, texts)
    novelty = tuple(told["novelty"]) if "novelty" in told else None
    return Embedding(vectors, encoders.names, tuple(told["status"]), tuple(told["reason"]), encoders.sentence, novelty)


def autoencode(
    data: str | Path,
    out: str | Path | None = None,
    kind: str | None = None,
    *,
    latent: int = 0,
    epochs: int = 0,
    minutes: float = 0.0,
    kl_weight: float | None = None,
    free_bits: float | None = None,
    rows: int = 0,
    overwrite: bool = False,
    progress: Progress = quiet,
    **options: Any,
) -> AutoencodeResult:
    """Train an autoencoder on a table file as `molkit autoencode` does; the result stands for its model file.

    Without `out` the file lasts as long as the program. `options` are those of `molkit.config.RunConfig` that tell
    what is read, the seed, origin and workers. Raises MolkitError with what to do.
    """
    from molkit.pipeline.autoencode import autoencode_table
    from molkit.pipeline.autoencoder_plan import told_options

    if not isinstance(data, (str, Path)):
        raise InputError(f"expected a table file, got {type(data).__name__}; write it to a file first")
    config, path = settled_run(None, out, options, "molkit.autoencode")
    training = told_options(latent, epochs, minutes, kl_weight, free_bits)
    return autoencode_table(data, path, kind, training, config, rows=rows, overwrite=overwrite, progress=progress)


def generate(
    autoencoder: AutoencodeResult | str | Path,
    count: int = 100,
    *,
    near: str | None = None,
    min_similarity: float = 0.4,
    max_similarity: float = 1.0,
    max_alerts: int | None = None,
    max_sa: float | None = None,
    models: Model | str | Path | Sequence[Model | str | Path] = (),
    want: str | Sequence[str] = (),
    rank_by: str | None = None,
    lowest: bool = False,
    evaluations: int = 500,
    new_to: str | Path | None = None,
    temperature: float = 0.0,
    seed: int = 0,
    workers: int = 1,
    progress: Progress = quiet,
) -> Generated:
    """New molecules that an autoencoder writes: drawn, `near` a hit, or best by what `models` predict of them.

    With `want` ("logS > -3", one or several) or `rank_by` a latent search may have `evaluations` molecules predicted;
    else `models` only tell. Similarity is the Tanimoto coefficient to `near`. The result has `.columns`,
    `.to_pandas()`, `.drawings` (SVG), and `.fates` of all that was written. Raises MolkitError.
    """
    from molkit.generation.generate import generate as generate_molecules
    from molkit.generation.options import GenerateOptions, Limits

    given = [models] if isinstance(models, (Model, str, Path)) else models
    paths = tuple(model.path if isinstance(model, Model) else Path(model) for model in given)
    wants = (want,) if isinstance(want, str) else tuple(want)
    limits = Limits((min_similarity, max_similarity), max_alerts, max_sa)
    options = GenerateOptions(
        count, near, limits, paths, wants, rank_by, lowest, evaluations, None if new_to is None else Path(new_to),
        temperature, seed, workers,
    )  # fmt: skip
    return generate_molecules(Path(autoencoder), options, progress)


def reconstruct(
    model: str | Path,
    data: str | Path | Sequence[Any] | Mapping[str, Sequence[Any]] | pd.DataFrame,
    out: str | Path | None = None,
    *,
    inputs: Sequence[str] = (),
    overwrite: bool = False,
    workers: int = 1,
    progress: Progress = quiet,
) -> Predictions | Path:
    """Rows as an autoencoder of a table, signals or images gives them back, as `molkit reconstruct` does.

    Blank cells filled in with intervals, how unusual each row is and which of its values are; every row, in order. With
    `out` a table file is read and the path `out` is given back. Raises MolkitError with what to do.
    """
    from molkit.pipeline.reconstruct import open_autoencoder, reconstruct_table, reconstruct_values

    opened = open_autoencoder(Path(model).resolve())
    if out is not None:
        if not isinstance(data, str | Path):
            raise InputError("out: is for tables in files; leave it out to have the rows of a DataFrame")
        reconstruct_table(opened, data, out, inputs=inputs, overwrite=overwrite, workers=workers, progress=progress)
        return Path(out)
    (one,) = opened.inputs
    table = as_table(data, one.source or one.name)
    rows = scored_rows([opened], table.names, None, Path.cwd(), inputs)
    return beside(table, data, reconstruct_values(opened, rows.chunk(table).texts, workers))
