"""What callers of scikit-learn give as structures and labels, checked as scikit-learn checks it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.utils import Tags, assert_all_finite, check_array, column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from molkit.data.classes import class_key, find_classes
from molkit.data.targets import MOST_CLASSES
from molkit.errors import MolkitError
from molkit.pipeline.features import structure_problems

ON_ERROR = ("warn", "raise")
_SHOWN = 3


class UnreadableWarning(UserWarning):
    """Some structures cannot be read: they were left out of a fit, or have no prediction."""


@dataclass(frozen=True)
class LabelColumns:
    """Target names and as many columns of cells; NaN is a missing one."""

    names: tuple[str, ...]
    columns: tuple[list[Any], ...]


@contextmanager
def value_errors(owner: str) -> Iterator[None]:
    """Errors of molkit as ValueError, which is what scikit-learn and its users expect."""
    try:
        yield
    except MolkitError as error:
        raise ValueError(f"{owner}: {error}") from error


def takes_smiles(tags: Tags, requires_fit: bool = True) -> Tags:
    """The tags of an estimator, told that it reads one column of texts, in which some may be missing."""
    tags.input_tags.string, tags.input_tags.two_d_array, tags.input_tags.allow_nan = True, False, True
    tags.requires_fit = requires_fit
    return tags


def smiles_texts(structures: Any, owner: str) -> list[str | None]:
    """The cells of a list, array, Series or one-column frame of SMILES; None where one is missing.

    Raises ValueError for another shape and for cells that are not text, TypeError for a sparse matrix.
    """
    if issparse(structures):
        raise TypeError(f"{owner}: expected a list or column of SMILES, got a sparse matrix")
    array = np.asarray(structures, dtype=object)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        shape = f"an array of shape {array.shape}" if array.ndim else type(structures).__name__
        hint = {0: "; write [smiles] for one", 2: "; name the column of SMILES"}.get(array.ndim, "")
        raise ValueError(f"{owner}: expected a list or one column of SMILES, got {shape}{hint}")
    missing = np.asarray(pd.isna(array), bool)
    for place in np.flatnonzero(~missing):
        if not isinstance(array[place], str):
            raise ValueError(
                f"{owner}: expected SMILES as text; row {place + 1} is {array[place]!r:.40}"
                f" ({type(array[place]).__name__})"
            )
    return [None if gone else str(cell) for cell, gone in zip(array, missing, strict=True)]


def readable(structures: Any, workers: int = 1) -> np.ndarray:
    """Which of n SMILES molkit can model, bool [n]: what to keep where scikit-learn's scorers refuse NaN.

    >>> readable(["CCO", "C1CC", "N[Pt](N)(Cl)Cl"]).tolist()
    [True, False, False]
    """
    texts = smiles_texts(structures, "readable")
    good = np.ones(len(texts), bool)
    good[list(structure_problems(texts, workers))] = False
    return good


def regression_labels(y: Any, owner: str) -> tuple[LabelColumns, int]:
    """Numbers [n] or [n, K] as columns, and the number of dimensions; NaN only where there are two dimensions."""
    _refuse_none(y, owner)
    values = check_array(
        y, ensure_2d=False, dtype=np.float64, ensure_all_finite="allow-nan", estimator=owner, input_name="y"
    )
    if values.ndim == 1:
        assert_all_finite(values, estimator_name=owner, input_name="y")
    columns = values.reshape(len(values), -1).T.tolist()
    return LabelColumns(_names(y, len(columns)), tuple(columns)), values.ndim


def class_labels(y: Any, owner: str) -> tuple[LabelColumns, np.ndarray, tuple[str, ...]]:
    """Classes as a column of texts, the labels in sorted order, and the text of each.

    The texts are the labels' own, as a model file shows them, unless they cannot be told apart there.
    """
    _refuse_none(y, owner)
    names = _names(y, 1)
    values = column_or_1d(y, warn=True)
    if not len(values):
        raise ValueError(f"{owner}: y has 0 samples")
    blank = np.flatnonzero(pd.isna(values))
    if len(blank):
        raise ValueError(f"{owner}: y has {len(blank)} missing labels, the first in row {blank[0] + 1}")
    check_classification_targets(values)
    classes, codes = np.unique(values, return_inverse=True)
    if not 2 <= len(classes) <= MOST_CLASSES:
        raise ValueError(f"{owner}: {_odd_number(classes)}")
    texts = tuple(str(label).strip() for label in classes)
    if len(find_classes(texts)) < len(classes):
        texts = tuple(map(str, range(len(classes))))
    return LabelColumns(names, ([texts[code] for code in codes],)), classes, texts


def _odd_number(classes: np.ndarray) -> str:
    shown = ", ".join(map(repr, classes[:5].tolist())) + (", ..." if len(classes) > 5 else "")
    if len(classes) < 2:
        return f"y has one class only ({shown}); a classifier needs two."
    return f"y has {len(classes)} classes ({shown}); at most {MOST_CLASSES} can be learned."


def same_class(text: str, texts: tuple[str, ...]) -> int:
    """The place in `texts` of a class as a model file names it."""
    return [class_key(other) for other in texts].index(class_key(text))


def told(problems: Mapping[int, str], rows: int, owner: str, on_error: str, outcome: str) -> None:
    """Warn of rows that cannot be used, or raise ValueError if that is asked for; `problems` are sentences."""
    if not problems:
        return
    first = " ".join(list(problems.values())[:_SHOWN])
    more = f" (and {len(problems) - _SHOWN} more)" if len(problems) > _SHOWN else ""
    text = f"{owner}: {len(problems)} of {rows} structures cannot be used{{}}. Counted from 1: {first}{more}"
    if on_error == "raise":
        raise ValueError(text.format(""))
    warnings.warn(text.format(f" and {outcome}"), UnreadableWarning, stacklevel=4)


def check_on_error(on_error: str, owner: str) -> None:
    """Raise ValueError unless it is one of `ON_ERROR`."""
    if on_error not in ON_ERROR:
        raise ValueError(f"{owner}: on_error should be {' or '.join(ON_ERROR)}, got {on_error!r}")


def _refuse_none(y: Any, owner: str) -> None:
    if y is None:
        raise ValueError(f"{owner} requires y to be passed, but the target y is None")


def _names(y: Any, count: int) -> tuple[str, ...]:
    """The names that a Series or frame has, else y, or y1, y2, ..."""
    given = list(y.columns) if hasattr(y, "columns") else [getattr(y, "name", None)]
    names = tuple(str(name).strip() for name in given if isinstance(name, str))
    if len(set(names)) == count and all(names):
        return names
    return ("y",) if count == 1 else tuple(f"y{place + 1}" for place in range(count))
