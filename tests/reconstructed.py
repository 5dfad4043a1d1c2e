"""Model files of small autoencoders of tables, signals and images, and rows for them."""

from __future__ import annotations

import csv
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from autoencoded import trained

from molkit.bundle import array_bytes, write_bundle
from molkit.chem.policy import Policy
from molkit.data.signals import Signal
from molkit.explain.usual import usual_arrays
from molkit.features.inputs import Input, inputs_to_dict
from molkit.features.signal import WaveformFeaturizer
from molkit.features.tabular import TableReader
from molkit.nn import AUTOENCODERS

READING = {"columns": ["glucose", "weight", "sex"], "categories": {"sex": ["f", "m"]}}


def patients(count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Weights of women and men, glucose that goes with them; a tenth of the cells is blank."""
    rng = np.random.default_rng(seed)
    found: list[dict[str, Any]] = []
    for _ in range(count):
        male = rng.random() < 0.5
        weight = rng.normal(90 if male else 60, 6)
        row = {"glucose": round(90 + weight + rng.normal() * 5, 1), "weight": round(weight, 1), "sex": "fm"[male]}
        found.append({name: "" if rng.random() < 0.1 else value for name, value in row.items()})
    return found


def write_rows(path: Path, rows: list[dict[str, Any]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_model(
    path: Path, name: str, options: dict[str, Any], one: Input, values: Any, held: Any, epochs: int
) -> Path:
    """A model file of an autoencoder fitted to `values`, `held` telling what is usual."""
    torch.manual_seed(0)
    module = trained(AUTOENCODERS[name](**options), values, epochs)
    arrays = {key: tensor.numpy() for key, tensor in module.state_dict().items()}
    model = {"kind": "autoencoder", "inputs": inputs_to_dict((one,)), "policy": asdict(Policy()), "featurizers": {},
             "autoencoder": {"kind": name, "module": options}}  # fmt: skip
    entries = {"autoencoder/arrays.safetensors": array_bytes(arrays),
               "usual.safetensors": array_bytes(usual_arrays(module, held))}  # fmt: skip
    write_bundle(path, model, "# A small autoencoder\n\nOf tests.\n", entries)
    return path


def table_model(path: Path) -> Path:
    reader = TableReader(**READING)  # type: ignore[arg-type]
    filled = [row for row in patients(1000) if any(value != "" for value in row.values())]
    values = np.array([reader(tuple(row.values())) for row in filled], np.float32)
    one = Input("patient", "table", "glucose,weight,sex", READING)
    options = {"latent": 4, "width": 32, "layout": [list(part) for part in reader.layout]}
    return write_model(path, "record", options, one, values[:700], values[700:], 40)


def beat(rng: np.random.Generator) -> np.ndarray:
    time = np.linspace(0, 1, 40)
    return (rng.uniform(0.8, 1.2) * np.exp(-((time - rng.uniform(0.4, 0.6)) ** 2) / 0.01)).astype(np.float32)


def signal_model(path: Path) -> Path:
    rng = np.random.default_rng(0)
    pack = WaveformFeaturizer()
    values, held = (pack([Signal(beat(rng), 1) for _ in range(count)]) for count in (150, 60))
    one = Input("beat", "signal", "t1..t40", {})
    return write_model(path, "signal", {"latent": 3, "width": 32}, one, values, held, 60)


def image_model(path: Path) -> Path:
    from sklearn.datasets import load_digits

    digits = (255 / 16 * load_digits().images[:400, None]).astype(np.uint8)
    one = Input("image", "image", "image", {"size": 8})
    return write_model(path, "image", {"latent": 8, "width": 32}, one, digits[:300], digits[300:], 10)
