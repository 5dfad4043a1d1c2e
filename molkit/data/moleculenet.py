"""DeepChem's data sets: molkit's labels as DeepChem takes them, and back, and MoleculeNet's loaders.

DeepChem is imported when one of these functions runs, which takes seconds.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from molkit.data.fetch import cache_folder
from molkit.errors import InputError, MolkitError, OutputError

if TYPE_CHECKING:
    import pandas as pd


def to_deepchem(
    smiles: Sequence[Any],
    values: Any,
    weights: Any = None,
    ids: Sequence[Any] | None = None,
) -> Any:
    """A `deepchem.data.NumpyDataset` of structures [n] and values [n] or [n, K].

    Structures are SMILES or RDKit molecules and become X; `ids` are the SMILES if not given. A value that
    is NaN or None was not measured: it becomes 0 with weight 0, as DeepChem writes it. `weights` [n] or
    [n, K] are 1 if not given. Raises InputError where the lengths differ, MolkitError without DeepChem.
    """
    y = _two_axes(values, "values")
    w = np.ones_like(y) if weights is None else np.broadcast_to(_two_axes(weights, "weights"), y.shape).copy()
    if not len(smiles) == len(y) == len(w) == len(smiles if ids is None else ids):
        raise InputError(
            f"expected as many values, weights and ids as structures: got {len(smiles)} structures, {len(y)} values,"
            f" {len(w)} weights, {len(smiles if ids is None else ids)} ids"
        )
    missing = np.isnan(y)
    y[missing], w[missing] = 0.0, 0.0
    structures = np.empty(len(smiles), object)
    structures[:] = list(smiles)
    names = _smiles_of(structures) if ids is None else list(ids)
    return _deepchem().data.NumpyDataset(X=structures, y=y, w=w, ids=np.array(names, object))


def from_deepchem(dataset: Any) -> pd.DataFrame:
    """A table with a column `smiles` and one per task; what has weight 0 was not measured and is NaN.

    The structures are X if it holds SMILES or RDKit molecules, else the ids. Raises InputError where
    neither does, or for what is no DeepChem data set.
    """
    import pandas as pd

    try:
        structures, y, w, ids = dataset.X, np.asarray(dataset.y, float), np.asarray(dataset.w, float), dataset.ids
    except (AttributeError, TypeError, ValueError) as error:
        raise InputError(f"expected a DeepChem data set with numbers as y and w: {error}") from error
    y = y.reshape(len(y), -1)
    w = np.broadcast_to(w.reshape(len(w), -1), y.shape)
    columns = {name: np.where(w[:, k] == 0, np.nan, y[:, k]) for k, name in enumerate(_task_names(dataset, y))}
    return pd.DataFrame({"smiles": _structures(structures, ids), **columns})


def load_moleculenet(name: str, **options: Any) -> pd.DataFrame:
    """A MoleculeNet set by DeepChem's own loader `deepchem.molnet.load_<name>`, as `from_deepchem` gives it.

    Values stay in their units and every row is kept, unless `options`, which go to the loader, say
    otherwise. With a `splitter` a column `split` tells train, valid and test. The file is downloaded once
    into molkit's cache. Raises InputError for an unknown name and where it cannot be downloaded.
    """
    deepchem = _deepchem()
    loader = getattr(deepchem.molnet, f"load_{name}", None)
    if not callable(loader):
        known = [text.removeprefix("load_") for text in dir(deepchem.molnet) if text.startswith("load_")]
        raise InputError(f"DeepChem has no MoleculeNet set {name!r}; known are {', '.join(known)}")
    told = {"featurizer": deepchem.feat.DummyFeaturizer(), "splitter": None, "transformers": [], "reload": False}
    with _source_folder(name) as folder, _hushed():
        try:
            _, parts, _ = loader(**{**told, "data_dir": str(folder), "save_dir": str(folder), **options})
        except OSError as error:
            raise InputError(
                f"MoleculeNet {name}: could not be downloaded by DeepChem ({error}); molkit data list names the sets"
                " that molkit knows itself"
            ) from error
        frames = [from_deepchem(part) for part in parts]
    return _joined(frames)


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    if len(frames) == 1:
        return frames[0]
    named = zip(frames, ("train", "valid", "test"), strict=True)
    return pd.concat([frame.assign(split=part) for frame, part in named], ignore_index=True)


@contextlib.contextmanager
def _source_folder(name: str) -> Iterator[Path]:
    """Where DeepChem finds or puts the files of a set; kept only if all went well, so that none is cut off."""
    final = cache_folder() / "moleculenet" / name
    if final.is_dir():
        yield final
        return
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{final.parent}: the folder cannot be made: {error.strerror}; set MOLKIT_CACHE to another one"
        ) from error
    with tempfile.TemporaryDirectory(dir=final.parent, prefix=".molkit-") as folder:
        inner = Path(folder) / name
        inner.mkdir()
        yield inner
        if any(inner.iterdir()) and not final.exists():
            os.replace(inner, final)


def _deepchem() -> Any:
    """DeepChem, imported without its chatter on standard output and error."""
    try:
        with _hushed():
            import deepchem
    except ImportError as error:
        raise MolkitError(
            f"DeepChem cannot be imported ({error}). It needs Python below 3.12: there, pip install 'deepchem>=2.8'"
        ) from error
    return deepchem


@contextlib.contextmanager
def _hushed() -> Iterator[None]:
    """No output, no log lines and no warnings meanwhile."""
    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)


def _two_axes(values: Any, what: str) -> np.ndarray:
    try:
        array = np.array(values, float)
    except (TypeError, ValueError) as error:
        raise InputError(f"{what}: expected numbers [n] or [n, K]: {error}") from error
    if array.ndim not in (1, 2):
        raise InputError(f"{what}: expected one or two axes, got shape {array.shape}")
    return array.reshape(len(array), -1)


def _task_names(dataset: Any, y: np.ndarray) -> list[str]:
    """The names of the tasks, where the data set knows as many as it has columns of y; else task_0, ..."""
    try:
        names = [str(name) for name in dataset.get_task_names() if isinstance(name, str)]
    except (AttributeError, TypeError):
        names = []
    return names if len(set(names) - {"smiles"}) == y.shape[1] else [f"task_{k}" for k in range(y.shape[1])]


def _structures(structures: Any, ids: Any) -> list[str]:
    for candidate in (structures, ids):
        found = _smiles_of(candidate) if np.ndim(candidate) == 1 else [None]
        texts = [text for text in found if text is not None]
        if len(texts) == len(found):
            return texts
    raise InputError("expected SMILES or RDKit molecules as X, or SMILES as ids, of the DeepChem data set")


def _smiles_of(structures: Any) -> list[str | None]:
    """SMILES as they are, those of RDKit molecules written, None for anything else."""
    from rdkit import Chem

    return [Chem.MolToSmiles(item) if isinstance(item, Chem.Mol) else _text(item) for item in structures]


def _text(item: Any) -> str | None:
    return str(item) if isinstance(item, str) else None
