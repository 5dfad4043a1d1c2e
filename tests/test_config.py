"""Configurations from plain values, TOML and JSON."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from molkit.config import RunConfig, config_from_dict, config_to_dict, read_config
from molkit.errors import InputError

CHANGED = RunConfig(
    targets=("logS", "active"), inputs=("drug=a", "protein=b"), reading={"protein": {"longest": 900}},
    smiles_column="structure", task="regression", unit="log mol/L", log=True,
    relation="relation", weight="w", group="series", id="ID", split_column="part", learners=("forest",),
    imbalance="over", threshold="recall=0.9",
    metric="MAE", time="date", split_file="split.json", fold_models=3, budget=2.5, folds=4, repeats=2,
    ensemble_size=6, combine="greedy",
    split="random", fractions=(0.7, 0.2, 0.1), seed=7, epochs=3, width=64, depth=2,
    fingerprint_radius=3, fingerprint_size=1024,
    mixtures="keep", max_spread=1.5, max_isomers=2, seconds_per_molecule=1.5, with_structures=False, workers=4,
    source="this laboratory", licence="CC0", options={"forest": {"trees": 50}}, augment=("mask", "mixup"),
    pretrained="other.molkit", pretrained_as="features",
)  # fmt: skip


def test_the_changed_configuration_changes_every_option() -> None:
    same = [
        field.name for field in fields(RunConfig) if getattr(CHANGED, field.name) == getattr(RunConfig(), field.name)
    ]
    assert same == []


@pytest.mark.parametrize("config", [RunConfig(), CHANGED])
def test_a_configuration_survives_json(config: RunConfig) -> None:
    again = config_from_dict(json.loads(json.dumps(config_to_dict(config))))
    assert again == config
    assert again.workers == config.workers
    assert [type(value) for value in vars(again).values()] == [type(value) for value in vars(config).values()]


def toml(values: dict[str, Any]) -> str:
    given = {key: value for key, value in values.items() if value is not None}
    tables = {name: given.pop(name, {}) for name in ("options", "reading")}
    lines = [f"{key} = {json.dumps(value)}\n" for key, value in given.items()]
    for of, name, own in ((of, name, own) for of, table in tables.items() for name, own in table.items()):
        lines += [f"[{of}.{name}]\n", *(f"{key} = {json.dumps(value)}\n" for key, value in own.items())]
    return "".join(lines)


@pytest.mark.parametrize("config", [RunConfig(), CHANGED])
def test_a_configuration_survives_toml(config: RunConfig, tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(toml(config_to_dict(config)))
    assert read_config(path, {}) == config


def test_flags_override_the_file_that_overrides_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text('seed = 3\nepochs = 9\ntargets = "logS"\n')
    config = read_config(path, {"epochs": 2})
    assert config == replace(RunConfig(), seed=3, epochs=2, targets=("logS",))


@pytest.mark.parametrize(
    ("key", "hint"), [("epoch", "'epochs'"), ("smile_column", "'smiles_column'"), ("xyzzy", "known are targets,")]
)
def test_an_unknown_key_is_answered_with_a_known_one(key: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        config_from_dict({key: 1}, "run.toml")
    assert f"unknown key '{key}'" in str(caught.value)
    assert hint in str(caught.value)
    assert str(caught.value).startswith("run.toml:")


WRONG: list[tuple[str, Any]] = [
    ("epochs", "ten"), ("epochs", 1.5), ("epochs", True), ("log", 1), ("log", "yes"), ("split", 3), ("seed", [1]),
    ("seconds_per_molecule", "3"), ("seconds_per_molecule", True), ("smiles_column", 2), ("targets", 5),
    ("learners", 1), ("augment", 1), ("augment", []),
    ("targets", [1, 2]), ("learners", [None]), ("fractions", [0.8, 0.2]), ("fractions", ["a", "b", "c"]),
    ("fractions", "0.8"), ("fractions", [0.5, -0.1, 0.6]), ("fractions", [0, 0, 0]), ("seed", None),
    ("fold_models", None), ("split", None), ("fractions", None), ("learners", None),
    ("ensemble_size", 2.5), ("ensemble_size", "6"), ("combine", None), ("combine", 1),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value"), WRONG)
def test_a_value_of_another_type_is_refused_by_name(key: str, value: Any) -> None:
    with pytest.raises(InputError, match=f"run.toml: {key} should be"):
        config_from_dict({key: value}, "run.toml")


def test_a_whole_number_of_seconds_is_a_number() -> None:
    assert config_from_dict({"seconds_per_molecule": 2}).seconds_per_molecule == 2.0


@pytest.mark.parametrize("content", [b"seed = ", b"\xff\xfe", b"seed = 1\nseed = 2"])
def test_a_file_that_is_no_toml_is_refused_by_name(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"run\.toml"):
        read_config(path, {})
    with pytest.raises(InputError, match=r"missing\.toml"):
        read_config(tmp_path / "missing.toml", {})
