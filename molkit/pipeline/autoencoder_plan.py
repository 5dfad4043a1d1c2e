"""How an autoencoder is to be trained, before anything is: its kind, its options, what is held out."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from molkit.errors import InputError, name_hint
from molkit.features.inputs import Input
from molkit.features.tabular import TableReader
from molkit.learners.autoencoder import AutoencoderOptions
from molkit.learners.protocol import stream_seed

# The autoencoders of each kind of input; the first is the usual one.
AUTOENCODERS_OF: dict[str, tuple[str, ...]] = {
    "smiles": ("selfies", "smiles", "fingerprint"),
    "table": ("record",),
    "signal": ("signal",),
    "image": ("image",),
}
_EPOCHS = 20
_TEXTS = ("selfies", "smiles")
# What is not text has few rows, or learns from them fast, and learns from as many batches.
_STEPS = 3000
_HELD_OUT = 0.05
_HELD_OUT_TO_JUDGE = 0.15  # of rows that are judged by what is usual
_FEWEST_HELD_OUT = 20
_MOST_HELD_OUT = 10_000


def told_options(
    latent: int, epochs: int, minutes: float, kl_weight: float | None, free_bits: float | None
) -> AutoencoderOptions:
    """Options of training; 0 numbers of a latent vector, and None, are what is usual."""
    usual = AutoencoderOptions(module={"latent": latent} if latent else {}, epochs=epochs, minutes=minutes)
    weights: dict[str, Any] = {"kl_weight": kl_weight, "free_bits": free_bits}
    return replace(usual, **{name: own for name, own in weights.items() if own is not None})


def find_kind(kind: str | None, one: Input) -> str:
    """The kind of autoencoder for an input, as told or the usual one; raises InputError where there is none."""
    known = AUTOENCODERS_OF.get(one.kind, ())
    if not known:
        raise InputError(f"--input {one.name}: there is no autoencoder of inputs of kind {one.kind} yet")
    if kind is not None and kind not in known:
        raise InputError(f"--kind {kind}: expected one of {', '.join(known)} for {one.name}{name_hint(kind, known)}")
    return kind or known[0]


def settled_options(options: AutoencoderOptions, kind: str, count: int) -> AutoencoderOptions:
    """The options for a kind of autoencoder and `count` rows to train on; of 0 epochs as many as are usual.

    20 of molecules as text; of all else as many as make 3,000 steps, or 20 if these are more. Rows of a table, of which
    cells are hidden at random, are learned from large batches: on breast cancer, batches of all rows instead of 20 made
    the error of guesses a sixth smaller.
    """
    few = replace(options, fewest_steps=1) if kind == "record" else options
    if few.epochs:
        return few
    if kind in _TEXTS:
        return replace(few, epochs=_EPOCHS)
    per_epoch = max(math.ceil(count / few.batch_size / 2), min(count / 16, few.fewest_steps))
    return replace(few, epochs=max(_EPOCHS, round(_STEPS / per_epoch)))


def with_layout(options: AutoencoderOptions, one: Input) -> AutoencoderOptions:
    """The same, told what the columns of a table are."""
    if one.kind != "table":
        return options
    layout = [list(part) for part in TableReader(**one.options).layout]
    return replace(options, module={"layout": layout, **options.module})


def held_out_share(one: Input, count: int) -> float:
    """The share that is held out; raises InputError for too few rows to tell what is usual from."""
    if one.kind == "smiles":
        return _HELD_OUT
    if count * _HELD_OUT_TO_JUDGE < _FEWEST_HELD_OUT:
        fewest = math.ceil(_FEWEST_HELD_OUT / _HELD_OUT_TO_JUDGE)
        raise InputError(
            f"{one.name}: {fewest} distinct rows or more are needed, as {_HELD_OUT_TO_JUDGE:.0%} of them are held out"
            f" to tell what is usual; got {count}"
        )
    return _HELD_OUT_TO_JUDGE


def hold_out(count: int, seed: int, share: float = _HELD_OUT) -> tuple[np.ndarray, np.ndarray]:
    """Which of so many samples are held out, and which are trained on, each in order."""
    order = np.random.default_rng(stream_seed(seed, "held out")).permutation(count)
    held = min(max(int(count * share), 1), _MOST_HELD_OUT)
    return np.sort(order[:held]), np.sort(order[held:])
