"""Things of every kind of input, as readers give them, for the tests of featurizers, encoders and learners."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from rdkit import Chem

from molkit.data.images import Image
from molkit.data.records import Record
from molkit.data.signals import Signal
from molkit.features import FEATURIZERS
from molkit.features.sequence import RESIDUES

COUNT = 80


def odd_things(kind: str, molecules: Sequence[Chem.Mol]) -> list[Any]:
    """Things of a kind of input, each odd in its own way; as molecules those that are given."""
    made = {"sequence": sequences, "image": images, "record": records, "signal": signals, "table": table_rows}
    return list(molecules) if kind == "smiles" else made[kind]()


def new_featurizer(feature: str, things: Sequence[Any]) -> Any:
    """The featurizer, told what it has to know of such things."""
    options: dict[str, Any] = {}
    if feature in ("events", "summary"):
        options["codes"] = things[0].names
    if feature == "events":
        options["most"] = 12
    if feature == "values":
        options["names"] = tuple(f"column_{place}" for place in range(len(things[0])))
    return FEATURIZERS[feature](**options)


def sequences() -> list[str]:
    """Random proteins of 1 to 300 residues."""
    rng = np.random.default_rng(0)
    return ["".join(rng.choice(list(RESIDUES), rng.integers(1, 300))) for _ in range(COUNT)]


def images() -> list[Image]:
    """Random colour images of 20 x 20 pixels, a black and a white one among them."""
    pixels = np.random.default_rng(0).integers(0, 256, (COUNT, 3, 20, 20), np.uint8)
    pixels[5], pixels[-5] = 0, 255
    return [Image(f"{row}.png", own) for row, own in enumerate(pixels)]


def table_rows() -> list[np.ndarray]:
    """Rows of a table of 5 columns, a third of their values missing, one row and one column of nothing else."""
    rng = np.random.default_rng(0)
    values = np.where(rng.random((COUNT, 5)) < 1 / 3, np.nan, rng.normal(3, 2, (COUNT, 5))).astype(np.float32)
    values[3], values[:, 4] = np.nan, np.nan
    return list(values)


def records() -> list[Record]:
    """Records as a reader of four codes gives them: of one event to forty, static ones only, several at one time."""
    rng, found = np.random.default_rng(0), []
    for number, events in enumerate([1, 1, 2, 3, 5, 8, 13, 21, 40] * 8):
        static = 0 if number % 3 else min(events, 2)
        codes = np.r_[rng.permutation(4)[:static], rng.integers(0, 4, events - static)].astype(np.int32)
        hours = np.sort(rng.choice(np.arange(0, 60, 0.25), events - static))[::-1]
        hours = np.r_[np.full(static, np.nan), hours].astype(np.float32)
        values = (rng.normal(size=events) * [1, 10, 100, 0.1][number % 4]).astype(np.float32)
        found.append(Record(f"s{number}", 60.0, ("a", "b", "c", "d"), codes, hours, values))
    return found


def signals() -> list[Signal]:
    """Signals of one sample to a quarter of a second, silent, constant, loud, faint and noisy ones among them."""
    rng = np.random.default_rng(0)
    shapes = [np.zeros(300), np.ones(1), np.full(50, 1e6), np.full(256, 1e-7), np.r_[np.zeros(999), 1.0]]
    for length in (2, 7, 8, 9, 79, 80, 81, 140, 255, 256, 257, 336, 337, 500, 600, 700, 1000, 2000):
        pitch = 0.5 * np.sin(np.arange(length) * rng.uniform(0.01, 3)) + 0.1 * rng.normal(size=length)
        shapes.append(rng.choice([0.1, 1.0, 4.0]) * pitch)
    return [Signal(shape.astype(np.float32), 1 if place % 3 else 8000) for place, shape in enumerate(shapes)]


def telling_things(kind: str, molecules: Sequence[Chem.Mol], carbon: np.ndarray, aromatic: np.ndarray) -> list[Any]:
    """The molecules, or things of another kind from which each one's share of carbon and aromaticity can be told."""
    if kind == "smiles":
        return list(molecules)
    made = {"sequence": _letters, "image": _picture, "record": _events, "signal": _tone, "table": _row}
    rng = np.random.default_rng(0)
    sizes = [mol.GetNumAtoms() for mol in molecules]
    return [made[kind](*own, rng) for own in zip(sizes, carbon.tolist(), aromatic.tolist(), strict=True)]


def _letters(size: int, carbon: float, aromatic: bool, _: np.random.Generator) -> str:
    return ("W" if aromatic else "L") * 3 + "C" * round(size * carbon) + "K" * round(size * (1 - carbon))


def _picture(_: int, carbon: float, aromatic: bool, rng: np.random.Generator) -> Image:
    """A noisy grey image, one half as bright as the share of carbon, the other by aromaticity."""
    levels = rng.integers(0, 40, (1, 12, 12))
    levels[:, :6] += int(200 * carbon)
    levels[:, 6:] += 150 * aromatic
    return Image("", levels.astype(np.uint8))


def _row(size: int, carbon: float, aromatic: bool, _: np.random.Generator) -> np.ndarray:
    return np.array([size, carbon, 3 if aromatic else np.nan, np.nan], np.float32)


def _events(_: int, carbon: float, aromatic: bool, rng: np.random.Generator) -> Record:
    """Two to nine events of each, the later the truer."""
    hours = np.arange(rng.integers(2, 10), dtype=np.float32)[::-1].repeat(2)
    codes = np.tile(np.array([0, 1], np.int32), len(hours) // 2)
    values = np.where(codes, aromatic, carbon) + 0.02 * hours * rng.normal(size=len(hours))
    return Record("", 0.0, ("carbon", "aromatic"), codes, hours, values.astype(np.float32))


def _tone(_: int, carbon: float, aromatic: bool, __: np.random.Generator) -> Signal:
    """The louder and longer the more carbon, of high pitch if aromatic."""
    time = np.arange(40 + int(80 * carbon))
    return Signal((carbon * np.sin((0.9 if aromatic else 0.3) * time)).astype(np.float32), 1)
