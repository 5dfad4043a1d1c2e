"""The configuration of one training run, as it is stored in the model file."""

from __future__ import annotations

import math
import tomllib
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from molkit.errors import InputError, name_hint


@dataclass(frozen=True)
class RunConfig:
    """Everything that a training run was told; flags override a TOML file, that overrides these defaults.

    `learners` are combined if there are several, in the way that `combine` names, each as one model for each of at
    most `fold_models` folds; `ensemble_size` is the number of models of each, folds times seeds, where another is
    wanted. "auto" leaves the choice to the data and to `budget` (core-minutes). `metric` names the score that matters.
    `imbalance` is how unbalanced classes are learned from ("auto" or one of `molkit.imbalance.METHODS`), `threshold`
    what the probability from which a class is named should serve (see `molkit.evaluation.thresholds.RULES`).
    `log` None decides by the values, where the metric allows it, `epochs` None leaves them to the plan, `width` and
    `depth` of a network None to its kind. `source` and `licence` are what is said of the measured values. `fractions`
    are the shares of train, validation and test; the first two are fitted on together. `folds` scores by an outer
    cross-validation, `repeats` with that many seeds. Compounds whose exact repeated values lie more than
    `max_spread` apart, on the scale that is modelled, are left out. `options` are those of learners by name, such as
    {"boosting": {"trees": 800}}; what is not given stays as it is. `augment` names what changes the training batches
    of networks. `pretrained` is a model file whose encoder the run uses (`pretrained_as` "weights" or "features"; None
    is weights where a network has this encoder). `inputs` are what is read of a row, as NAME=COLUMN, where that is not
    one structure; `reading` are options of how an input is read, by its name.
    """

    targets: tuple[str, ...] | None = None
    inputs: tuple[str, ...] | None = None
    reading: dict[str, dict[str, Any]] = field(default_factory=dict)
    smiles_column: str | None = None
    task: str | None = None
    unit: str | None = None
    metric: str | None = None
    imbalance: str = "auto"
    threshold: str = "MCC"
    log: bool | None = None
    relation: str | None = None
    weight: str | None = None
    group: str | None = None
    time: str | None = None
    id: str | None = None
    split_column: str | None = None
    split_file: str | None = None
    learners: tuple[str, ...] = ("auto",)
    fold_models: int = 5
    ensemble_size: int | None = None
    combine: str = "stack"
    budget: float | None = None
    split: str = "scaffold"
    fractions: tuple[float, float, float] = (0.8, 0.1, 0.1)
    folds: int = 0
    repeats: int = 1
    seed: int = 0
    epochs: int | None = None
    width: int | None = None
    depth: int | None = None
    options: dict[str, dict[str, Any]] = field(default_factory=dict)
    augment: tuple[str, ...] = ("none",)
    pretrained: str | None = None
    pretrained_as: str | None = None
    fingerprint_radius: int = 2
    fingerprint_size: int = 2048
    mixtures: str = "reject"
    max_spread: float | None = None
    max_isomers: int = 8
    seconds_per_molecule: float = 3.0
    with_structures: bool = True
    source: str | None = None
    licence: str | None = None
    workers: int = field(default=0, compare=False)  # 0: as many as there are processors


def config_from_dict(values: dict[str, Any], where: str = "configuration") -> RunConfig:
    """A configuration from plain values; raises InputError for an unknown key or a value of another type."""
    known = {f.name: f for f in fields(RunConfig)}
    for key in values:
        if key not in known:
            raise InputError(f"{where}: unknown key {key!r}{name_hint(key, known)}")
    checked = {key: _checked(key, value, getattr(RunConfig(), key), where) for key, value in values.items()}
    return RunConfig(**checked)


_OPTIONAL: dict[str, type] = {
    "log": bool,
    "budget": float,
    "ensemble_size": int,
    "epochs": int,
    "width": int,
    "depth": int,
    "max_spread": float,
}  # other values that may be left out are text
_LISTS: dict[str, type] = {"targets": str, "inputs": str, "learners": str, "augment": str, "fractions": float}


def _checked(key: str, value: Any, default: Any, where: str) -> Any:
    if value is None and default is None:
        return None
    if key in _LISTS:
        return _checked_list(key, value, where)
    if key in ("options", "reading"):
        return _checked_options(key, value, where)
    expected: type = _OPTIONAL.get(key, str) if default is None else type(default)
    if not _is(value, expected):
        raise InputError(f"{where}: {key} should be {expected.__name__}, got {value!r}")
    return expected(value)


def _checked_options(key: str, value: Any, where: str) -> dict[str, dict[str, Any]]:
    if not isinstance(value, dict) or not all(isinstance(own, dict) for own in value.values()):
        of = "learner" if key == "options" else "input"
        raise InputError(f"{where}: {key} should be values by name by {of}, got {value!r}")
    return {str(name): dict(own) for name, own in value.items()}


def _checked_list(key: str, value: Any, where: str) -> tuple[Any, ...]:
    kind = _LISTS[key]
    parts = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list | tuple) else ()
    wanted = "names" if kind is str else "three shares of the rows, such as 0.8, 0.1, 0.1"
    good = parts and all(_is(part, kind) for part in parts)
    if kind is float:
        good = good and len(parts) == 3 and min(parts) >= 0 and parts[0] > 0 and math.isfinite(sum(parts))
    if not good:
        raise InputError(f"{where}: {key} should be {wanted}, got {value!r}")
    return tuple(map(kind, parts))


def _is(value: Any, expected: type) -> bool:
    if isinstance(value, bool):
        return expected is bool
    return isinstance(value, int | float) if expected is float else isinstance(value, expected)


def config_to_dict(config: RunConfig) -> dict[str, Any]:
    """Plain values, for JSON."""
    return asdict(config)


def read_config(path: Path, overrides: dict[str, Any]) -> RunConfig:
    """The configuration of a TOML file with overrides; raises InputError if it cannot be read."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path}: expected a TOML file of run options: {error}") from error
    return config_from_dict({**values, **overrides}, str(path))
